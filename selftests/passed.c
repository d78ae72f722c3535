// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that comes by another way than from a parent, as a message, by
 * pidfd_getfd(2), or as one that io_uring has kept, shows what its opener and
 * who reads it may both see; and of a job nothing but the sums.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "job.h"
#include "pcstats.h"
#include "secrets.h"
#include "uring.h"
#include "viewpoint.h"

enum { PLAIN, JOB, FILES };

static int sockets[2], files[FILES];

#define OPTIONS "hidepid=2,gid=4321"

static long do_open(long pid)
{
	files[PLAIN] = open(PCSTATS_PATH, O_RDONLY);
	files[JOB] = job_open();
	return job_add(files[JOB], pid);
}

static long do_look(long file)
{
	return look_beside_proc(files[file], true);
}

/* Where the opener is one who sees less than proc shows to the reader. */
static long do_look_at_less(long file)
{
	return look_beside_proc(files[file], false);
}

static long do_members(long arg)
{
	return job_read(files[JOB]).members;
}

/* ---- by a message ---- */

static union {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(files))];
} control;
static char byte;
static struct iovec iov = { .iov_base = &byte, .iov_len = 1 };

static struct msghdr message(void)
{
	return (struct msghdr){
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
}

static long do_send(long arg)
{
	struct msghdr msg = message();

	control.head = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(files)),
		.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	};
	memcpy(CMSG_DATA(&control.head), files, sizeof(files));
	return sendmsg(sockets[0], &msg, 0) == 1 ? 0 : -errno;
}

static long do_receive(long arg)
{
	struct msghdr msg = message();

	if (recvmsg(sockets[1], &msg, 0) != 1 ||
	    control.head.cmsg_type != SCM_RIGHTS)
		fail_errno("recvmsg");
	memcpy(files, CMSG_DATA(&control.head), sizeof(files));
	return 0;
}

/* The inner puppet of @p has a proc like that of @p, and shares no file. */
static void taker_start(struct puppet *p, const char *options)
{
	puppet_clone(p, CLONE_NEWNS | SIGCHLD);
	puppet_call(p, do_mount_proc, (long)options);
	inner_start(p, SIGCHLD);
}

static void taker_end(struct puppet *p)
{
	inner_end(p);
	puppet_end(p);
}

TEST_F(pcstats, message)
{
	struct puppet p;

	secrets_start();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	taker_start(&p, OPTIONS);
	ASSERT_EQ(0, puppet_call(&p, do_open, nobodys_secret()));
	nobody_copies();
	EXPECT_EQ(SEES_ALL | SEES_MOST,
		  puppet_call(&p, do_look, JOB));
	inner_call(&p, do_become_nobody, 0);
	ASSERT_EQ(0, puppet_call(&p, do_send, 0));
	inner_call(&p, do_receive, 0);
	EXPECT_EQ(SEES_OWN, inner_call(&p, do_look, PLAIN));
	EXPECT_EQ(SEES_OWN, inner_call(&p, do_look, JOB));
	EXPECT_EQ(1, inner_call(&p, do_members, 0));
	taker_end(&p);
	secrets_end();
}

/* ---- by pidfd_getfd(2) ---- */

static long do_number(long file)
{
	return files[file];
}

static void fetch(struct puppet *giver)
{
	int i, pidfd = syscall(SYS_pidfd_open, giver->pid, 0);

	if (pidfd < 0)
		fail_errno("pidfd_open");
	for (i = 0; i < FILES; i++) {
		files[i] = syscall(SYS_pidfd_getfd, pidfd,
				   puppet_call(giver, do_number, i), 0);
		if (files[i] < 0)
			fail_errno("pidfd_getfd");
	}
	close(pidfd);
}

/* What the opener must not see root does not see through its file. */
TEST_F(pcstats, fetched_from_nobody)
{
	struct puppet giver;

	secrets_start();
	puppet_clone(&giver, CLONE_NEWNS | SIGCHLD);
	puppet_call(&giver, do_mount_proc, (long)OPTIONS);
	puppet_call(&giver, do_become_nobody, 0);
	ASSERT_EQ(0, puppet_call(&giver, do_open, nobodys_secret()));
	nobody_copies();
	EXPECT_EQ(SEES_OWN, puppet_call(&giver, do_look, PLAIN));
	fetch(&giver);
	EXPECT_EQ(SEES_OWN, do_look_at_less(PLAIN));
	EXPECT_EQ(SEES_OWN, do_look_at_less(JOB));
	EXPECT_EQ(1, do_members(0));
	puppet_end(&giver);
	secrets_end();
}

static long do_count_rows(long file)
{
	struct pcstats_snapshot snap;
	long n;

	if (pcstats_read_fd(&snap, files[file], NULL))
		fail("it does not read well");
	n = snap.nr_tasks + snap.nr_mms + snap.nr_borns + snap.nr_most;
	pcstats_free(&snap);
	return n;
}

