// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "../common/stream.h"
#include "guest.h"

enum { IN, OUT, ERR, STREAMS };

uint64_t init_time;

static struct stream streams[STREAMS];
static int terminal = -1;		/* our side of the command's terminal */
static pid_t child = -1;		/* and its process group */
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
	static const char *const own[] = { "PCSTATS_MODULE", "PCSTATS_HOST_CPUS" };
	const char *values[ARRAY_SIZE(own)];
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

	for (i = 0; i < (int)ARRAY_SIZE(own); i++)
		values[i] = getenv(own[i]);
	/* execvpe() would look along our own PATH. */
	environ = command->envp;
	for (i = 0; i < (int)ARRAY_SIZE(own); i++)
		if (values[i])
			setenv(own[i], values[i], 1);
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

uint64_t uptime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

void command_reset(void)
{
	for (int i = 0; i < STREAMS; i++)
		stream_init(&streams[i], -1, -1, STREAM_BUFFER);
	terminal = -1;
	child = -1;
	input_size = UINT64_MAX;
}

void command_start(const struct command *command, struct control *control)
{
	int ours[STREAMS] = { -1, -1, -1 };
	int theirs[STREAMS] = { -1, -1, -1 };
	struct start_times times = { .init = init_time };
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
	times.command = uptime();
	control_send(control, MSG_STARTED, 0, &times, sizeof(times));
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

void command_message(const struct message *m)
{
	switch (m->type) {
	case MSG_INPUT_END:
		input_size = m->value;
		break;
	case MSG_OUTPUT_GONE:
		output_gone(m->value);
		break;
	case MSG_SIGNAL:
		/* It may not have got as far as setsid(). */
		if (child > 0 && kill(-child, (int)m->value))
			kill(child, (int)m->value);
		break;
	case MSG_WINDOW:
		set_window(terminal, (uint32_t)m->value);
		break;
	default:
		fail("unknown message %u from the host", m->type);
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

int command_want(struct pollfd *p)
{
	for (int i = 0; i < STREAMS; i++)
		stream_want(&streams[i], &p[i]);
	return STREAMS;
}

void command_step(const struct pollfd *p, struct control *control)
{
	for (int i = 0; i < STREAMS; i++)
		stream_step(&streams[i], &p[i]);
	check_input(control);
}

void command_ended(pid_t pid, int status, struct control *control)
{
	struct exit_counts counts;

	if (pid != child)
		return;
	child = -1;
	drain(&streams[OUT]);
	drain(&streams[ERR]);
	stop_trace();
	counts = (struct exit_counts){ .out = streams[OUT].given, .err = streams[ERR].given };
	control_send(control, MSG_EXIT, status, &counts, sizeof(counts));
	/* What those write whom it has left behind is of no interest. */
	for (int i = 0; i < STREAMS; i++)
		stream_init(&streams[i], -1, -1, STREAM_BUFFER);
}

void command_hang_up(void)
{
	command_message(&(struct message){ .type = MSG_SIGNAL, .value = SIGHUP });
	command_message(&(struct message){ .type = MSG_SIGNAL, .value = SIGCONT });
}
