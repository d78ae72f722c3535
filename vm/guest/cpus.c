// SPDX-License-Identifier: GPL-2.0-only
/* The CPUs that the kernel was told to leave for later. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "guest.h"

/*
 * The kernel boots with maxcpus=1. While it does it changes its own code all the time (static keys),
 * and where several CPUs are emulated in parallel, one that translates an instruction while another
 * replaces it may go on with the old one for ever (QEMU 7.2): the guest hung in an int3 that was no
 * longer there, in sched_clock_idle_wakeup_event(). Loading modules changes it, too, and with several
 * CPUs they all wait for each other meanwhile: init calls this when that is done.
 */
void bring_up_cpus(void)
{
	char path[64];
	int fd;

	/* The first one has no such file. */
	for (int cpu = 1;; cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
		if (access(path, F_OK))
			return;
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "1", 1) != 1)
			fail_errno("%s", path);
		close(fd);
	}
}
