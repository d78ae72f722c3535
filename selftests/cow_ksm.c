// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a page that KSM has merged copies it, and counts as ksm: the sharing
 * was not made by fork.  The kernel's cow_ksm agrees.
 */
#include <sched.h>

#include "cow.h"

#define KSM "/sys/kernel/mm/ksm/"
#define PAGES 100

static void ksm_set(const char *path, const char *value)
{
	int err = file_write(path, value);

	if (err)
		fail("%s: error %d", path, err);
}

static long do_merge(long pages)
{
	if (madvise(region, pages * PAGE, MADV_MERGEABLE))
		fail_errno("MADV_MERGEABLE");
	return 0;
}

/* ksmd has no way to tell that it is done. */
static void wait_until_merged(pid_t pid, unsigned long pages)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ksm_merging_pages", pid);
	while (file_number(path, "") != pages)
		sched_yield();
}

TEST_F(pcstats, merged)
{
	unsigned long long before;
	struct puppet p;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, PAGES);
	ksm_set(KSM "pages_to_scan", "10000");
	puppet_call(&p, do_merge, PAGES);
	ksm_set(KSM "run", "1");
	wait_until_merged(p.pid, PAGES);
	ksm_set(KSM "run", "0");

	before = file_number("/proc/vmstat", "cow_ksm ");
	EXPECT_COUNTED(puppet_call(&p, do_write, PAGES),
		       p.pid, KSM_COPIED(PAGES), 0, NOTHING);
	EXPECT_EQ(before + PAGES, file_number("/proc/vmstat", "cow_ksm "));
	puppet_end(&p);
	ksm_set(KSM "pages_to_scan", "100");
}

PCSTATS_TEST_MAIN
