// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the guest: makes the host's file system its own under a throwaway overlay, loads
 * pcstats, runs what the host says. That then stops the VM: all that could be lost is thrown away
 * anyway.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "guest.h"

static struct control control = { .fd = -1 };

/* For the host is going to end us; of a session, it closes the sockets. */
static void wait_for_the_end(void)
{
	while (!in_session())
		pause();
	do {
		struct pollfd p = { .fd = control.fd, .events = POLLIN };

		poll(&p, 1, -1);
	} while (control_fill(&control) >= 0);
}

static void vfail(const char *format, va_list ap, const char *why)
{
	char text[4096];
	int n = vsnprintf(text, sizeof(text), format, ap);

	if (n >= 0 && (size_t)n < sizeof(text) && why)
		snprintf(text + n, sizeof(text) - n, ": %s", why);
	if (control.fd < 0) {
		fprintf(stderr, "init: %s\n", text);
		reboot(RB_POWER_OFF);
		_exit(1);
	}
	control_send(&control, MSG_FAILED, 0, text, strlen(text));
	while (control_has_output(&control)) {
		struct pollfd p = { .fd = control.fd, .events = POLLOUT };

		poll(&p, 1, -1);
		if (control_flush(&control))
			break;
	}
	wait_for_the_end();
	_exit(1);
}

void fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfail(format, ap, NULL);
	va_end(ap);
	_exit(1);
}

void fail_errno(const char *format, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, format);
	vfail(format, ap, why);
	va_end(ap);
	_exit(1);
}

int main(void)
{
	init_time = uptime();
	if (getpid() != 1) {
		fputs("This is the guest's PID 1 and nothing to be run by hand.\n", stderr);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	mount_early();
	load_boot_modules();
	open_ports();
	control_init(&control, ports[PORT_CONTROL]);
	mount_root();
	serve(&control);
}
