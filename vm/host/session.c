// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the start of the VM to its end: have it run the command, carry the command's streams and
 * signals.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "../common/stream.h"
#include "host.h"

/*
 * A guest that has not started the command by then never will, on the slowest machine and
 * kernel.
 */
#define BOOT_SECONDS 180

/* How long a command that was told to end may take for it. */
#define GRACE_SECONDS 10

enum { IN, OUT, ERR, STREAMS };	/* which are the descriptors 0, 1 and 2 */

static const enum port stream_port[STREAMS] = { PORT_STDIN, PORT_STDOUT, PORT_STDERR };

enum { P_CONTROL = STREAMS, P_SIGNALS, P_CONSOLE, P_MESSAGES, P_END };

struct session {
	const struct options *options;
	struct qemu *qemu;
	struct stream streams[STREAMS];
	struct control control;
	int signals;
	double begin;		/* seconds, as all times here */
	double deadline;	/* for the command to be started, or to end when told to; 0: none */
	bool greeted[PORT_END];	/* the guest has opened the port */
	bool started;		/* the command */
	bool ended;		/* the command, and this is how: */
	int wait_status;
	struct exit_counts counts;
	bool dead;		/* the guest */
	int told_to_end;	/* by this signal */
	int verdict;		/* exit status, if certain before the command has ended; or -1 */
	char message[512];	/* the last that QEMU said */
};

static double now(void)
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

static void print_times(double all, const char *payload, size_t len)
{
	struct start_times times;

	if (len != sizeof(times))
		die("garbled start of the command");
	memcpy(&times, payload, sizeof(times));
	fprintf(stderr, "vm: the command started after %.3f s: QEMU %.3f, kernel %.3f, init %.3f\n",
		all, all - times.command / 1e9, times.init / 1e9,
		(times.command - times.init) / 1e9);
}

