// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../common/stream.h"
#include "guest.h"

enum { IN, OUT, ERR, STREAMS };

static struct stream streams[STREAMS];
static int terminal = -1;		/* our side of the command's terminal */
static pid_t child;			/* and its process group */
static uint64_t input_size = UINT64_MAX; /* known once the host has read all */

static void set_window(int fd, uint32_t window)
{
	struct winsize size = { .ws_row = window >> 16, .ws_col = window & 0xffff };

	if (window)
		ioctl(fd, TIOCSWINSZ, &size);
}

static int open_terminal(uint32_t window)
{
	int unlock = 0;
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, TIOCSPTLCK, &unlock))
		fail_errno("/dev/ptmx");
	set_window(fd, window);
	return fd;
}

/* The parent's end, non-blocking; the child's end in *other. */
static int open_pipe(bool parent_reads, int *other)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		fail_errno("pipe");
	*other = ends[parent_reads];
	if (fcntl(ends[!parent_reads], F_SETFL, O_NONBLOCK))
		fail_errno("pipe");
	return ends[!parent_reads];
}

static void become_command(const struct command *command, const int fds[STREAMS])
{
	sigset_t none;
	int i;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	for (i = 0; i < STREAMS; i++)
		if (dup2(fds[i], i) < 0)
			_exit(125);
	if (command->how.on_terminal)
		ioctl(0, TIOCSCTTY, 0);

	/* execvpe() would look along our own PATH. */
	environ = command->envp;
	/* Which execvp() would have the shell read as a script. */
	if (is_foreign_program(command->argv[0])) {
		dprintf(2, "vm: %s: a program for another processor\n", command->argv[0]);
		_exit(126);
	}
	execvp(command->argv[0], command->argv);
	i = errno;
	dprintf(2, "vm: %s: %s\n", command->argv[0], i == ENOENT ? "not found" : strerror(i));
	_exit(i == ENOENT ? 127 : 126);
}

static void start(const struct command *command)
{
	int ours[STREAMS] = { -1, -1, -1 };
	int theirs[STREAMS] = { -1, -1, -1 };
	int slave = -1;

	if (command->how.on_terminal) {
		terminal = open_terminal(command->how.window);
		slave = ioctl(terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (slave < 0)
			fail_errno("open the terminal");
		ours[IN] = ours[OUT] = terminal;
		theirs[IN] = theirs[OUT] = theirs[ERR] = slave;
	} else {
		ours[IN] = open_pipe(false, &theirs[IN]);
		ours[OUT] = open_pipe(true, &theirs[OUT]);
	}
	if (!command->how.stderr_too)
		ours[ERR] = open_pipe(true, &theirs[ERR]);

	stream_init(&streams[IN], ports[PORT_STDIN], ours[IN], STREAM_BUFFER);
	stream_init(&streams[OUT], ours[OUT], ports[PORT_STDOUT], STREAM_BUFFER);
	stream_init(&streams[ERR], ours[ERR], ports[PORT_STDERR], STREAM_BUFFER);

	child = fork();
	if (child < 0)
		fail_errno("fork");
	if (!child)
		become_command(command, theirs);
	for (int i = 0; i < STREAMS; i++)
		if (theirs[i] != slave)
			close(theirs[i]);
	if (slave >= 0)
		close(slave);
}

/* Nobody on the host reads the port any more: let the command have its SIGPIPE. */
static void output_gone(uint64_t port)
{
	struct stream *s = &streams[port == PORT_STDOUT ? OUT : ERR];

	if (s->from < 0 || s->from == terminal)
		return;
	close(s->from);
	s->from = -1;
}

static void obey(struct control *control)
{
	struct message m;
	char *payload;

	while (control_next(control, &m, &payload)) {
		switch (m.type) {
		case MSG_INPUT_END:
			input_size = m.value;
			break;
		case MSG_OUTPUT_GONE:
			output_gone(m.value);
			break;
		case MSG_SIGNAL:
			/* It may not have got as far as setsid(). */
			if (kill(-child, (int)m.value))
				kill(child, (int)m.value);
			break;
		case MSG_WINDOW:
			set_window(terminal, (uint32_t)m.value);
			break;
		default:
			fail("unknown message %u from the host", m.type);
		}
	}
}

static void check_input(struct control *control)
{
	struct stream *in = &streams[IN];

	if (in->from < 0)
		return;
	if (in->to_error)
		control_send(control, MSG_INPUT_GONE, 0, NULL, 0);
	else if (in->given != input_size)
		return;
	else if (in->to != terminal)
		close(in->to);
	/* A terminal has no end of file: the user's Ctrl-D goes through as a byte. */
	in->to = -1;
	in->from = -1;
}

/*
 * Everybody's children end up here. Returns true when the command itself has ended, with its
 * status.
 */
static bool reap(int *status)
{
	bool ended = false;
	int any;
	pid_t pid;

	while ((pid = waitpid(-1, &any, WNOHANG)) > 0) {
		if (pid == child) {
			*status = any;
			ended = true;
		}
	}
	return ended;
}

/* More than the kernel keeps of what was written to a terminal. */
#define TERMINAL_BUFFER (1 << 20)

/*
 * Pass on what the command had written before it ended. Those it left behind may write for ever:
 * of theirs there comes what was between.
 */
static void drain(struct stream *s)
{
	int left = TERMINAL_BUFFER;

	if (s->from != terminal && ioctl(s->from, FIONREAD, &left))
		left = 0;
	while (s->len || (left > 0 && s->from >= 0 && !s->from_ended)) {
		struct pollfd p;

		stream_want(s, &p);
		if (s->len) {
			poll(&p, 1, -1);
			stream_step(s, &p);
			continue;
		}
		/* A terminal's read waits for what is under way: nothing means nothing. */
		p.revents = POLLIN;
		stream_step(s, &p);
		left = s->len ? left - (int)s->len : 0;
	}
}

static __attribute__((noreturn)) void report(struct control *control, int status)
{
	struct exit_counts counts;

	drain(&streams[OUT]);
	drain(&streams[ERR]);
	counts = (struct exit_counts){ .out = streams[OUT].given, .err = streams[ERR].given };
	control_send(control, MSG_EXIT, status, &counts, sizeof(counts));
	for (;;) {
		struct pollfd p = { .fd = control->fd };

		if (control_has_output(control))
			p.events = POLLOUT;
		poll(&p, 1, -1);
		if (control_flush(control))
			fail("the host has gone");
	}
}

uint64_t uptime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void run_command(const struct command *command, struct control *control)
{
	struct pollfd p[STREAMS + 2];
	struct start_times times = { .init = command->init_time };
	struct signalfd_siginfo siginfo;
	sigset_t mask;
	int status;
	int signals;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		fail_errno("signalfd");
	start(command);
	times.command = uptime();
	control_send(control, MSG_STARTED, 0, &times, sizeof(times));
	obey(control);

	while (!reap(&status)) {
		for (int i = 0; i < STREAMS; i++)
			stream_want(&streams[i], &p[i]);
		p[STREAMS] = (struct pollfd){ .fd = control->fd, .events = POLLIN };
		if (control_has_output(control))
			p[STREAMS].events |= POLLOUT;
		p[STREAMS + 1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		poll(p, STREAMS + 2, -1);

		for (int i = 0; i < STREAMS; i++)
			stream_step(&streams[i], &p[i]);
		if (control_flush(control) || control_fill(control) < 0)
			fail("the host has gone");
		obey(control);
		check_input(control);
		while (read(signals, &siginfo, sizeof(siginfo)) > 0)
			;
	}
	report(control, status);
}
