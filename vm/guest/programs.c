// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the host's programs are for another processor, the initramfs has busybox, which hides them
 * under all of its names: a command that it has not got is not found.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "guest.h"

#define OWN_PROGRAMS "/programs"
#define BUSYBOX "/usr/bin/busybox"

static bool own;

void hide_foreign_programs(const char *root)
{
	static const char *const places[] = {
		"usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "bin", "sbin"
	};

	own = !access(OWN_PROGRAMS, F_OK);
	for (size_t i = 0; own && i < ARRAY_SIZE(places); i++) {
		char path[64];
		struct stat s;

		snprintf(path, sizeof(path), "%s/%s", root, places[i]);
		/* Most are links to one another. */
		if (lstat(path, &s) || !S_ISDIR(s.st_mode))
			continue;
		if (mount(OWN_PROGRAMS, path, NULL, MS_BIND, NULL))
			fail_errno("mount %s", path);
	}
}

void name_own_programs(void)
{
	int status = 0;
	pid_t pid;

	if (!own)
		return;
	pid = fork();
	if (!pid) {
		execl(BUSYBOX, BUSYBOX, "--install", "-s", "/usr/bin", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail("%s --install: wait status %d", BUSYBOX, status);
}
