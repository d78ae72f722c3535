// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where proc is mounted with hidepid, a reader without privilege sees its own
 * tasks only, live and exited, as in /proc; gid= lets a group see all but
 * ptraceable.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "pcstats.h"
#include "secrets.h"
#include "viewpoint.h"

#define GROUP 4321

static long do_look(long arg)
{
	int fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	long sees;

	if (fd < 0)
		fail_errno(PCSTATS_PATH);
	sees = look_beside_proc(fd, true);
	close(fd);
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
	struct puppet reader;

	secrets_start();
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
	secrets_end();
}

PCSTATS_TEST_MAIN
