// SPDX-License-Identifier: GPL-2.0-only
/*
 * poweroff, reboot and halt without -f ask PID 1: those of systemd and sysvinit by a pipe, where they say to which
 * runlevel to change, busybox's by signals.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#define REQUEST_PIPE "/run/initctl"

/* As sysvinit's initreq.h has it. */
struct init_request {
	int32_t magic;
	int32_t command;
	int32_t runlevel;
	char unused[372];
};

#define REQUEST_MAGIC	 0x03091969
#define REQUEST_RUNLEVEL 1

static int requests = -1;

void shutdown_signals(sigset_t *set)
{
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
	sigaddset(set, SIGTERM);
}

/* Open for writing too: it has no end when a writer has closed it. */
int shutdown_open(void)
{
	if (!mkfifo(REQUEST_PIPE, 0600))
		requests = open(REQUEST_PIPE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return requests;
}

/* There is no disk but those of the host that may be written to. */
static void shut_down(int how)
{
	sync();
	reboot(how);
	fail_errno("reboot");
}

void shutdown_by_signal(int nr)
{
	switch (nr) {
	case SIGUSR1:
		shut_down(RB_HALT_SYSTEM);
		break;
	case SIGUSR2:
		shut_down(RB_POWER_OFF);
		break;
	case SIGTERM:
		shut_down(RB_AUTOBOOT);
	}
}

void shutdown_by_request(void)
{
	struct init_request r;

	while (requests >= 0 && read(requests, &r, sizeof(r)) == sizeof(r)) {
		if (r.magic != REQUEST_MAGIC || r.command != REQUEST_RUNLEVEL)
			continue;
		if (r.runlevel == '0')
			shut_down(RB_POWER_OFF);
		if (r.runlevel == '6')
			shut_down(RB_AUTOBOOT);
	}
}
