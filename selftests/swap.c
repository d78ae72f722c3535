// SPDX-License-Identifier: GPL-2.0-only
#include "swap.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <unistd.h>

#include "frame.h"
#include "memory.h"

#define DISK "/dev/zram0"
#define SYSFS "/sys/block/zram0/"
#define SWAP_PAGES (64 * 256)

/* As in the kernel's union swap_header. */
struct header {
	char boot[1024];
	uint32_t version;
	uint32_t last_page;
	char rest[PAGE - 1024 - 8 - 10];
	char magic[10];
};

static void write_header(void)
{
	static struct header header = {
		.version = 1,
		.last_page = SWAP_PAGES - 1,
	};
	int fd = open(DISK, O_WRONLY | O_CLOEXEC);

	memcpy(header.magic, "SWAPSPACE2", sizeof(header.magic));
	if (fd < 0 || write(fd, &header, sizeof(header)) != sizeof(header) ||
	    fsync(fd))
		fail_errno(DISK);
	close(fd);
}

bool swap_begin(void)
{
	char size[32];

	_Static_assert(sizeof(struct header) == PAGE, "one page");
	if (system("modprobe zram") || access(DISK, W_OK))
		return false;
	/* What a case that failed has left. */
	swapoff(DISK);
	file_write(SYSFS "reset", "1");
	snprintf(size, sizeof(size), "%lu", SWAP_PAGES * PAGE);
	if (file_write(SYSFS "disksize", size))
		fail(SYSFS "disksize");
	write_header();
	if (swapon(DISK, 0))
		fail_errno("swapon");
	return true;
}

void swap_end(void)
{
	if (swapoff(DISK))
		fail_errno("swapoff");
	if (file_write(SYSFS "reset", "1"))
		fail(SYSFS "reset");
}

unsigned long long swapped_pages(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	return file_number(path, "Swap:") / 4;
}

void swap_out(char *region, size_t pages)
{
	unsigned long long out;

	if (madvise(region, pages * PAGE, MADV_PAGEOUT))
		fail_errno("MADV_PAGEOUT");
	out = swapped_pages(getpid());
	if (out != pages)
		fail("%llu pages swapped out, not %zu", out, pages);
}
