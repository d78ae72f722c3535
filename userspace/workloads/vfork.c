// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task vforks N children.  They borrow its address space, so no page is
 * shared copy-on-write, and none is copied afterwards.
 */
#include "workload.h"

static unsigned long children = 8;

static const struct setting settings[] = {
	{ "children", &children, 1, 1 << 16, "children that are made" },
	{ NULL }
};

static void subject(void)
{
	int parent = role("parent", ROLE_LIVE);
	unsigned long i;

	role_task(parent, getpid());
	predict(parent, PCSTATS_vforks, children);
	predict(parent, PCSTATS_fork_pages, 0);
	predict(parent, PCSTATS_copied, 0);
	predict_fork_ns(parent);
	predict_rest_zero(parent, BOTH_TABLES);

	window_open();
	for (i = 0; i < children; i++)
		reap(vfork_exit());
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "vfork",
		.about = "children are made by vfork: they borrow the memory, nothing is copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
