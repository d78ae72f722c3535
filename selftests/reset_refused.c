// SPDX-License-Identifier: GPL-2.0-only
/*
 * Only "reset" is understood, and only from a task with CAP_SYS_ADMIN in the
 * initial user namespace; all else is refused and changes nothing.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>

#include "pcstats.h"
#include "viewpoint.h"

FIXTURE(text) {
	int klog;
};

FIXTURE_SETUP(text)
{
	self->klog = klog_open();
}

FIXTURE_TEARDOWN(text)
{
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* One write of @len bytes: 0 or a negative errno. */
static long write_bytes(const char *text, size_t len)
{
	int fd = open(PCSTATS_PATH, O_WRONLY | O_CLOEXEC);
	ssize_t put;

	if (fd < 0)
		return -errno;
	put = write(fd, text, len);
	if (put < 0)
		put = -errno;
	close(fd);
	return put < 0 ? put : 0;
}

static long do_fork(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("fork");
	}
	return 0;
}

TEST_F(text, other_text)
{
	static char large[100000];
	const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "rese", 4 }, { "resets", 6 }, { "RESET", 5 }, { " reset", 6 },
		{ "reset ", 6 }, { "reset\n\n", 7 }, { "reset\nreset", 11 },
		{ "\n", 1 }, { "", 1 }, { "reset\0", 6 }, { "reset\n\0", 7 },
		{ "0", 1 }, { large, sizeof(large) },
	};
	struct pcstats_task before, after;
	struct puppet p;
	size_t i;

	memset(large, 'x', sizeof(large));
	memcpy(large, "reset", 5);
	puppet_start(&p);
	puppet_call(&p, do_fork, 3);
	before = task_row(p.pid);
	ASSERT_EQ(3, before.tally[PCSTATS_forks]);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		EXPECT_EQ(-EINVAL, write_bytes(cases[i].text, cases[i].len))
			TH_LOG("case %zu", i);
	}
	after = task_row(p.pid);
	EXPECT_STREQ("", all_tallies(&before, &after, TALLIES(0)));
	puppet_end(&p);
}

/* ---- writers that must not ---- */

static long do_drop_sys_admin(long arg)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		fail_errno("capget");
	caps[0].effective &= ~(1U << CAP_SYS_ADMIN);
	caps[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &head, caps))
		fail_errno("capset");
	return 0;
}

/* Root of a user namespace, with all capabilities there and none outside. */
static long do_enter_user_ns(long arg)
{
	int err;

	if (unshare(CLONE_NEWUSER))
		return errno;
	err = file_write("/proc/self/uid_map", "0 0 1");
	if (err)
		fail("uid_map: error %d", err);
	return 0;
}

static long do_write_reset(long arg)
{
	return write_bytes("reset", 5);
}

static long do_write_nonsense(long arg)
{
	return write_bytes("nonsense", 8);
}

FIXTURE_VARIANT(pcstats) {
	puppet_fn become;
	int error;
};

FIXTURE_VARIANT_ADD(pcstats, no_sys_admin) { do_drop_sys_admin, -EPERM };
FIXTURE_VARIANT_ADD(pcstats, user_ns_root) { do_enter_user_ns, -EPERM };
/* Stopped by the file's mode already. */
FIXTURE_VARIANT_ADD(pcstats, nobody) { do_become_nobody, -EACCES };

TEST_F(pcstats, writer)
{
	struct pcstats_task before, after;
	struct puppet p, writer;
	int err;

	puppet_start(&p);
	puppet_call(&p, do_fork, 3);
	puppet_start(&writer);
	err = puppet_call(&writer, variant->become, 0);
	if (err)
		SKIP(return, "no user namespaces (error %d)", err);
	before = task_row(p.pid);
	EXPECT_EQ(variant->error, puppet_call(&writer, do_write_reset, 0));
	EXPECT_EQ(variant->error, puppet_call(&writer, do_write_nonsense, 0));
	after = task_row(p.pid);
	EXPECT_STREQ("", all_tallies(&before, &after, TALLIES(0)));
	puppet_end(&writer);
	puppet_end(&p);
}

static int fd_of_root;

static long do_write_to_fd(long arg)
{
	return write(fd_of_root, "reset", 5) < 0 ? -errno : 0;
}

/* A descriptor that root opened gives nobody root's right to reset. */
TEST_F(pcstats, handed_descriptor)
{
	struct pcstats_task before, after;
	struct puppet p, writer;
	int err;

	fd_of_root = open(PCSTATS_PATH, O_WRONLY);
	ASSERT_LE(0, fd_of_root);
	puppet_start(&p);
	puppet_call(&p, do_fork, 3);
	puppet_start(&writer);
	err = puppet_call(&writer, variant->become, 0);
	if (err)
		SKIP(return, "no user namespaces (error %d)", err);
	before = task_row(p.pid);
	EXPECT_EQ(-EPERM, puppet_call(&writer, do_write_to_fd, 0));
	after = task_row(p.pid);
	EXPECT_STREQ("", all_tallies(&before, &after, TALLIES(0)));
	puppet_end(&writer);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
