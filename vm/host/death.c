// SPDX-License-Identifier: GPL-2.0-only
/* How the VM has ended when it has ended before the command. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host.h"

#define EFLAGS_IF 0x200		/* interrupts are enabled */

static const char halted_message[] = "reboot: System halted";
static bool halted;

static bool console_ends_with(const char *message)
{
	return !strncmp(tail_last_message(), message, strlen(message));
}

bool guest_says_halted(void)
{
	return console_ends_with(halted_message);
}

/*
 * Anybody in the guest may have written that to the console. An x86 that waits for an interrupt and
 * takes none does so for ever; of others QEMU does not tell whether they wait.
 */
bool guest_is_halted(void)
{
	const char *registers = qmp_registers();
	const char *flags = strstr(registers, "FL="), *waits = strstr(registers, "HLT=");

	if (waits)
		halted = waits[4] == '1' && flags && !(strtoul(flags + 3, NULL, 16) & EFLAGS_IF);
	else
		halted = *registers;
	return halted;
}

/* How the guest's kernel says that its own user wants no more of it. QEMU takes a panic for a restart. */
static const char *wanted_end(void)
{
	switch (qmp_take()) {
	case MACHINE_OFF:
		return console_ends_with("reboot: Power down") ? "powered off" : NULL;
	case MACHINE_RESET:
		return console_ends_with("reboot: Restarting system") ? "restarted" : NULL;
	default:
		return halted ? "halted" : NULL;
	}
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
	const char *end = wanted_end();

	if (end)
		die("the guest was %s", end);
	if (*message)
		die("%s", message);
	if (!options->console)
		tail_print();
	die_if_killed(qemu);
	die("the guest died%s", started ? "" : " before the command was started");
}
