// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where proc is mounted with hidepid, a reader without privilege sees its own
 * tasks only, live and exited; gid= lets a group see all but ptraceable.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "pcstats.h"
#include "viewpoint.h"

#define GROUP 4321

/* What the reader is asked for. */
static pid_t roots, nobodys, roots_exited, half;

enum {
	SEES_ROOTS = 1, SEES_NOBODYS = 2, SEES_EXITED = 4, SEES_HALF = 8,
	SEES_TOTALS = 16,
	SEES_ALL = 31,
	SEES_OWN = SEES_NOBODYS | SEES_TOTALS,
};

/* Nobody by its real and effective uid, root by the saved one. */
static long do_become_half_nobody(long arg)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, 0))
		fail_errno("setresuid");
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail_errno("prctl");
	return 0;
}

static long do_look(long arg)
{
	struct pcstats_snapshot snap = snapshot();
	long sees = 0;

	if (pcstats_find_live(&snap, roots))
		sees |= SEES_ROOTS;
	if (pcstats_find_live(&snap, nobodys))
		sees |= SEES_NOBODYS;
	if (pcstats_find_exited(&snap, roots_exited))
		sees |= SEES_EXITED;
	if (pcstats_find_live(&snap, half))
		sees |= SEES_HALF;
	if (snap.total.present)
		sees |= SEES_TOTALS;
	if (stray_row(&snap))
		fail("a row of hidden task %d", stray_row(&snap));
	pcstats_free(&snap);
	return sees;
}

FIXTURE_VARIANT(pcstats) {
	const char *options;
	long nobody_sees;
	long group_sees;
};

FIXTURE_VARIANT_ADD(pcstats, none) {
	"hidepid=0", SEES_ALL, SEES_ALL,
};

FIXTURE_VARIANT_ADD(pcstats, noaccess) {
	"hidepid=noaccess,gid=4321", SEES_OWN, SEES_ALL,
};

FIXTURE_VARIANT_ADD(pcstats, invisible) {
	"hidepid=2,gid=4321", SEES_OWN, SEES_ALL,
};

FIXTURE_VARIANT_ADD(pcstats, ptraceable) {
	"hidepid=ptraceable,gid=4321", SEES_OWN, SEES_OWN,
};

FIXTURE_VARIANT_ADD(pcstats, no_group) {
	"hidepid=2", SEES_OWN, SEES_OWN,
};

TEST_F(pcstats, readers)
{
	struct puppet root, nobody, half_nobody, ended, reader;

	puppet_start(&root);
	puppet_start(&nobody);
	puppet_call(&nobody, do_become_nobody, 0);
	puppet_start(&half_nobody);
	puppet_call(&half_nobody, do_become_half_nobody, 0);
	puppet_start(&ended);
	puppet_end(&ended);
	roots = root.pid;
	nobodys = nobody.pid;
	half = half_nobody.pid;
	roots_exited = ended.pid;

	puppet_clone(&reader, CLONE_NEWNS | SIGCHLD);
	puppet_call(&reader, do_mount_proc, (long)variant->options);
	EXPECT_EQ(SEES_ALL, puppet_call(&reader, do_look, 0));
	puppet_call(&reader, do_become_nobody, 0);
	EXPECT_EQ(variant->nobody_sees, puppet_call(&reader, do_look, 0));
	puppet_end(&reader);

	puppet_clone(&reader, CLONE_NEWNS | SIGCHLD);
	puppet_call(&reader, do_mount_proc, (long)variant->options);
	puppet_call(&reader, do_become_nobody, GROUP);
	EXPECT_EQ(variant->group_sees, puppet_call(&reader, do_look, 0));
	puppet_end(&reader);

	puppet_end(&half_nobody);
	puppet_end(&nobody);
	puppet_end(&root);
}

/* What nobody leaves behind is nobody's to see. */
TEST_F(pcstats, own_exited)
{
	struct puppet ended, reader;

	puppet_start(&ended);
	puppet_call(&ended, do_become_nobody, 0);
	roots_exited = ended.pid;
	puppet_end(&ended);
	puppet_clone(&reader, CLONE_NEWNS | SIGCHLD);
	puppet_call(&reader, do_mount_proc, (long)variant->options);
	puppet_call(&reader, do_become_nobody, 0);
	EXPECT_EQ(SEES_EXITED,
		  puppet_call(&reader, do_look, 0) & SEES_EXITED);
	puppet_end(&reader);
}

PCSTATS_TEST_MAIN
