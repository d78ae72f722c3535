// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "guest.h"

/* /run and /dev/shm, for instance, are the guest's own and empty. */
static void make_directories(const char *path)
{
	char *part = strdup(path), *slash;

	if (!part)
		fail("out of memory");
	for (slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0755);
		*slash = '/';
	}
	if (mkdir(part, 0755) && errno != EEXIST)
		fail_errno("%s", path);
	free(part);
}

/* cache=mmap: what others change on the host is seen here, and a shared mapping is written back. */
void mount_shares(char *const directories[], uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		char tag[32];

		snprintf(tag, sizeof(tag), SHARE_TAG "%u", i);
		make_directories(directories[i]);
		if (mount(tag, directories[i], "9p", MS_NOSUID | MS_NODEV,
			  "trans=virtio,version=9p2000.L,msize=262144,cache=mmap,access=any"))
			fail_errno("mount %s", directories[i]);
	}
}
