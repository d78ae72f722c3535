// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload.  What users see is published last and withdrawn first; in
 * between, whatever can still point to something outlives what points to it.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "source.h"

static int __init pcstats_init(void)
{
	int err;

	err = pcs_store_init();
	if (err)
		return err;
	err = pcs_sources_attach();
	if (err)
		goto err_store;
	/* With the sources on, no task is born unseen while these are listed. */
	err = pcs_store_adopt();
	if (err)
		goto err_sources;
	/* Counting begins when the self-test has had its events. */
	pcs_selftest();
	pcs_store_reset();
	err = pcs_proc_init();
	if (err)
		goto err_sources;
	return 0;

err_sources:
	pcs_sources_detach();
err_store:
	pcs_store_exit();
	return err;
}

static void __exit pcstats_exit(void)
{
	pcs_proc_exit();
	pcs_sources_detach();
	pcs_store_exit();
}

module_init(pcstats_init);
module_exit(pcstats_exit);

MODULE_DESCRIPTION("What the kernel does when programs create processes and threads");
MODULE_LICENSE("GPL");
