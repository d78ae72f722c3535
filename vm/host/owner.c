// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VM from its start to its end, by the process that QEMU belongs to: it has the first command's
 * session, and passes on what goes between the guest and those who enter.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../common/mux.h"
#include "host.h"
#include "registry.h"
#include "session.h"

/*
 * A guest that has not started the command by then never will, on the slowest machine and
 * kernel.
 */
#define BOOT_SECONDS 180

enum { P_CONSOLE = SESSION_POLLS, P_MESSAGES, P_REQUESTS, P_QMP, P_MUX };

struct owner {
	const struct options *options;
	struct qemu *qemu;
	struct session session;
	struct mux mux;
	struct registry registry;
	double begin;
	double boot_deadline;
	double halt_due;	/* when to look whether the guest has halted, as it says; 0: it does not */
	double halt_wait;	/* and how long from then to the next look */
	time_t since;
	bool up;		/* the guest runs commands */
	char message[512];	/* the last that QEMU said */
};

static struct owner owner;

/* Whether there was something. */
static bool take_console(struct owner *o)
{
	char text[4096];
	ssize_t n = read(o->qemu->fds[QEMU_CONSOLE], text, sizeof(text));

	if (n <= 0)
		return false;
	tail_add(text, n);
	if (o->options->console)
		fwrite(text, 1, n, stderr);
	o->halt_wait = 0.05;
	o->halt_due = guest_says_halted() ? now() : 0;
	return true;
}

static bool take_qemu_message(struct owner *o)
{
	char text[sizeof(o->message)];
	ssize_t n = read(o->qemu->messages, text, sizeof(text) - 1);

	if (n <= 0)
		return false;
	text[n] = '\0';
	snprintf(o->message, sizeof(o->message), "%.*s", (int)strcspn(text, "\n"), text);
	return true;
}

static void print_times(const struct start_times *times, double all, double cpu)
{
	fprintf(stderr, "vm: the command started after %.3f s: QEMU %.3f, kernel %.3f, init %.3f; CPU time %.3f\n",
		all, all - times->command / 1e9, times->init / 1e9,
		(times->command - times->init) / 1e9, cpu);
}

static void has_come_up(struct owner *o)
{
	o->up = true;
	/* What booting had to say explains nothing from here on. */
	tail_clear();
	if (o->options->verbose && o->session.started)
		print_times(&o->session.times, now() - o->begin, cpu_time(o->qemu->pid));
	if (o->options->keep)
		keep_detach(o->registry.id);
}

static void has_been_set_up(struct owner *o)
{
	const struct options *options = o->options;

	shell_greet(options);
	if (debugging(options))
		debug_stop(options);
	if (options->keep)
		has_come_up(o);
	else if (debugging(options))
		session_run(&o->session, options->argv);
}

static bool take_message(struct session *s, const struct message *message, char *payload)
{
	(void)s;
	switch (message->type) {
	case MSG_SYMBOLS:
		debug_symbols(payload, message->len);
		return true;
	case MSG_LOADED:
		debug_sections(payload);
		return true;
	case MSG_UP:
		has_been_set_up(&owner);
		return true;
	case MSG_HISTORY:
		history_add(payload, message->len);
		return true;
	}
	return mux_message(&owner.mux, message, payload);
}

static void describe(const struct owner *o, struct status *status)
{
	char *const *argv = o->options->argv;
	size_t len = 0;

	*status = (struct status){ .protocol = PROTOCOL, .pid = getpid(), .since = o->since,
				    .native = o->options->machine->native };
	status->sessions = mux_count(&o->mux) + !o->options->keep;
	snprintf(status->kernel, sizeof(status->kernel), "%s", o->options->release);
	snprintf(status->cpus, sizeof(status->cpus), "%s", o->options->cpus);
	snprintf(status->memory, sizeof(status->memory), "%s", o->options->memory);
	if (o->options->keep)
		return;
	for (; *argv && len < sizeof(status->command); argv++)
		len += snprintf(status->command + len, sizeof(status->command) - len, "%s%s",
				len ? " " : "", *argv);
}

static void take_request(struct owner *o)
{
	struct status status;
	int fds[PORT_END], nr;

	switch (registry_receive(&o->registry, fds)) {
	case REQUEST_ENTER:
		nr = mux_free_number(&o->mux);
		if (nr < 0) {
			for (int port = PORT_STDIN; port < PORT_END; port++)
				close(fds[port]);
		} else if (mux_add(&o->mux, nr, fds)) {
			control_send(&o->session.control, MSG_OPEN, nr, NULL, 0);
		}
		break;
	case REQUEST_STATUS:
		describe(o, &status);
		send(fds[0], &status, sizeof(status), MSG_DONTWAIT | MSG_NOSIGNAL);
		close(fds[0]);
		break;
	case REQUEST_STOP:
		/* Who asks waits for the end of this file, which is ours. */
		terminal_restore();
		fputs("vm: stopped by vm/stop\n", stderr);
		o->session.verdict = EXIT_STOPPED;
		break;
	case REQUEST_NONE:
		break;
	}
}

/* It would stay so for ever. */
static void look_for_halt(struct owner *o)
{
	if (guest_is_halted())
		kill(o->qemu->pid, SIGKILL);
	o->halt_due = now() + o->halt_wait;
	o->halt_wait *= 2;
}

