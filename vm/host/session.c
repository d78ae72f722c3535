// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command in the guest: its streams, its terminal and its signals, from when it is asked for
 * until it has ended. At the other end of the descriptors is QEMU, or the program that has it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"
#include "session.h"

/* How long a command that was told to end may take for it. */
#define GRACE_SECONDS 10

static const enum port stream_port[STREAMS] = { PORT_STDIN, PORT_STDOUT, PORT_STDERR };

enum { P_CONTROL = STREAMS, P_SIGNALS };

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Signals that were ignored when we were started, as by nohup, stay so. */
static int catch_signals(void)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
				      SIGWINCH };
	struct sigaction old;
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		if (!sigaction(caught[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(&mask, caught[i]);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("signalfd: %s", strerror(errno));
	return fd;
}

static void take_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		int nr = (int)info.ssi_signo;

		if (nr == SIGWINCH) {
			control_send(&s->control, MSG_WINDOW, terminal_window(), NULL, 0);
			continue;
		}
		if (nr != SIGUSR1 && nr != SIGUSR2) {
			/*
			 * With no command to pass it on to, or one that takes no notice: for
			 * the VM.
			 */
			if (!s->started || s->told_to_end)
				s->verdict = 128 + nr;
			s->told_to_end = nr;
			if (nr != SIGINT && !s->deadline)
				s->deadline = now() + GRACE_SECONDS;
		}
		control_send(&s->control, MSG_SIGNAL, nr, NULL, 0);
	}
}

static void take_message(struct session *s, const struct message *m, char *payload)
{
	switch (m->type) {
	case MSG_STARTED:
		if (m->len != sizeof(s->times))
			die("garbled start of the command");
		memcpy(&s->times, payload, sizeof(s->times));
		s->started = true;
		/* Until now Ctrl-C was for us. */
		terminal_raw();
		break;
	case MSG_INPUT_GONE:
		s->streams[IN].from = -1;
		close(STDIN_FILENO);
		break;
	case MSG_FAILED:
		die("%s", payload);
	case MSG_EXIT:
		if (m->len != sizeof(s->counts))
			die("garbled end of the command");
		memcpy(&s->counts, payload, sizeof(s->counts));
		s->wait_status = (int)m->value;
		s->ended = true;
		break;
	default:
		if (!s->other || !s->other(s, m, payload))
			die("unknown message %u from the guest", m->type);
	}
}

static void take_control(struct session *s, const struct pollfd *p)
{
	struct message m;
	char *payload;

	if (!(p->revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	if (control_fill(&s->control) < 0)
		s->dead = true;
	while (control_next(&s->control, &m, &payload))
		take_message(s, &m, payload);
}

/* Throw away the guest's first byte; only then does what comes count. */
static void take_hello(struct session *s, enum port nr, const struct pollfd *p)
{
	int fd = s->fds[nr];
	char hello;

	if (!p->revents)
		return;
	if (read(fd, &hello, 1) != 1) {
		if (p->revents & (POLLHUP | POLLERR))
			s->dead = true;
		return;
	}
	s->greeted[nr] = true;
	if (nr == PORT_STDOUT)
		s->streams[OUT].from = fd;
	if (nr == PORT_STDERR)
		s->streams[ERR].from = fd;
}

static void check_input(struct session *s)
{
	struct stream *in = &s->streams[IN];

	if (in->from < 0 || !in->from_ended || in->len)
		return;
	in->from = -1;
	control_send(&s->control, MSG_INPUT_END, in->given, NULL, 0);
}

static void check_output(struct session *s, int i)
{
	struct stream *out = &s->streams[i];

	if (!out->to_error)
		return;
	control_send(&s->control, MSG_OUTPUT_GONE, stream_port[i], NULL, 0);
	if (out->to_error != EPIPE)
		die("%s: %s", i == OUT ? "stdout" : "stderr", strerror(out->to_error));
	out->to_error = 0;
	/* That it ends at once is what the descriptor's other holders expect. */
	close(i);
}

void session_want(const struct session *s, struct pollfd *p)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		stream_want(&s->streams[i], &p[i]);
	for (i = OUT; i <= ERR; i++)
		if (!s->greeted[stream_port[i]])
			p[i] = (struct pollfd){ s->fds[stream_port[i]], POLLIN, 0 };
	p[P_CONTROL] = (struct pollfd){ s->fds[PORT_CONTROL], POLLIN, 0 };
	if (control_has_output(&s->control))
		p[P_CONTROL].events |= POLLOUT;
	/* What has ended would be reported again and again. */
	if (s->dead)
		p[P_CONTROL].fd = -1;
	p[P_SIGNALS] = (struct pollfd){ s->signals, POLLIN, 0 };
}

void session_step(struct session *s, const struct pollfd *p)
{
	int i;

	if (p[P_CONTROL].revents & POLLOUT)
		control_flush(&s->control);
	if (p[P_SIGNALS].revents)
		take_signals(s);
	stream_step(&s->streams[IN], &p[IN]);
	check_input(s);
	for (i = OUT; i <= ERR; i++) {
		if (s->greeted[stream_port[i]])
			stream_step(&s->streams[i], &p[i]);
		else
			take_hello(s, stream_port[i], &p[i]);
		check_output(s, i);
	}
	if (s->greeted[PORT_CONTROL])
		take_control(s, &p[P_CONTROL]);
	else
		take_hello(s, PORT_CONTROL, &p[P_CONTROL]);
}

void session_init(struct session *s, const int *fds)
{
	*s = (struct session){ .fds = fds, .verdict = -1 };
	s->signals = catch_signals();
	control_init(&s->control, fds[PORT_CONTROL]);
	stream_init(&s->streams[IN], -1, fds[PORT_STDIN], STREAM_BUFFER);
	stream_init(&s->streams[OUT], -1, STDOUT_FILENO, STREAM_BLOCKING_MAX);
	stream_init(&s->streams[ERR], -1, STDERR_FILENO, STREAM_BLOCKING_MAX);
}

void session_run(struct session *s, char *const argv[])
{
	s->streams[IN].from = STDIN_FILENO;
	/* Kept by control until the guest is there to read it. */
	request_run(&s->control, argv);
}

static bool delivered(const struct stream *out, uint64_t count)
{
	return out->given == count && !out->len;
}

bool session_ended(const struct session *s)
{
	return s->ended && delivered(&s->streams[OUT], s->counts.out) &&
	       delivered(&s->streams[ERR], s->counts.err);
}

static bool drained(const struct session *s, int i)
{
	return !s->greeted[stream_port[i]] || (s->streams[i].from_ended && !s->streams[i].len);
}

bool session_lost(const struct session *s)
{
	return s->dead && drained(s, OUT) && drained(s, ERR);
}

int session_status(const struct session *s)
{
	int status = s->wait_status;

	if (s->verdict >= 0)
		return s->verdict;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
