// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a reader makes the kernel keep is charged to its memory control group:
 * who opens the file again and again is told that there is no memory, or is
 * killed, as the group would have it, and nobody else has less for it.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "crowd.h"
#include "pcstats.h"

#define CGROUPS "/sys/fs/cgroup/"
#define GROUP CGROUPS "pcstats/"
#define LIMIT 1048576
#define FILES 1000	/* more than there is memory for */
#define CROWD 300	/* address spaces, and what the reader keeps of each */
#define ROW 48

static void write_to(const char *path, const char *text)
{
	int err = file_write(path, text);

	if (err)
		fail("%s: error %d", path, err);
}

static void limit(pid_t pid, bool killable)
{
	char path[64], text[16];

	mkdir(GROUP, 0755);
	snprintf(text, sizeof(text), "%d", LIMIT);
	write_to(GROUP "memory.max", text);
	snprintf(text, sizeof(text), "%d", pid);
	write_to(GROUP "cgroup.procs", text);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	write_to(path, killable ? "1000" : "-1000");
}

static char buf[32768];
static int files[FILES];
static long nr_files;

/* Into the mm table, if it is that long: 0, and the file keeps all its rows. */
static int read_to_mms(int fd)
{
	ssize_t got;

	do {
		got = read(fd, buf, sizeof(buf) - 1);
		if (got < 0)
			return -errno;
		buf[got] = '\0';
	} while (got && !strstr(buf, "\nmm "));
	return 0;
}

static long do_open(long max)
{
	const struct rlimit limit = { FILES + 100, FILES + 100 };
	int fd, err;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		fail_errno("RLIMIT_NOFILE");
	while (nr_files < max) {
		fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
		err = fd < 0 ? -errno : read_to_mms(fd);
		if (fd >= 0)
			files[nr_files++] = fd;
		if (err)
			return err == -ENOMEM ? nr_files : err;
	}
	return nr_files;
}

static long do_touch(long arg)
{
	memset(buf, 1, sizeof(buf));
	memset(files, 1, sizeof(files));
	return 0;
}

static long do_close(long arg)
{
	while (nr_files)
		close(files[--nr_files]);
	return 0;
}

FIXTURE(cgroup) {
	int klog;
};

FIXTURE_SETUP(cgroup)
{
	frame_pin(0);
	self->klog = klog_open();
	if (file_write(CGROUPS "cgroup.subtree_control", "+memory"))
		SKIP(return, "no memory control groups");
}

FIXTURE_TEARDOWN(cgroup)
{
	EXPECT_EQ(0, rmdir(GROUP));
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(cgroup, told)
{
	struct pcstats_snapshot snap;
	static pid_t crowd[CROWD];
	struct puppet p;
	long n;

	crowd_idle(crowd, CROWD);
	puppet_start(&p);
	puppet_call(&p, do_touch, 0);
	limit(p.pid, false);
	n = puppet_call(&p, do_open, FILES);
	TH_LOG("%ld files", n);
	EXPECT_LT(10, n);
	/* The last one may have been told. */
	EXPECT_GE(LIMIT / (CROWD * ROW) + 1, n);
	/* Others read on, and the reader itself when it has closed them. */
	snap = snapshot();
	EXPECT_NE(NULL, pcstats_find_live(&snap, p.pid));
	pcstats_free(&snap);
	/* What is closed is given back a grace period later. */
	do {
		puppet_call(&p, do_close, 0);
	} while (puppet_call(&p, do_open, n / 2) != n / 2);
	puppet_end(&p);
	crowd_end(crowd, CROWD);
}

TEST_F(cgroup, killed)
{
	struct pcstats_snapshot snap;
	struct puppet p;
	siginfo_t info;

	puppet_start(&p);
	limit(p.pid, true);
	puppet_post(&p, do_open, FILES);
	ASSERT_EQ(0, waitid(P_PID, p.pid, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(SIGKILL, puppet_reap(&p));
	snap = snapshot();
	EXPECT_EQ(SIGKILL, pcstats_find_exited(&snap, p.pid)->state.signal);
	pcstats_free(&snap);
}

PCSTATS_TEST_MAIN
