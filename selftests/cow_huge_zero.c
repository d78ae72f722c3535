// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to the huge zero page splits it and fills the one page that
 * was written; the other 511 map the small zero page from then on.
 */
#include "cow.h"

#define HUGE_PAGE (512 * PAGE)

static char *huge;

static long do_read_huge(long arg)
{
	region_read(huge, 1);
	return 0;
}

static long do_write_huge(long pages)
{
	region_write(huge, pages);
	return 0;
}

static long do_use_huge_pages(long arg)
{
	char *map = mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		fail_errno("mmap");
	huge = (char *)(((unsigned long)map + HUGE_PAGE - 1) & -HUGE_PAGE);
	return madvise(huge, HUGE_PAGE, MADV_HUGEPAGE) ? errno : 0;
}

TEST_F(pcstats, huge_zero_page)
{
	struct puppet p;
	unsigned long before;

	puppet_start(&p);
	if (puppet_call(&p, do_use_huge_pages, 0))
		SKIP(return, "no transparent huge pages");
	before = file_number("/proc/vmstat", "thp_split_pmd ");
	puppet_call(&p, do_read_huge, 0);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 1),
		       p.pid, ZEROED(1), 0, NOTHING);
	/* Had there been no huge page, there would have been nothing to split. */
	EXPECT_EQ(before + 1, file_number("/proc/vmstat", "thp_split_pmd "));
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 512),
		       p.pid, ZEROED(511), 0, NOTHING);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
