// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that nobody else maps is copied nevertheless while somebody holds a
 * reference to it, and counts as copied for that reason.
 */
#include <fcntl.h>
#include <sys/uio.h>

#include "cow_sizes.h"

static int strings[2];

/* The pipe holds the pages themselves: FOLL_GET, which unshares nothing. */
static long do_vmsplice(long pages)
{
	struct iovec iov = { .iov_base = region, .iov_len = pages * PAGE };

	if (pipe2(strings, O_CLOEXEC) ||
	    fcntl(strings[1], F_SETPIPE_SZ, pages * PAGE) < 0)
		fail_errno("pipe");
	if (vmsplice(strings[1], &iov, 1, 0) != (ssize_t)iov.iov_len)
		fail_errno("vmsplice");
	return 0;
}

static long do_close(long arg)
{
	close(strings[0]);
	close(strings[1]);
	return 0;
}

/* The last owner of N pages that fork once shared; they are in a pipe, too. */
static void last_owner(struct puppet *p, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(p);
	puppet_call(p, do_write, pages);
	inner_start(p, SIGCHLD);
	inner_end(p);
	puppet_call(p, do_vmsplice, pages);
}

TEST_F(pcstats, reference_held)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	last_owner(&p, n);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, COPIED_AS(n, why_ref, in_anon), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

TEST_F(pcstats, reference_given_up)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	last_owner(&p, n);
	puppet_call(&p, do_close, 0);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, REUSED(n), 0, NOTHING);
	puppet_end(&p);
}

/* Who maps it comes first: the pipe alone would be a reason as well. */
TEST_F(pcstats, mapped_and_referenced)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	puppet_call(&parent, do_vmsplice, n);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, COPIED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
