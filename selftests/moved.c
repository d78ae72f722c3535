// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who changes its user namespace, or the PID namespace of its children, between
 * open and read sees what its own /proc shows then, neither more nor less; and
 * of a job nothing but the sums.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "job.h"
#include "pcstats.h"
#include "secrets.h"
#include "viewpoint.h"

static int plain, job;	/* files that are open already */

static long do_open(long pid)
{
	plain = open(PCSTATS_PATH, O_RDONLY);
	job = job_open();
	return job_add(job, pid);
}

static long do_unshare(long flags)
{
	return unshare(flags) ? -errno : 0;
}

static pid_t strangers;

static long do_join(long name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", strangers,
		 (const char *)name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno(path);
	return setns(fd, 0) ? -errno : 0;
}

static long do_look(long arg)
{
	return look_beside_proc(plain, true);
}

static long do_look_at_job(long arg)
{
	if (job_read(job).members != 1)
		fail("not the members of the job");
	return look_beside_proc(job, true);
}

static long do_add(long pid)
{
	return job_add(job, pid);
}

FIXTURE_VARIANT(pcstats) {
	const char *options;
	int flags;		/* of the namespaces that it leaves */
	const char *join;	/* which one of a stranger's it enters instead */
	long sees;		/* and of a job the table most with it, or not */
	bool most;
	int add;		/* error of adding nobody's process */
};

FIXTURE_VARIANT_ADD(pcstats, user) {
	"hidepid=0", CLONE_NEWUSER, NULL,
	SEES_ALL, true, -EPERM,
};

/* Root's, by its uid, but without the capabilities that root's others have. */
FIXTURE_VARIANT_ADD(pcstats, user_hidepid) {
	"hidepid=2,gid=4321", CLONE_NEWUSER, NULL,
	SEES_TOTALS, false, -EPERM,
};

FIXTURE_VARIANT_ADD(pcstats, user_joined) {
	"hidepid=2,gid=4321", CLONE_NEWUSER, "user",
	SEES_TOTALS, false, -EPERM,
};

FIXTURE_VARIANT_ADD(pcstats, pid) {
	"hidepid=0", CLONE_NEWPID, NULL, 0, false, -ESRCH,
};

FIXTURE_VARIANT_ADD(pcstats, pid_joined) {
	"hidepid=0", CLONE_NEWPID, "pid", 0, false, -ESRCH,
};

FIXTURE_VARIANT_ADD(pcstats, user_and_pid) {
	"hidepid=2,gid=4321", CLONE_NEWUSER | CLONE_NEWPID, NULL, 0, false, -ESRCH,
};

TEST_F(pcstats, between_open_and_read)
{
	const long most = variant->most ? SEES_MOST : 0;
	const bool born = variant->flags & CLONE_NEWPID;
	struct puppet p, stranger;

	secrets_start();
	puppet_clone(&stranger, variant->flags | SIGCHLD);
	strangers = stranger.pid;
	puppet_clone(&p, CLONE_NEWNS | SIGCHLD);
	puppet_call(&p, do_mount_proc, (long)variant->options);
	ASSERT_EQ(0, puppet_call(&p, do_open, nobodys_secret()));
	nobody_copies();
	EXPECT_EQ(SEES_ALL, puppet_call(&p, do_look, 0));
	EXPECT_EQ(SEES_ALL | SEES_MOST, puppet_call(&p, do_look_at_job, 0));
	ASSERT_EQ(0, variant->join ?
		     puppet_call(&p, do_join, (long)variant->join) :
		     puppet_call(&p, do_unshare, variant->flags));
	if (!born) {
		EXPECT_EQ(variant->sees, puppet_call(&p, do_look, 0));
		EXPECT_EQ(variant->sees | most,
			  puppet_call(&p, do_look_at_job, 0));
		EXPECT_EQ(variant->add,
			  puppet_call(&p, do_add, nobodys_secret()));
	} else {
		/* Whose children are there, not it; they have a proc of their own. */
		inner_start(&p, CLONE_NEWNS | SIGCHLD);
		inner_call(&p, do_mount_proc, (long)variant->options);
		EXPECT_EQ(variant->sees, inner_call(&p, do_look, 0));
		EXPECT_EQ(variant->sees | most,
			  inner_call(&p, do_look_at_job, 0));
		EXPECT_EQ(variant->add,
			  inner_call(&p, do_add, nobodys_secret()));
		if (!(variant->flags & CLONE_NEWUSER))
			EXPECT_EQ(SEES_ALL, puppet_call(&p, do_look, 0));
		inner_end(&p);
	}
	puppet_end(&p);
	puppet_end(&stranger);
	secrets_end();
}

PCSTATS_TEST_MAIN
