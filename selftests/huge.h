/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of the tests of transparent huge pages: one of them, in the region,
 * and puppets that touch it.
 */
#ifndef PCSTATS_HUGE_H
#define PCSTATS_HUGE_H

#include <fcntl.h>
#include <sys/uio.h>

#include "cow.h"

#define HUGE_PAGES	512
#define HUGE_SIZE	(HUGE_PAGES * PAGE)
#define THP		"/sys/kernel/mm/transparent_hugepage/"

/* Where it is: as in all puppets that are made after huge_map(). */
static char *huge;

/* A region that has room for it, wherever the region begins. */
static inline void huge_map(void)
{
	region = region_map(2 * HUGE_PAGES - 1, MAP_PRIVATE, -1);
	huge = (char *)(((unsigned long)region + HUGE_SIZE - 1) & -HUGE_SIZE);
}

/*
 * Advice is for the whole region: settle() knows it by its beginning, so it
 * must stay one mapping.
 */
static inline void huge_advise(int advice)
{
	if (madvise(region, (2 * HUGE_PAGES - 1) * PAGE, advice))
		fail_errno("madvise of the region");
}

/* Fault it in; then let khugepaged put no other one in its place. */
static inline long do_make_huge(long arg)
{
	huge_advise(MADV_HUGEPAGE);
	region_write(huge, 1);
	huge_advise(MADV_NOHUGEPAGE);
	return 0;
}

/* One byte in each of the first, or of the last, pages. */
static inline long do_write_first(long pages)
{
	region_write(huge, pages);
	return 0;
}

static inline long do_write_last(long pages)
{
	region_write(huge + (HUGE_PAGES - pages) * PAGE, pages);
	return 0;
}

/* Huge pages that @pid maps as such, by its page tables. */
static inline unsigned long long huge_mapped(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	return file_number(path, "AnonHugePages:") / (HUGE_SIZE / 1024);
}

/* A parent with a huge page and its child, who share it; both idle. */
static inline pid_t huge_family(struct puppet *parent)
{
	pid_t child;

	huge_map();
	puppet_start(parent);
	puppet_call(parent, do_make_huge, 0);
	child = inner_start(parent, SIGCHLD);
	if (huge_mapped(parent->pid) != 1 || huge_mapped(child) != 1)
		fail("no transparent huge page");
	return child;
}

/*
 * Of a large folio whose other pages have gone, is the last one kept?  Until
 * 6.6 by the same rule as any page: it has one reference.  Then never
 * (wp_can_reuse_anon_folio() in mm/memory.c).
 */
static inline bool keeps_last_page(void)
{
	return kernel_version() < KERNEL(6, 7);
}

/* Parts of TALLIES(): pages copied by two reasons, pages kept, a split. */
#define COPIES(mapped, large)						      \
	[PCSTATS_copied] = (mapped) + (large),				      \
	[PCSTATS_bytes] = ((mapped) + (large)) * PAGE,			      \
	[PCSTATS_why_mapped] = (mapped), [PCSTATS_why_large] = (large),	      \
	[PCSTATS_in_anon] = (mapped) + (large)
#define KEPT(n)		[PCSTATS_reused] = (n)
#define SPLIT		[PCSTATS_huge_split] = 1

#define HUGE_REUSED	TALLIES([PCSTATS_huge_reused] = 1)
#define HUGE_EXCLUSIVE	TALLIES([PCSTATS_huge_exclusive] = 1)

/* All pages of a folio, or the last ones of it, copied by their last owner. */
#define LARGE_COPIED(n)							      \
	TALLIES(COPIES(0, (n) - keeps_last_page()), KEPT(keeps_last_page()))

/* Whose first byte a stranger accesses. */
static pid_t victim;

static inline long do_write_victim(long arg)
{
	char byte = 1;
	struct iovec local = { .iov_base = &byte, .iov_len = 1 };
	struct iovec remote = { .iov_base = huge, .iov_len = 1 };

	return process_vm_writev(victim, &local, 1, &remote, 1, 0) == 1 ?
	       0 : -errno;
}

/* Pins the page for reading. */
static inline long do_read_victim(long arg)
{
	char byte;
	struct iovec local = { .iov_base = &byte, .iov_len = 1 };
	struct iovec remote = { .iov_base = huge, .iov_len = 1 };

	return process_vm_readv(victim, &local, 1, &remote, 1, 0) == 1 ?
	       0 : -errno;
}

#define THP_TEST_MAIN							      \
int main(int argc, char **argv)						      \
{									      \
	frame_begin();							      \
	if (access(THP "enabled", F_OK))				      \
		frame_skip("no transparent huge pages");		      \
	return run_cases(argc, argv);					      \
}

#endif /* PCSTATS_HUGE_H */
