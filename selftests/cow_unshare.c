// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning shared pages for reading gives the owner pages of its own without a
 * write: unshared for the one who pins, remote for the owner.
 */
#include <sys/uio.h>

#include "cow_sizes.h"

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

TEST_F(pcstats, pinned_for_reading)
{
	const size_t n = nr_pages(variant);
	struct puppet parent, reader;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	owner = child;
	puppet_start(&reader);
	EXPECT_COUNTED(puppet_call(&reader, do_read_owner, n),
		       reader.pid, UNSHARED(n), child, REMOTE(n));
	/*
	 * The child has its own pages, mapped for reading; the parent is left
	 * as the last owner of the others.
	 */
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, EXCLUSIVE(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	puppet_end(&reader);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