/*
 * Milliseconds for poll(), to the next point in time at which something is due. Sets verdict if
 * that is past.
 */
static int time_left(struct owner *o)
{
	struct session *s = &o->session;
	unsigned int timeout = o->options->timeout;
	double t = now(), next = 0, deadline;

	if (o->halt_due && t >= o->halt_due)
		look_for_halt(o);
	/* With a hundred others on two CPUs it takes as much longer. */
	if (!o->up && t >= o->boot_deadline)
		o->boot_deadline = o->begin + BOOT_SECONDS + waited_for_cpu(o->qemu->pid);
	deadline = o->up ? s->deadline : o->options->gdb ? 0 : o->boot_deadline;
	if (timeout) {
		next = o->begin + timeout;
		if (t >= next) {
			fprintf(stderr, "vm: time-out after %u s\n", timeout);
			s->verdict = EXIT_TIMEOUT;
		}
	}
	if (deadline && t >= deadline) {
		if (!o->up)
			fprintf(stderr, "vm: the guest has not come up within %d s\n",
				BOOT_SECONDS);
		s->verdict = o->up ? 128 + s->told_to_end : EXIT_HARNESS;
	}
	if (deadline && (!next || deadline < next))
		next = deadline;
	if (o->halt_due && (!next || o->halt_due < next))
		next = o->halt_due;
	/* An int of milliseconds is not enough for each time-out; waking up early does no harm. */
	return next ? (int)((next - t < 3600 ? next - t : 3600) * 1000) + 1 : -1;
}

/* Told to keep the memory, QEMU lives on; its end is also that of the streams. */
static void take_machine_end(struct owner *o, enum machine_end end)
{
	if (end == MACHINE_RUNS || !o->options->dump)
		return;
	if (end == MACHINE_RESET)
		dump(o->options);
	qemu_stop(o->qemu);
	o->session.dead = true;
}

static void step(struct owner *o)
{
	static struct pollfd p[P_MUX + MUX_POLLS];
	int n, timeout;

	session_want(&o->session, p);
	p[P_CONSOLE] = (struct pollfd){ o->qemu->fds[QEMU_CONSOLE], POLLIN, 0 };
	p[P_MESSAGES] = (struct pollfd){ o->qemu->messages, POLLIN, 0 };
	p[P_REQUESTS] = (struct pollfd){ o->registry.fd, POLLIN, 0 };
	p[P_QMP] = (struct pollfd){ qmp_fd(), POLLIN, 0 };
	/* What has ended would be reported again and again; guest_died() takes the rest. */
	if (o->session.dead)
		p[P_CONSOLE].fd = p[P_MESSAGES].fd = -1;
	n = P_MUX + mux_want(&o->mux, p + P_MUX);

	timeout = time_left(o);
	if (o->session.verdict >= 0 || poll(p, n, timeout) <= 0)
		return;
	/* First of all: the others add and remove sessions. */
	mux_step(&o->mux, p + P_MUX);
	if (p[P_CONSOLE].revents)
		take_console(o);
	if (p[P_MESSAGES].revents)
		take_qemu_message(o);
	if (p[P_QMP].revents)
		take_machine_end(o, qmp_take());
	session_step(&o->session, p);
	if (!o->up && o->session.started)
		has_come_up(o);
	if (p[P_REQUESTS].revents)
		take_request(o);
}

static __attribute__((noreturn)) void guest_died(struct owner *o)
{
	/* What QEMU left behind. */
	while (take_console(o))
		;
	while (!o->message[0] && take_qemu_message(o))
		;
	die_of_guest(o->qemu, o->options, o->message, o->up);
}

void stop_vm(void)
{
	registry_remove(&owner.registry);
	if (owner.qemu)
		qemu_stop(owner.qemu);
}

int run_vm(struct qemu *qemu, const struct options *options, bool kvm)
{
	struct owner *o = &owner;
	struct session *s = &o->session;

	*o = (struct owner){ .options = options, .qemu = qemu, .begin = now(), .since = time(NULL) };
	o->boot_deadline = o->begin + BOOT_SECONDS;
	registry_add(&o->registry, options->keep);
	session_init(s, qemu->fds);
	s->other = take_message;
	qemu_start(qemu, options, kvm);
	debug_boot(options);
	o->mux.control = &s->control;
	control_init(&s->control, qemu->fds[PORT_CONTROL]);
	stream_init(&s->streams[IN], -1, qemu->fds[PORT_STDIN], STREAM_BUFFER);
	request_setup(&s->control, options);
	/* Before it a debugger is waited for. */
	if (!options->keep && !debugging(options))
		session_run(s, options->argv);

	while (s->verdict < 0 && !session_ended(s)) {
		if (session_lost(s))
			guest_died(o);
		step(o);
	}
	if (options->verbose)
		fprintf(stderr, "vm: ended after %.3f s; CPU time %.3f\n", now() - o->begin, cpu_time(qemu->pid));
	if (s->verdict == EXIT_TIMEOUT && options->dump)
		dump(options);
	stop_vm();
	terminal_restore();
	if (s->verdict >= 0 && s->verdict < 128 && !options->console)
		tail_print();
	return session_status(s);
}