/* From one PID namespace by root outside, who sends it on into another one. */
TEST_F(pcstats, fetched_from_a_namespace)
{
	struct puppet giver, sibling;

	secrets_start();
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	puppet_clone(&giver, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	puppet_call(&giver, do_mount_proc, (long)"hidepid=0");
	ASSERT_EQ(0, puppet_call(&giver, do_open, 0));
	puppet_call(&giver, do_copy, 0);
	EXPECT_EQ(SEES_MOST, puppet_call(&giver, do_look, JOB));
	puppet_clone(&sibling, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	puppet_call(&sibling, do_mount_proc, (long)"hidepid=0");

	fetch(&giver);
	EXPECT_EQ(0, do_look_at_less(PLAIN));
	EXPECT_EQ(SEES_MOST, do_look_at_less(JOB));
	EXPECT_EQ(1 + 1 + 1 + 1, do_count_rows(JOB));
	ASSERT_EQ(0, do_send(0));
	puppet_call(&sibling, do_receive, 0);
	EXPECT_EQ(0, puppet_call(&sibling, do_count_rows, PLAIN));
	EXPECT_EQ(0, puppet_call(&sibling, do_count_rows, JOB));
	EXPECT_EQ(0, puppet_call(&sibling, do_look_at_less, JOB));
	EXPECT_EQ(1, puppet_call(&sibling, do_members, 0));
	puppet_end(&sibling);
	puppet_end(&giver);
	secrets_end();
}

/* ---- by io_uring ---- */

/* Of a request: on the file that the ring keeps, and with whose rights. */
#define KEPT 0x100
#define ASYNC 0x200
#define PERSONALITY 0xff

static long do_ring(long arg)
{
	if (!uring_open())
		return -1;
	uring_register_file(files[PLAIN]);
	return 0;
}

static long do_personality(long arg)
{
	return uring_register_personality();
}

static long do_read_by_ring(long how)
{
	static char text[1 << 20];
	struct io_uring_sqe request = {
		.opcode = IORING_OP_READ,
		.flags = (how & KEPT ? IOSQE_FIXED_FILE : 0) |
			 (how & ASYNC ? IOSQE_ASYNC : 0),
		.fd = how & KEPT ? 0 : files[PLAIN],
		.personality = how & PERSONALITY,
	};
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	long sees;
	int got;

	do {
		request.addr = (unsigned long)text + request.off;
		request.len = sizeof(text) - request.off;
		got = uring_do(&request);
		if (got < 0)
			return got;
		request.off += got;
	} while (got);
	if (pcstats_parse(&snap, text, request.off, &error))
		fail("line %lu: %s", error.line, error.reason);
	sees = secrets_in(&snap);
	pcstats_free(&snap);
	return sees;
}

/* It is the rights that count with which the request is made, not the ring's. */
TEST_F(pcstats, ring)
{
	static const int ways[] = { 0, ASYNC, KEPT, KEPT | ASYNC };
	struct puppet p;
	long roots, nobodys;
	size_t i;

	secrets_start();
	taker_start(&p, OPTIONS);
	ASSERT_EQ(0, puppet_call(&p, do_open, nobodys_secret()));
	if (puppet_call(&p, do_ring, 0))
		SKIP(return, "no io_uring");
	roots = puppet_call(&p, do_personality, 0);
	ASSERT_LT(0, roots);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		EXPECT_EQ(SEES_ALL, puppet_call(&p, do_read_by_ring, ways[i]))
			TH_LOG("%#x", ways[i]);

	puppet_call(&p, do_become_nobody, 0);
	nobodys = puppet_call(&p, do_personality, 0);
	ASSERT_LT(roots, nobodys);
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		EXPECT_EQ(SEES_OWN,
			  puppet_call(&p, do_read_by_ring, ways[i]))
			TH_LOG("%#x", ways[i]);
		EXPECT_EQ(SEES_OWN, puppet_call(&p, do_read_by_ring,
						   ways[i] | nobodys));
		/* Root has left that one with it, for this. */
		EXPECT_EQ(SEES_ALL, puppet_call(&p, do_read_by_ring,
					   ways[i] | roots));
	}
	taker_end(&p);
	secrets_end();
}

/* Root who asks with nobody's rights has no more than these. */
TEST_F(pcstats, ring_of_root)
{
	struct puppet p;
	long nobodys;

	secrets_start();
	puppet_clone(&p, CLONE_NEWNS | SIGCHLD);
	puppet_call(&p, do_mount_proc, (long)OPTIONS);
	ASSERT_EQ(0, puppet_call(&p, do_open, nobodys_secret()));
	if (puppet_call(&p, do_ring, 0))
		SKIP(return, "no io_uring");
	inner_start(&p, SIGCHLD);
	inner_call(&p, do_become_nobody, 0);
	nobodys = inner_call(&p, do_personality, 0);
	ASSERT_LT(0, nobodys);
	EXPECT_EQ(SEES_ALL,
		  puppet_call(&p, do_read_by_ring, KEPT));
	EXPECT_EQ(SEES_OWN, puppet_call(&p, do_read_by_ring, nobodys));
	EXPECT_EQ(SEES_OWN,
		  puppet_call(&p, do_read_by_ring, nobodys | KEPT | ASYNC));
	taker_end(&p);
	secrets_end();
}

PCSTATS_TEST_MAIN
