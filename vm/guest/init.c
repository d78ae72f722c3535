// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the guest: makes the host's file system its own under a throwaway overlay, loads
 * pcstats, runs one command, reports how that ended. The host then stops the VM: all that could
 * be lost is thrown away anyway.
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

/* For the host is going to end us. */
static void wait_for_the_end(void)
{
	for (;;)
		pause();
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

static const char *next_string(char **at, const char *end)
{
	char *string = *at;
	char *nul = memchr(string, '\0', end - string);

	if (!nul)
		fail("the host's request is cut off");
	*at = nul + 1;
	return string;
}

static char **next_strings(char **at, const char *end, uint32_t count)
{
	char **strings = calloc(count + 1, sizeof(*strings));

	if (!strings)
		fail("out of memory");
	for (uint32_t i = 0; i < count; i++)
		strings[i] = (char *)next_string(at, end);
	return strings;
}

static void receive_command(struct command *command)
{
	struct message m;
	char *payload, *end;

	while (!control_next(&control, &m, &payload)) {
		struct pollfd p = { .fd = control.fd, .events = POLLIN };

		poll(&p, 1, -1);
		if (control_fill(&control) < 0)
			fail("the host has closed the control port");
	}
	if (m.type != MSG_RUN || m.len < sizeof(command->how))
		fail("the host's first message is of type %u", m.type);

	/* The message's place is used again for the next one. */
	end = malloc(m.len);
	if (!end)
		fail("out of memory");
	payload = memcpy(end, payload, m.len);
	end = payload + m.len;
	memcpy(&command->how, payload, sizeof(command->how));
	payload += sizeof(command->how);
	command->directory = next_string(&payload, end);
	command->modules = next_string(&payload, end);
	command->module = next_string(&payload, end);
	command->argv = next_strings(&payload, end, command->how.argc);
	command->envp = next_strings(&payload, end, command->how.envc);
	command->shares = next_strings(&payload, end, command->how.shares);
}

int main(void)
{
	struct command command = { .init_time = uptime() };

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
	receive_command(&command);
	mount_modules(command.modules);
	mount_shares(command.shares, command.how.shares);
	if (command.how.swap)
		turn_on_swap(command.envp);
	if (*command.module)
		load_module(command.module);
	if (chdir(command.directory))
		fail_errno("directory %s", command.directory);
	run_command(&command, &control);
}
