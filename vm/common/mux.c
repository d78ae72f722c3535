// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mux.h"

/* A socket: what has come for it and is not written yet, and what may be sent of what is read. */
struct channel {
	int fd;
	size_t len;		/* of the bytes in buf */
	uint32_t written;	/* bytes that the other side does not know of yet */
	uint32_t credit;	/* bytes that the other side has room for */
	char buf[MUX_WINDOW];
};

struct mux_session {
	bool closing;		/* we have said so; the other side has not */
	struct channel channels[PORT_END];
};

/* In the value of a message: the session, the port, and for MSG_CREDIT how many bytes. */
static uint64_t address(int nr, int port)
{
	return (uint64_t)nr << 8 | port;
}

int mux_free_number(const struct mux *mux)
{
	for (int nr = 0; nr < MUX_SESSIONS; nr++)
		if (!mux->sessions[nr])
			return nr;
	return -1;
}

int mux_count(const struct mux *mux)
{
	int count = 0;

	for (int nr = 0; nr < MUX_SESSIONS; nr++)
		count += mux->sessions[nr] && !mux->sessions[nr]->closing;
	return count;
}

bool mux_add(struct mux *mux, int nr, const int fds[PORT_END])
{
	struct mux_session *s = malloc(sizeof(*s));

	mux->sessions[nr] = s;
	if (!s) {
		for (int port = PORT_STDIN; port < PORT_END; port++)
			close(fds[port]);
		return false;
	}
	s->closing = false;
	for (int port = PORT_STDIN; port < PORT_END; port++) {
		struct channel *ch = &s->channels[port];

		ch->fd = fds[port];
		ch->len = ch->written = 0;
		ch->credit = MUX_WINDOW;
	}
	return true;
}

void mux_refuse(struct mux *mux, int nr)
{
	control_send(mux->control, MSG_CLOSE, address(nr, 0), NULL, 0);
}

static void close_session(struct mux *mux, int nr, bool by_other)
{
	struct mux_session *s = mux->sessions[nr];

	if (!s->closing) {
		for (int port = PORT_STDIN; port < PORT_END; port++)
			close(s->channels[port].fd);
		control_send(mux->control, MSG_CLOSE, address(nr, 0), NULL, 0);
		s->closing = true;
	}
	if (by_other) {
		free(s);
		mux->sessions[nr] = NULL;
	}
}

int mux_want(struct mux *mux, struct pollfd *p)
{
	int n = 0;

	for (int nr = 0; nr < MUX_SESSIONS; nr++) {
		struct mux_session *s = mux->sessions[nr];

		for (int port = PORT_STDIN; s && !s->closing && port < PORT_END; port++) {
			struct channel *ch = &s->channels[port];

			/* Without credit, an end of file would come again and again: it waits. */
			p[n++] = (struct pollfd){ ch->credit || ch->len ? ch->fd : -1,
						  (ch->credit ? POLLIN : 0) | (ch->len ? POLLOUT : 0), 0 };
		}
	}
	return n;
}

static bool receive(struct mux *mux, int nr, int port)
{
	struct channel *ch = &mux->sessions[nr]->channels[port];
	char buf[16384];
	ssize_t n = read(ch->fd, buf, ch->credit < sizeof(buf) ? ch->credit : sizeof(buf));

	if (n > 0) {
		ch->credit -= n;
		control_send(mux->control, MSG_DATA, address(nr, port), buf, n);
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool give(struct mux *mux, int nr, int port)
{
	struct channel *ch = &mux->sessions[nr]->channels[port];
	ssize_t n = write(ch->fd, ch->buf, ch->len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	ch->len -= n;
	memmove(ch->buf, ch->buf + n, ch->len);
	ch->written += n;
	/* Not for each few bytes. */
	if (!ch->len || ch->written >= MUX_WINDOW / 2) {
		control_send(mux->control, MSG_CREDIT, (uint64_t)ch->written << 32 | address(nr, port), NULL, 0);
		ch->written = 0;
	}
	return true;
}

void mux_step(struct mux *mux, const struct pollfd *p)
{
	for (int nr = 0; nr < MUX_SESSIONS; nr++) {
		bool ok = true;

		if (!mux->sessions[nr] || mux->sessions[nr]->closing)
			continue;
		for (int port = PORT_STDIN; port < PORT_END; port++, p++) {
			if (p->fd >= 0 && ok && (p->revents & POLLOUT))
				ok = give(mux, nr, port);
			/* A socket that has ended is found so by reading. */
			if (p->fd >= 0 && ok && (p->events & POLLIN) &&
			    (p->revents & (POLLIN | POLLHUP | POLLERR)))
				ok = receive(mux, nr, port);
		}
		/* The session's ends close them all, and only when it is over. */
		if (!ok)
			close_session(mux, nr, false);
	}
}

bool mux_message(struct mux *mux, const struct message *m, const char *payload)
{
	unsigned int nr = m->value >> 8 & 0xffffff, port = m->value & 0xff;
	struct mux_session *s = nr < MUX_SESSIONS ? mux->sessions[nr] : NULL;
	struct channel *ch = s && port >= PORT_STDIN && port < PORT_END ? &s->channels[port] : NULL;

	switch (m->type) {
	case MSG_DATA:
		if (!ch || s->closing)
			break;
		if (m->len > MUX_WINDOW - ch->len) {
			close_session(mux, nr, false);
			break;
		}
		memcpy(ch->buf + ch->len, payload, m->len);
		ch->len += m->len;
		break;
	case MSG_CREDIT:
		if (ch && !s->closing)
			ch->credit += m->value >> 32;
		break;
	case MSG_CLOSE:
		if (s)
			close_session(mux, nr, true);
		break;
	default:
		return false;
	}
	return true;
}
