// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a page that KSM has merged copies it, and counts as ksm: the sharing
 * was not made by fork.  The kernel's cow_ksm agrees.
 */
#include <sched.h>
#include <sys/uio.h>

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

static long do_unmerge(long pages)
{
	if (madvise(region, pages * PAGE, MADV_UNMERGEABLE))
		fail_errno("MADV_UNMERGEABLE");
	return 0;
}

static long do_unmerge_all(long arg)
{
	ksm_set(KSM "run", "2");
	return 0;
}

static unsigned long long cow_ksm(void)
{
	return file_number("/proc/vmstat", "cow_ksm ");
}

/* Has PAGES pages that are one. */
static void merged_start(struct puppet *p)
{
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(p);
	puppet_call(p, do_write, PAGES);
	ksm_set(KSM "pages_to_scan", "10000");
	puppet_call(p, do_merge, PAGES);
	ksm_set(KSM "run", "1");
	wait_until_merged(p->pid, PAGES);
	ksm_set(KSM "run", "0");
	ksm_set(KSM "pages_to_scan", "100");
}

TEST_F(pcstats, written)
{
	unsigned long long before;
	struct puppet p;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	merged_start(&p);
	before = cow_ksm();
	EXPECT_COUNTED(puppet_call(&p, do_write, PAGES),
		       p.pid, KSM_COPIED(PAGES), 0, NOTHING);
	EXPECT_EQ(before + PAGES, cow_ksm());
	puppet_end(&p);
}

/* Fork shares what is shared already; each side has its own copies to make. */
TEST_F(pcstats, written_after_fork)
{
	unsigned long long before, copied;
	struct puppet parent;
	pid_t child;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	merged_start(&parent);
	child = inner_start(&parent, SIGCHLD);
	before = cow_ksm();
	copied = fork_row(child).copied;
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, KSM_COPIED(PAGES), parent.pid, NOTHING);
	EXPECT_EQ(copied + PAGES, fork_row(child).copied);
	EXPECT_COUNTED(puppet_call(&parent, do_write, PAGES),
		       parent.pid, KSM_COPIED(PAGES), child, NOTHING);
	EXPECT_EQ(before + 2 * PAGES, cow_ksm());
	inner_end(&parent);
	puppet_end(&parent);
}

/* The kernel makes the copies itself: by a write fault, or as for a pin. */
TEST_F(pcstats, unmerged)
{
	unsigned long long before;
	struct puppet p;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	merged_start(&p);
	before = cow_ksm();
	EXPECT_COUNTED(puppet_call(&p, do_unmerge, PAGES),
		       p.pid, KSM_COPIED(PAGES), 0, NOTHING);
	EXPECT_EQ(before + PAGES, cow_ksm());
	puppet_end(&p);
}

static pid_t owner;

static long do_read_owner(long pages)
{
	static char byte[1];
	struct iovec local = { .iov_base = byte, .iov_len = 1 };
	struct iovec remote = { .iov_len = 1 };
	long i;

	for (i = 0; i < pages; i++) {
		remote.iov_base = region + i * PAGE;
		if (process_vm_readv(owner, &local, 1, &remote, 1, 0) != 1)
			fail_errno("process_vm_readv");
	}
	return 0;
}

/* A pin for reading needs a page that stays: KSM is what it is taken from. */
TEST_F(pcstats, pinned_for_reading)
{
	unsigned long long before;
	struct puppet p, reader;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	merged_start(&p);
	owner = p.pid;
	puppet_start(&reader);
	before = cow_ksm();
	EXPECT_COUNTED(puppet_call(&reader, do_read_owner, PAGES),
		       reader.pid, KSM_COPIED(PAGES), p.pid, REMOTE(PAGES));
	EXPECT_EQ(before + PAGES, cow_ksm());
	puppet_end(&reader);
	puppet_end(&p);
}

TEST_F(pcstats, unmerged_by_another)
{
	struct puppet p, other;

	if (access(KSM "run", W_OK))
		SKIP(return, "no KSM");
	merged_start(&p);
	puppet_start(&other);
	EXPECT_COUNTED(puppet_call(&other, do_unmerge_all, 0),
		       other.pid, KSM_COPIED(PAGES), p.pid, REMOTE(PAGES));
	ksm_set(KSM "run", "0");
	puppet_end(&other);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
