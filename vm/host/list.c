// SPDX-License-Identifier: GPL-2.0-only
/* vm/list */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "registry.h"

static bool print(int id, pid_t pid, void *arg)
{
	struct status s;
	long up;

	if (!*(int *)arg)
		puts("ID     PID KERNEL                   CPUS MEMORY       UP  IN COMMAND");
	++*(int *)arg;
	if (!registry_status(id, pid, &s)) {
		printf("%-2d %7d does not answer\n", id, (int)pid);
		return true;
	}
	if (s.foreign) {
		printf("%-2d %7d was started by another version of vm/run\n", id, (int)pid);
		return true;
	}
	for (char *c = s.command; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	up = (long)(time(NULL) - s.since);
	printf("%-2d %7d %-24s %4s %6s %2ld:%02ld:%02ld %3d %s\n", id, (int)pid, s.kernel, s.cpus,
	       s.memory, up / 3600, up / 60 % 60, up % 60, s.sessions, *s.command ? s.command : "-");
	return true;
}

static char name[] = "vm/list";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	state->name = name;
	if (key == ARGP_KEY_ARG)
		argp_usage(state);
	if (key != 'h')
		return ARGP_ERR_UNKNOWN;
	argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	return 0;
}

int list_main(int argc, char **argv)
{
	static const struct argp_option list[] = { { "help", 'h', NULL, 0, "this", -1 }, { 0 } };
	static const struct argp argp = { .options = list, .parser = parse, .doc =
		"List this user's VMs: ID, process that has the VM, kernel, CPUs, memory, for how long it "
		"is up, how many commands are in it, and which one it was started for (-: none, by "
		"vm/run --keep)." };
	int count = 0;

	argv[0] = name;
	argp_err_exit_status = EXIT_HARNESS;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, NULL);
	registry_each(print, &count);
	return 0;
}