static void take_message(struct session *s, const struct message *m, char *payload)
{
	switch (m->type) {
	case MSG_STARTED:
		s->started = true;
		s->deadline = 0;
		/* Until now Ctrl-C was for us. */
		terminal_raw();
		/* What booting had to say explains nothing from here on. */
		tail_clear();
		if (s->options->verbose)
			print_times(now() - s->begin, payload, m->len);
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
	int fd = s->qemu->fds[nr];
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

/* Whether there was something. */
static bool take_console(struct session *s)
{
	char text[4096];
	ssize_t n = read(s->qemu->fds[QEMU_CONSOLE], text, sizeof(text));

	if (n <= 0)
		return false;
	tail_add(text, n);
	if (s->options->console)
		fwrite(text, 1, n, stderr);
	/* It would stay so for ever. */
	if (guest_is_halted())
		kill(s->qemu->pid, SIGKILL);
	return true;
}

static bool take_qemu_message(struct session *s)
{
	char text[sizeof(s->message)];
	ssize_t n = read(s->qemu->messages, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	snprintf(s->message, sizeof(s->message), "%.*s", (int)strcspn(text, "\n"), text);
	return true;
}

static bool delivered(const struct stream *out, uint64_t count)
{
	return out->given == count && !out->len;
}

/*
 * Milliseconds for poll(), to the next point in time at which something is due. Sets verdict if
 * that is past.
 */
static int time_left(struct session *s)
{
	unsigned int timeout = s->options->timeout;
	double t = now(), next = 0;

	if (timeout) {
		next = s->begin + timeout;
		if (t >= next) {
			fprintf(stderr, "vm: time-out after %u s\n", timeout);
			s->verdict = EXIT_TIMEOUT;
		}
	}
	/* With a hundred others on two CPUs it takes as much longer. */
	if (s->deadline && t >= s->deadline && !s->started && !s->told_to_end)
		s->deadline = s->begin + BOOT_SECONDS + waited_for_cpu(s->qemu->pid);
	if (s->deadline && t >= s->deadline) {
		if (!s->started)
			fprintf(stderr, "vm: the guest has not come up within %d s\n",
				BOOT_SECONDS);
		s->verdict = s->started ? 128 + s->told_to_end : EXIT_HARNESS;
	}
	if (s->deadline && (!next || s->deadline < next))
		next = s->deadline;
	/* An int of milliseconds is not enough for each time-out; waking up early does no harm. */
	return next ? (int)((next - t < 3600 ? next - t : 3600) * 1000) + 1 : -1;
}

static void step(struct session *s)
{
	struct pollfd p[P_END];
	int i;

	for (i = 0; i < STREAMS; i++)
		stream_want(&s->streams[i], &p[i]);
	for (i = OUT; i <= ERR; i++)
		if (!s->greeted[stream_port[i]])
			p[i] = (struct pollfd){ s->qemu->fds[stream_port[i]], POLLIN, 0 };
	p[P_CONTROL] = (struct pollfd){ s->qemu->fds[PORT_CONTROL], POLLIN, 0 };
	if (control_has_output(&s->control))
		p[P_CONTROL].events |= POLLOUT;
	p[P_SIGNALS] = (struct pollfd){ s->signals, POLLIN, 0 };
	p[P_CONSOLE] = (struct pollfd){ s->qemu->fds[QEMU_CONSOLE], POLLIN, 0 };
	p[P_MESSAGES] = (struct pollfd){ s->qemu->messages, POLLIN, 0 };
	/* What has ended would be reported again and again; guest_died() takes the rest. */
	if (s->dead)
		p[P_CONTROL].fd = p[P_CONSOLE].fd = p[P_MESSAGES].fd = -1;

	i = time_left(s);
	if (s->verdict >= 0 || poll(p, P_END, i) <= 0)
		return;
	if (p[P_CONTROL].revents & POLLOUT)
		control_flush(&s->control);

	if (p[P_SIGNALS].revents)
		take_signals(s);
	if (p[P_CONSOLE].revents)
		take_console(s);
	if (p[P_MESSAGES].revents)
		take_qemu_message(s);
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

static bool drained(const struct session *s, int i)
{
	return !s->greeted[stream_port[i]] || (s->streams[i].from_ended && !s->streams[i].len);
}

static int guest_died(struct session *s)
{
	/* What QEMU left behind. */
	while (take_console(s))
		;
	while (!s->message[0] && take_qemu_message(s))
		;
	die_of_guest(s->qemu, s->options, s->message, s->started);
}

int run_session(struct qemu *qemu, const struct options *options, bool kvm)
{
	static struct session s;
	int status;

	s = (struct session){ .options = options, .qemu = qemu, .verdict = -1, .begin = now() };
	s.deadline = s.begin + BOOT_SECONDS;
	s.signals = catch_signals();
	qemu_start(qemu, options, kvm);
	control_init(&s.control, qemu->fds[PORT_CONTROL]);
	stream_init(&s.streams[IN], STDIN_FILENO, qemu->fds[PORT_STDIN], STREAM_BUFFER);
	stream_init(&s.streams[OUT], -1, STDOUT_FILENO, STREAM_BLOCKING_MAX);
	stream_init(&s.streams[ERR], -1, STDERR_FILENO, STREAM_BLOCKING_MAX);
	/* Kept by control until the guest is there to read it. */
	request_run(&s.control, options);

	while (s.verdict < 0) {
		if (s.ended && delivered(&s.streams[OUT], s.counts.out) &&
		    delivered(&s.streams[ERR], s.counts.err))
			break;
		if (s.dead && drained(&s, OUT) && drained(&s, ERR))
			return guest_died(&s);
		step(&s);
	}
	if (options->verbose)
		fprintf(stderr, "vm: ended after %.3f s\n", now() - s.begin);
	qemu_stop(qemu);
	terminal_restore();
	status = s.wait_status;
	if (s.verdict >= 0) {
		if (s.verdict < 128 && !options->console)
			tail_print();
		return s.verdict;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
