// SPDX-License-Identifier: GPL-2.0-only
/* vm/stop */
#include <argp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"
#include "registry.h"

/* One that has not ended by then is killed, and QEMU with it. */
#define PATIENCE_MS 20000

static bool stop(int id, pid_t pid, void *arg)
{
	int pair[2];
	bool sent;

	(void)arg;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair failed");
	sent = registry_send(id, pid, REQUEST_STOP, &pair[1], 1);
	close(pair[1]);
	/* The end of file is its end. */
	if (sent && poll(&(struct pollfd){ pair[0], POLLIN, 0 }, 1, PATIENCE_MS) == 0) {
		fprintf(stderr, "vm: VM %d does not answer: killed\n", id);
		kill(pid, SIGKILL);
	}
	close(pair[0]);
	return true;
}

static char name[] = "vm/stop";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *all = state->input;
	pid_t pid;
	int id = 0;

	switch (key) {
	case 'a':
		*all = true;
		return 0;
	case 'h':
		state->name = name;
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_ARG:
		id = parse_id(arg);
		/* fall through */
	case ARGP_KEY_NO_ARGS:
		if (*all)
			return 0;
		registry_find(&id, &pid);
		stop(id, pid, NULL);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int stop_main(int argc, char **argv)
{
	static const struct argp_option list[] = {
		{ "all", 'a', NULL, 0, "all that this user has running", 0 },
		{ "help", 'h', NULL, 0, "this", -1 },
		{ 0 },
	};
	static const struct argp argp = { .options = list, .parser = parse, .args_doc = "[ID...]", .doc =
		"End VMs, however they were started, and wait until they are gone. ID is as vm/list says; "
		"it can be left out when there is one VM." };
	bool all = false;

	argv[0] = name;
	argp_err_exit_status = EXIT_HARNESS;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &all);
	if (all)
		registry_each(stop, NULL);
	return 0;
}
