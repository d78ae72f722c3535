// SPDX-License-Identifier: GPL-2.0-only
/* vm/enter: a further session in a VM, whose process passes on what the two sides say. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "registry.h"
#include "session.h"

static void open_sockets(int ours[PORT_END], int theirs[PORT_END])
{
	for (int port = PORT_STDIN; port < PORT_END; port++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
			die("socketpair: %s", strerror(errno));
		ours[port] = pair[0];
		theirs[port] = pair[1];
	}
}

static void step(struct session *s)
{
	struct pollfd p[SESSION_POLLS];
	int timeout = -1;

	if (s->deadline) {
		double left = s->deadline - now();

		timeout = left > 0 ? (int)(left * 1000) + 1 : 0;
		if (left <= 0)
			s->verdict = 128 + s->told_to_end;
	}
	session_want(s, p);
	if (s->verdict < 0 && poll(p, SESSION_POLLS, timeout) > 0)
		session_step(s, p);
}

/* If its process is our child, that one knows why. Returns the status then. */
static int session_is_lost(int id, pid_t pid, bool greeted)
{
	struct status answer;
	int status;

	if (registry_status(id, pid, &answer))
		die(greeted ? "VM %d has ended the session" : "VM %d takes no more sessions", id);
	terminal_restore();
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
		switch (WEXITSTATUS(status)) {
		case EXIT_TIMEOUT:
			fputs("vm: time-out\n", stderr);
			return EXIT_TIMEOUT;
		case EXIT_STOPPED:
			fputs("vm: stopped by vm/stop\n", stderr);
			return EXIT_STOPPED;
		}
	}
	die("VM %d has ended", id);
}

int enter(int id, pid_t pid, char **argv)
{
	static struct session s;
	struct status status;
	int ours[PORT_END], theirs[PORT_END];

	if (!registry_status(id, pid, &status))
		die("VM %d does not answer", id);
	if (status.foreign)
		die("VM %d was started by another version of vm/run: the vm/enter of that one is for it", id);
	if (!*argv)
		argv = shell(status.native);
	set_path(status.native);
	open_sockets(ours, theirs);
	if (!registry_send(id, pid, REQUEST_ENTER, theirs + PORT_STDIN, PORT_END - PORT_STDIN))
		die("VM %d does not answer", id);
	for (int port = PORT_STDIN; port < PORT_END; port++)
		close(theirs[port]);
	session_init(&s, ours);
	session_run(&s, argv);
	while (s.verdict < 0 && !session_ended(&s)) {
		if (session_lost(&s))
			return session_is_lost(id, pid, s.greeted[PORT_CONTROL]);
		step(&s);
	}
	terminal_restore();
	return session_status(&s);
}

static char name[] = "vm/enter";

struct request_line {
	int id;			/* 0: none is named */
	char **command;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct request_line *line = state->input;
	char **argv = state->argv + state->next;

	(void)arg;
	switch (key) {
	case 'h':
		state->name = name;
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_ARGS:
		/* Behind "--" there is a command; it can stand before the ID and behind it. */
		if (strcmp(argv[-1], "--") && isdigit((unsigned char)**argv)) {
			line->id = parse_id(*argv++);
			if (*argv && !strcmp(*argv, "--"))
				argv++;
		}
		line->command = argv;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const char doc[] =
	"Run a command in a VM that is running, as vm/run does: with directory, environment, stdin, "
	"stdout, stderr and signals of its own. ID is as vm/list says; it can be left out when there is one VM. "
	"Without a command: a shell.\v"
	"The exit status is the command's, as vm/run's; 125 also if the VM ends before it.";

int enter_main(int argc, char **argv)
{
	static const struct argp_option list[] = { { "help", 'h', NULL, 0, "this", -1 }, { 0 } };
	static const struct argp argp = { .options = list, .parser = parse,
					  .args_doc = "[ID] [--] [COMMAND [ARG...]]", .doc = doc };
	struct request_line line = { .command = argv + argc };
	pid_t pid;

	argv[0] = name;
	argp_err_exit_status = EXIT_HARNESS;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, &line);
	registry_find(&line.id, &pid);
	return enter(line.id, pid, line.command);
}
