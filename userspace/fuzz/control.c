// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VM and its host say to each other (vm/common/control.h), of any bytes:
 * what the one makes of it stays within the message, and ends either in what
 * was asked for or in the end of the program, with a word.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../vm/guest/guest.h"
#include "../../vm/host/host.h"
#include "check.h"
#include "wrap.h"

/*
 * Whoever cannot go on ends the program, and what was allocated for a request
 * lasts as long as the program: the linker's --wrap has it pass here.
 */
#define MAX_HELD 8

static jmp_buf end;
static bool inside;
static void *held[MAX_HELD];
static size_t nr_held;

void __wrap_exit(int status)
{
	if (!inside)
		__real_exit(status);
	longjmp(end, 1);
}

/* The words that it ends with. */
int __wrap_fprintf(FILE *to, const char *format, ...)
{
	va_list arguments;
	int n = 0;

	va_start(arguments, format);
	if (!inside || to != stderr)
		n = vfprintf(to, format, arguments);
	va_end(arguments);
	return n;
}

void die(const char *format, ...)
{
	CHECK(*format);
	__wrap_exit(125);
}

void fail(const char *format, ...)
{
	CHECK(*format);
	__wrap_exit(125);
}

static bool holding;

static void *hold(void *at)
{
	if (holding) {
		CHECK(nr_held < MAX_HELD);
		held[nr_held++] = at;
	}
	return at;
}

void *__wrap_malloc(size_t size)
{
	return hold(__real_malloc(size));
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return hold(__real_calloc(nr, size));
}

static void release(void)
{
	holding = false;
	while (nr_held)
		free(held[--nr_held]);
}

/* ---- the messages ---- */

static void check_strings(char *const strings[], size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		CHECK(strlen(strings[i]) < MESSAGE_MAX);
	CHECK(!strings[nr]);
}

static void take_request(const struct message *m, const char *payload)
{
	struct command command;
	struct setup setup;

	holding = true;
	if (m->type == MSG_SETUP) {
		parse_setup(&setup, m, payload);
		CHECK(strlen(setup.modules) + strlen(setup.module) +
		      strlen(setup.events) < m->len);
		check_strings(setup.shares, setup.how.shares);
	} else {
		parse_command(&command, m, payload);
		CHECK(strlen(command.directory) < m->len);
		check_strings(command.argv, command.how.argc);
		check_strings(command.envp, command.how.envc);
	}
	release();
}

static void take(struct mux *mux, const struct message *m, char *payload)
{
	CHECK(!payload[m->len]);
	if (mux_message(mux, m, payload))
		return;
	if (m->type == MSG_SETUP || m->type == MSG_RUN)
		take_request(m, payload);
	else if (m->type == MSG_SYMBOLS)
		write_symbols("/dev/null", payload);
}

/* The other ends of two sessions' sockets: what comes there goes back. */
static void step(struct mux *mux, const int ends[2][PORT_END])
{
	struct pollfd polls[MUX_POLLS];
	char bytes[64];
	ssize_t n;
	int i, port;

	for (i = 0; i < 2; i++)
		for (port = PORT_STDIN; port < PORT_END; port++) {
			n = read(ends[i][port], bytes, sizeof(bytes));
			if (n > 0)
				CHECK(write(ends[i][port], bytes, n) <= n);
		}
	n = mux_want(mux, polls);
	CHECK(n <= MUX_POLLS);
	if (poll(polls, n, 0) > 0)
		mux_step(mux, polls);
	/* What we answer is not the subject. */
	mux->control->out_len = 0;
}

static void open_sessions(struct mux *mux, int ends[2][PORT_END])
{
	int i, port, pair[2], fds[PORT_END];

	for (i = 0; i < 2; i++) {
		for (port = PORT_STDIN; port < PORT_END; port++) {
			CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
			fds[port] = pair[0];
			ends[i][port] = pair[1];
		}
		CHECK(mux_add(mux, i, fds));
	}
}

static void close_sessions(struct mux *mux, const int ends[2][PORT_END])
{
	int i, port;

	for (i = 0; i < 2; i++) {
		for (port = PORT_STDIN; port < PORT_END; port++)
			close(ends[i][port]);
		/* Both sides have said so: the number is free. */
		mux_message(mux, &(struct message){ .type = MSG_CLOSE, .value = i << 8 }, "");
		CHECK(!mux->sessions[i]);
	}
	CHECK(!mux_count(mux));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control control;
	static struct mux mux;
	static int ends[2][PORT_END];
	struct message m;
	char *payload;
	int from = memfd_create("control", MFD_CLOEXEC);

	/* As vm/host and the guest's init have it. */
	signal(SIGPIPE, SIG_IGN);
	CHECK(from >= 0 && write(from, data, size) == (ssize_t)size);
	lseek(from, 0, SEEK_SET);
	control_init(&control, from);
	mux = (struct mux){ .control = &control };
	open_sessions(&mux, ends);
	inside = true;
	if (!setjmp(end)) {
		do {
			while (control_next(&control, &m, &payload)) {
				take(&mux, &m, payload);
				step(&mux, ends);
			}
		} while (control_fill(&control) > 0);
		CHECK(control.in_len < sizeof(m) + MESSAGE_MAX);
	}
	inside = false;
	release();
	close_sessions(&mux, ends);
	free(control.in);
	free(control.out);
	close(from);
	return 0;
}
