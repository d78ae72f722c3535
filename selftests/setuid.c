// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process is hidden as /proc hides it also when its rights change under its
 * reader's eyes: by execve of a setuid program, of one that cannot be read, by
 * prctl; live and exited.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "cat.h"
#include "job.h"
#include "pcstats.h"
#include "viewpoint.h"

#define DIR "/run/pcs-setuid"
#define PROGRAM DIR "/cat"

static struct cat cat;

/* ---- the program ---- */

/* Where the mode has its effect, whatever the file system of /bin. */
static void program_make(mode_t mode)
{
	int from, to;
	ssize_t got;

	/* It is there still where an earlier case has failed. */
	if ((mkdir(DIR, 0755) && errno != EEXIST) ||
	    mount("none", DIR, "tmpfs", 0, "mode=755"))
		fail_errno(DIR);
	from = open("/bin/cat", O_RDONLY | O_CLOEXEC);
	to = open(PROGRAM, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (from < 0 || to < 0)
		fail_errno(PROGRAM);
	while ((got = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	if (got < 0 || fchmod(to, mode))
		fail_errno(PROGRAM);
	close(from);
	close(to);
}

static void program_remove(void)
{
	if (umount2(DIR, MNT_DETACH) || rmdir(DIR))
		fail_errno(DIR);
}

static long do_exec(long arg)
{
	char *const argv[] = { PROGRAM, NULL };

	cat_exec(&cat, argv);
}

/* ---- the reader ---- */

static bool proc_shows(pid_t pid)
{
	char path[64];
	int stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = open(path, O_RDONLY | O_CLOEXEC);
	close(stat);
	return stat >= 0;
}

enum { LIVE = 1, EXITED = 2, PROC = 4, MAY_JOIN = 8 };

static long do_look(long pid)
{
	struct pcstats_snapshot snap = snapshot();
	int own = job_open();
	long sees = 0;

	if (pcstats_find_live(&snap, pid))
		sees |= LIVE;
	if (pcstats_find_exited(&snap, pid))
		sees |= EXITED;
	if (proc_shows(pid))
		sees |= PROC;
	if (stray_row(&snap))
		fail("a row of hidden task %d", stray_row(&snap));
	pcstats_free(&snap);
	if (!job_add(own, pid))
		sees |= MAY_JOIN;
	close(own);
	return sees;
}

static int job = -1;

static long do_join(long pid)
{
	job = job_open();
	return job_add(job, pid);
}

static long do_count_execs(long arg)
{
	return job_read(job).tally[PCSTATS_execs];
}

static long do_count_most(long arg)
{
	struct pcstats_snapshot snap = job_snapshot(job);
	long n = snap.nr_most;

	pcstats_free(&snap);
	return n;
}

FIXTURE_VARIANT(pcstats) {
	const char *options;
	bool hides;
};

FIXTURE_VARIANT_ADD(pcstats, none) { "hidepid=0", false };
FIXTURE_VARIANT_ADD(pcstats, noaccess) { "hidepid=1", true };
FIXTURE_VARIANT_ADD(pcstats, invisible) { "hidepid=2", true };
FIXTURE_VARIANT_ADD(pcstats, ptraceable) { "hidepid=4", true };

static void reader_start(struct puppet *reader, const char *options)
{
	puppet_clone(reader, CLONE_NEWNS | SIGCHLD);
	puppet_call(reader, do_mount_proc, (long)options);
	puppet_call(reader, do_become_nobody, 0);
}

/* ---- cases ---- */

static long do_hide(long dumpable)
{
	return prctl(PR_SET_DUMPABLE, dumpable);
}

TEST_F(pcstats, dumpable)
{
	const long visible = variant->hides ? 0 : PROC | LIVE;
	struct puppet p, reader;

	puppet_start(&p);
	puppet_call(&p, do_become_nobody, 0);
	reader_start(&reader, variant->options);
	EXPECT_EQ(PROC | LIVE | MAY_JOIN, puppet_call(&reader, do_look, p.pid));
	puppet_call(&p, do_hide, 0);
	EXPECT_EQ(visible, puppet_call(&reader, do_look, p.pid));
	puppet_call(&p, do_hide, 1);
	EXPECT_EQ(PROC | LIVE | MAY_JOIN, puppet_call(&reader, do_look, p.pid));
	puppet_end(&reader);
	puppet_end(&p);
}

/* How @p, which is nobody, becomes a program that the reader may not look into. */
static void exec_hides(struct __test_metadata *_metadata, mode_t mode,
		       const char *options, bool hides)
{
	struct puppet p, reader;

	program_make(mode);
	/* Before the pipes, of which it would keep an end open. */
	reader_start(&reader, options);
	cat_prepare(&cat);
	puppet_start(&p);
	puppet_call(&p, do_become_nobody, 0);
	EXPECT_EQ(PROC | LIVE | MAY_JOIN, puppet_call(&reader, do_look, p.pid));
	/* What it does counts in its caller's job, as in wait4(2). */
	ASSERT_EQ(0, puppet_call(&reader, do_join, p.pid));
	puppet_post(&p, do_exec, 0);
	cat_wait(&cat);
	EXPECT_EQ(1, puppet_call(&reader, do_count_execs, 0));
	EXPECT_EQ(!hides, puppet_call(&reader, do_count_most, 0));
	EXPECT_EQ(hides ? 0 : PROC | LIVE,
		  puppet_call(&reader, do_look, p.pid));
	EXPECT_TRUE(has_live_row(p.pid));
	cat_close(&cat);
	puppet_reap(&p);
	EXPECT_EQ(hides ? 0 : EXITED,
		  puppet_call(&reader, do_look, p.pid));
	EXPECT_EQ(1, puppet_call(&reader, do_count_execs, 0));
	EXPECT_EQ(!hides, puppet_call(&reader, do_count_most, 0));
	EXPECT_TRUE(has_exited_row(p.pid));
	puppet_end(&reader);
	program_remove();
}

TEST_F(pcstats, setuid_program)
{
	exec_hides(_metadata, 04755, variant->options, variant->hides);
}

/* Of nobody's uids, but not dumpable. */
TEST_F(pcstats, unreadable_program)
{
	exec_hides(_metadata, 0711, variant->options, variant->hides);
}

PCSTATS_TEST_MAIN
