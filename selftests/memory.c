// SPDX-License-Identifier: GPL-2.0-only
#include "memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"

#define MAX_REGIONS 64

static char *regions[MAX_REGIONS];

static char **region_slot(const char *region)
{
	size_t i;

	for (i = 0; i < MAX_REGIONS; i++)
		if (regions[i] == region)
			return &regions[i];
	return NULL;
}

static bool has_region(uintptr_t start, uintptr_t end)
{
	size_t i;

	for (i = 0; i < MAX_REGIONS; i++)
		if ((uintptr_t)regions[i] >= start &&
		    (uintptr_t)regions[i] < end)
			return true;
	return false;
}

void leave_unsettled(char *p)
{
	char **slot = region_slot(NULL);

	if (!slot)
		fail("more than %d regions", MAX_REGIONS);
	*slot = p;
}

char *region_map(size_t pages, int mmap_flags, int fd)
{
	char **slot = region_slot(NULL);
	size_t len = pages * PAGE;
	char *map;

	if (!slot)
		fail("more than %d regions", MAX_REGIONS);

	/* A hole at each end: no neighbour can be merged with the region. */
	map = mmap(NULL, len + 2 * PAGE, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		fail_errno("mmap");
	map += PAGE;
	if (fd < 0)
		mmap_flags |= MAP_ANONYMOUS;
	if (mmap(map, len, PROT_READ | PROT_WRITE, mmap_flags | MAP_FIXED, fd,
		 0) == MAP_FAILED)
		fail_errno("mmap of a region");
	/* Not understood by a kernel without huge pages. */
	if (madvise(map, len, MADV_NOHUGEPAGE) && errno != EINVAL)
		fail_errno("MADV_NOHUGEPAGE");
	*slot = map;
	return map;
}

void region_unmap(char *region, size_t pages)
{
	char **slot = region_slot(region);

	if (!slot)
		fail("not a region: %p", (void *)region);
	*slot = NULL;
	if (munmap(region - PAGE, (pages + 2) * PAGE))
		fail_errno("munmap");
}

int file_with(size_t pages)
{
	int fd = memfd_create("pcstats", MFD_CLOEXEC);
	char page[PAGE];
	size_t i;

	memset(page, 1, sizeof(page));
	for (i = 0; i < pages; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			fail_errno("memfd");
	return fd;
}

void region_write(char *region, size_t pages)
{
	volatile char *p = region;
	size_t i;

	for (i = 0; i < pages; i++)
		p[i * PAGE] = 1;
}

void region_read(const char *region, size_t pages)
{
	const volatile char *p = region;
	size_t i;

	for (i = 0; i < pages; i++)
		(void)p[i * PAGE];
}

void write_protect(pid_t pid)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
	err = file_write(path, "4");
	if (err)
		fail("%s: error %d", path, err);
}

void settle(void)
{
	static char maps[64 * 1024];
	uintptr_t start, end;
	char perms[5];
	char *line;

	file_read("/proc/self/maps", maps, sizeof(maps));
	for (line = maps; *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%lx-%lx %4s", &start, &end, perms) != 3)
			fail("/proc/self/maps: not understood");
		if (perms[1] != 'w' || perms[3] != 'p')
			continue;
		if (has_region(start, end))
			continue;
		if (madvise((void *)start, end - start, MADV_POPULATE_WRITE))
			fail("MADV_POPULATE_WRITE %.80s: %m", line);
	}
}
