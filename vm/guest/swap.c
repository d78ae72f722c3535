// SPDX-License-Identifier: GPL-2.0-only
#include <sys/swap.h>

#include "guest.h"

#define DISK "/dev/vda"

void turn_on_swap(void)
{
	char *modprobe[] = { "modprobe", "virtio_blk", NULL };
	char text[512];

	/* A kernel that has it built in may have no modules at all: what counts is the disk. */
	run_helper(modprobe, helper_environment, text, sizeof(text));
	if (swapon(DISK, 0))
		fail_errno("swap on " DISK);
}
