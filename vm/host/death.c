// SPDX-License-Identifier: GPL-2.0-only
/* How the VM has ended when it has ended before the command. */
#include <string.h>
#include <sys/wait.h>

#include "../common/array_size.h"
#include "host.h"

/* How the guest's kernel says that its own user wants no more of it. */
enum { POWERED_OFF, RESTARTED, HALTED };

static const struct {
	const char *message;
	const char *what;
} ends[] = {
	[POWERED_OFF] = { "reboot: Power down", "powered off" },
	[RESTARTED] = { "reboot: Restarting system", "restarted" },
	[HALTED] = { "reboot: System halted", "halted" },
};

static bool console_ends_with(const char *message)
{
	return !strncmp(tail_last_message(), message, strlen(message));
}

bool guest_is_halted(void)
{
	return console_ends_with(ends[HALTED].message);
}

static void die_if_killed(struct qemu *qemu)
{
	int status;

	if (qemu->pid < 0 || waitpid(qemu->pid, &status, 0) != qemu->pid)
		return;
	qemu->pid = -1;
	if (WIFSIGNALED(status))
		die("QEMU was killed by signal %d", WTERMSIG(status));
}

void die_of_guest(struct qemu *qemu, const struct options *options, const char *message,
		  bool started)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (console_ends_with(ends[i].message))
			die("the guest was %s", ends[i].what);
	if (*message)
		die("%s", message);
	if (!options->console)
		tail_print();
	die_if_killed(qemu);
	die("the guest died%s", started ? "" : " before the command was started");
}
