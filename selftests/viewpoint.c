// SPDX-License-Identifier: GPL-2.0-only
#include "viewpoint.h"

#include <grp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "frame.h"

long do_mount_proc(long options)
{
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, (const char *)options))
		fail("mount of proc with %s: %m", (const char *)options);
	return 0;
}

long do_become_nobody(long group)
{
	const gid_t groups[] = { group };

	if (setgroups(group ? 1 : 0, groups) ||
	    setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		fail_errno("setresuid");
	/* A change of uid takes both away, and with one nobody's right to look. */
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail_errno("prctl");
	return 0;
}
