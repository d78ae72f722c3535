// SPDX-License-Identifier: GPL-2.0-only
/* What PID 1 does once it has a root: what the host says. So does a further session's process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

enum { P_CONTROL = COMMAND_POLLS, P_SIGNALS, P_HISTORY, P_SHUTDOWN, P_MUX };

static struct mux mux;
static int history = -1;

static int catch_signals(void)
{
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	if (!in_session())
		shutdown_signals(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		fail_errno("signalfd");
	return fd;
}

/* For the command: become_command() passes them on. */
static void set_environment(const struct setup *setup)
{
	char cpus[8];

	snprintf(cpus, sizeof(cpus), "%u", setup->how.cpus);
	/* The module is there to be loaded again. */
	if (setenv("PCSTATS_MODULE", setup->module, 1) || setenv("PCSTATS_HOST_CPUS", cpus, 1))
		fail("out of memory");
}

static void set_up(const struct message *m, const char *payload, struct control *control)
{
	struct setup setup;

	parse_setup(&setup, m, payload);
	mount_modules(setup.modules);
	mount_shares(setup.shares, setup.how.shares);
	if (setup.how.swap)
		turn_on_swap();
	if (setup.how.debug)
		report_symbols(control);
	if (*setup.module)
		load_module(setup.module);
	if (setup.how.debug)
		report_sections(control, setup.module);
	bring_up_cpus();
	if (*setup.events)
		start_trace(setup.events);
	set_environment(&setup);
	/* Open for writing too: it has no end when a shell has closed it. */
	if (!mkfifo(HISTORY_PIPE, 0600))
		history = open(HISTORY_PIPE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void run(const struct message *m, const char *payload, struct control *control)
{
	struct command command;

	parse_command(&command, m, payload);
	if (chdir(command.directory))
		fail_errno("directory %s", command.directory);
	command_start(&command, control);
}

static void take(const struct message *m, const char *payload, struct control *control)
{
	if (mux_message(&mux, m, payload))
		return;
	switch (m->type) {
	case MSG_SETUP:
		set_up(m, payload, control);
		control_send(control, MSG_UP, 0, NULL, 0);
		break;
	case MSG_OPEN:
		session_open(&mux, (int)m->value);
		break;
	case MSG_RUN:
		run(m, payload, control);
		break;
	default:
		command_message(m);
	}
}

static void take_history(struct control *control)
{
	char text[4096];
	ssize_t n = read(history, text, sizeof(text));

	if (n > 0)
		control_send(control, MSG_HISTORY, 0, text, n);
}

static void take_signals(int signals)
{
	struct signalfd_siginfo siginfo;

	while (read(signals, &siginfo, sizeof(siginfo)) > 0)
		shutdown_by_signal((int)siginfo.ssi_signo);
}

/* Everybody's children end up at PID 1. */
static void reap(struct control *control)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		command_ended(pid, status, control);
}

static void host_has_gone(void)
{
	if (!in_session())
		fail("the host has gone");
	command_hang_up();
	_exit(0);
}

void serve(struct control *control)
{
	static struct pollfd p[P_MUX + MUX_POLLS];
	int signals = catch_signals(), shutdown = in_session() ? -1 : shutdown_open();
	struct message m;
	char *payload;

	mux = (struct mux){ .control = control };
	history = -1;
	command_reset();
	for (;;) {
		int n;

		command_want(p);
		p[P_CONTROL] = (struct pollfd){ .fd = control->fd, .events = POLLIN };
		if (control_has_output(control))
			p[P_CONTROL].events |= POLLOUT;
		p[P_SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
		/* What is not sent yet is no reason to take in more. */
		p[P_HISTORY] = (struct pollfd){ .fd = control_has_output(control) ? -1 : history,
						.events = POLLIN };
		p[P_SHUTDOWN] = (struct pollfd){ .fd = shutdown, .events = POLLIN };
		n = P_MUX + mux_want(&mux, p + P_MUX);
		if (poll(p, n, -1) < 0)
			continue;

		mux_step(&mux, p + P_MUX);
		command_step(p, control);
		if (p[P_HISTORY].revents)
			take_history(control);
		/* The end of a command that has asked for the machine's is not told before that. */
		if (control_has_output(control) || p[P_SIGNALS].revents || p[P_SHUTDOWN].revents) {
			take_signals(signals);
			shutdown_by_request();
		}
		if (control_flush(control) || control_fill(control) < 0)
			host_has_gone();
		while (control_next(control, &m, &payload))
			take(&m, payload, control);
		reap(control);
	}
}
