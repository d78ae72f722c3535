// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own counts of the same events: taskstats has an attempt for each
 * page copied or filled that was mapped before, and each event is one fault.
 */
#include <sys/uio.h>

#include "cow_sizes.h"
#include "procstat.h"
#include "taskstats.h"
#include "tracking.h"

struct kernel_counts {
	unsigned long long wpcopy;
	unsigned long faults;
};

static struct kernel_counts kernel_counts(pid_t pid)
{
	return (struct kernel_counts) {
		.wpcopy = taskstats(pid).wpcopy_count,
		.faults = procstat(pid).minflt,
	};
}

/*
 * As EXPECT_COUNTED() for one task, which makes @attempts to copy, in the words
 * of taskstats, and takes @nr_faults.  It has run the code before: that is paged
 * in by faults, too.
 */
#define EXPECT_AGREED(act, pid, tallies, attempts, nr_faults)		      \
do {									      \
	struct kernel_counts before_ = kernel_counts(pid), after_;	      \
									      \
	EXPECT_COUNTED(act, pid, tallies, 0, NOTHING);			      \
	after_ = kernel_counts(pid);					      \
	EXPECT_EQ(attempts, after_.wpcopy - before_.wpcopy);		      \
	EXPECT_EQ(nr_faults, after_.faults - before_.faults);		      \
} while (0)

static pid_t owner;

static long do_set_owner(long pid)
{
	owner = pid;
	return 0;
}

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

TEST_F(pcstats, copied_and_reused)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_write, 0);
	EXPECT_AGREED(inner_call(&parent, do_write, n), child, COPIED(n), n, n);
	EXPECT_AGREED(puppet_call(&parent, do_write, n),
		      parent.pid, REUSED(n), 0, n);
	inner_end(&parent);
	puppet_end(&parent);
	taskstats_end();
}

TEST_F(pcstats, zeroed)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_read, n);
	puppet_call(&p, do_write, 0);
	EXPECT_AGREED(puppet_call(&p, do_write, n), p.pid, ZEROED(n), n, n);
	puppet_end(&p);
	taskstats_end();
}

TEST_F(pcstats, file_mapped)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_read, n);
	puppet_call(&p, do_write, 0);
	EXPECT_AGREED(puppet_call(&p, do_write, n), p.pid, FILE_COPIED(n), n, n);
	puppet_end(&p);
	taskstats_end();
}

/* The copy that taskstats knows nothing of. */
TEST_F(pcstats, file_not_mapped)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_write, 0);
	EXPECT_AGREED(puppet_call(&p, do_write, n), p.pid, FILE_COPIED(n), 0, n);
	puppet_end(&p);
	taskstats_end();
}

TEST_F(pcstats, exclusive)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_AGREED(puppet_call(&p, do_write, n), p.pid, EXCLUSIVE(n), 0, n);
	puppet_end(&p);
	taskstats_end();
}

/* Faults that the kernel takes for a task count for it, too. */
TEST_F(pcstats, unshared)
{
	const char *why = taskstats_begin();
	const size_t n = nr_pages(variant);
	struct puppet parent, reader;
	pid_t child;

	if (why)
		SKIP(return, "%s", why);
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	puppet_start(&reader);
	/* Itself, so that the code has been paged in. */
	puppet_call(&reader, do_set_owner, reader.pid);
	puppet_call(&reader, do_read_owner, 1);
	puppet_call(&reader, do_set_owner, child);
	EXPECT_AGREED(puppet_call(&reader, do_read_owner, n),
		      reader.pid, UNSHARED(n), n, n);
	puppet_end(&reader);
	inner_end(&parent);
	puppet_end(&parent);
	taskstats_end();
}

PCSTATS_TEST_MAIN
