// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a device that is mapped privately has no struct page: the first
 * write copies it and counts as file, as with any other file.
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "cow.h"

#define RESOURCES "/sys/bus/pci/devices/*/resource[0-5]"

/* A page of what a device has that no driver uses, or NULL. */
static char *map_device(void)
{
	char *page = MAP_FAILED;
	char driver[256];
	glob_t found;
	size_t i;
	int fd;

	if (glob(RESOURCES, 0, NULL, &found))
		return NULL;
	for (i = 0; i < found.gl_pathc && page == MAP_FAILED; i++) {
		snprintf(driver, sizeof(driver), "%.*s/driver",
			 (int)(strrchr(found.gl_pathv[i], '/') -
			       found.gl_pathv[i]), found.gl_pathv[i]);
		if (!access(driver, F_OK))
			continue;
		fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		/* Refused where it is ports, or less than a page. */
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
			    0);
		close(fd);
	}
	globfree(&found);
	return page == MAP_FAILED ? NULL : page;
}

TEST_F(pcstats, written)
{
	struct puppet p;
	pid_t child;

	region = map_device();
	if (!region)
		SKIP(return, "no device's memory can be mapped");
	leave_unsettled(region);
	puppet_start(&p);
	child = inner_start(&p, SIGCHLD);
	EXPECT_COUNTED(puppet_call(&p, do_read, 1), p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, 1),
		       p.pid, FILE_COPIED(1), child, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, 1), p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(inner_call(&p, do_write, 1),
		       child, FILE_COPIED(1), p.pid, NOTHING);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
