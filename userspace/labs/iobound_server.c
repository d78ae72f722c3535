// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server of the lab iobound: one thread, woken by ppoll() for whatever comes next, a
 * connection, a request, or the time of an answer.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "iobound.h"

static double delay_ns(void)
{
	return iobound.ms * 1e6;
}

static void sleep_ns(double ns)
{
	struct timespec time = { ns / 1e9, (long long)ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR)
		;
}

static int listening;

static struct connection {
	int fd;
	double due;			/* when it gets its answer; 0: it has not asked */
} connections[MAX_CLIENTS];
static int nr_connections;

static void accept_one(void)
{
	int fd = accept(listening, NULL, NULL), yes = 1;

	errno = 0;
	if (fd < 0 || nr_connections == MAX_CLIENTS)
		die("accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	connections[nr_connections++] = (struct connection){ fd, 0 };
}

static void drop(struct connection *c)
{
	close(c->fd);
	*c = connections[--nr_connections];
}

static void answer(struct connection *c)
{
	c->due = 0;
	iobound.shared->under_way--;
	if (write(c->fd, "", 1) != 1)
		die("the server's answer");
}

static void hear_one(struct connection *c)
{
	char byte;

	if (read(c->fd, &byte, 1) != 1) {
		drop(c);
		return;
	}
	iobound.shared->under_way++;
	if (iobound.shared->under_way > iobound.shared->most)
		iobound.shared->most = iobound.shared->under_way;
	c->due = now_ns() + delay_ns();
	if (broken("serial-server")) {
		sleep_ns(delay_ns());
		answer(c);
	}
}

/* Answers what is due; returns when the next will be, or -1 for never. */
static double answer_all(void)
{
	double now = now_ns(), next = -1;
	int i;

	for (i = 0; i < nr_connections; i++) {
		struct connection *c = &connections[i];

		if (c->due && c->due <= now)
			answer(c);
		else if (c->due && (next < 0 || c->due < next))
			next = c->due;
	}
	return next;
}

static void wait_for_events(struct pollfd *polls, int nr)
{
	double next = answer_all(), left = fmax(next - now_ns(), 0);
	struct timespec time = { left / 1e9, (long long)left % 1000000000 };

	if (ppoll(polls, nr, next < 0 ? NULL : &time, NULL) < 0)
		die("ppoll");
}

static void server(const struct child *self)
{
	struct pollfd polls[2 + MAX_CLIENTS];
	int i;

	for (;;) {
		polls[0] = (struct pollfd){ self->in, POLLIN };
		polls[1] = (struct pollfd){ listening, POLLIN };
		for (i = 0; i < nr_connections; i++)
			polls[2 + i] = (struct pollfd){ connections[i].fd, POLLIN };
		wait_for_events(polls, 2 + i);
		if (polls[0].revents)
			return;
		/* From the last: the one that takes the place of a dropped one has been heard. */
		while (--i >= 0)
			if (polls[2 + i].revents)
				hear_one(&connections[i]);
		if (polls[1].revents)
			accept_one();
	}
}

struct child start_server(void)
{
	struct sockaddr *at = (struct sockaddr *)&iobound.address;
	socklen_t len = sizeof(iobound.address);

	iobound.address.sin_family = AF_INET;
	iobound.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listening < 0 || bind(listening, at, len) ||
	    listen(listening, MAX_CLIENTS) ||
	    getsockname(listening, at, &len))
		skip("no socket on the loopback device: %m");
	return fork_child(server);
}
