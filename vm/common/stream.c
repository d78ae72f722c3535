// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

void stream_init(struct stream *s, int from, int to, size_t write_max)
{
	memset(s, 0, offsetof(struct stream, buf));
	s->from = from;
	s->to = to;
	s->write_max = write_max;
}

void stream_want(const struct stream *s, struct pollfd *p)
{
	*p = (struct pollfd){ .fd = -1 };
	if (s->len) {
		p->fd = s->to;
		p->events = POLLOUT;
	} else if (s->from >= 0 && !s->from_ended) {
		p->fd = s->from;
		p->events = POLLIN;
	}
}

static void drop(struct stream *s)
{
	s->given += s->len;
	s->len = 0;
}

static void take(struct stream *s)
{
	ssize_t n = read(s->from, s->buf, sizeof(s->buf));

	if (n > 0) {
		s->len = n;
		s->taken += n;
		if (s->to < 0)
			drop(s);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		s->from_ended = true;
	}
}

static void give(struct stream *s)
{
	ssize_t n = write(s->to, s->buf, s->len < s->write_max ? s->len : s->write_max);

	if (n >= 0) {
		s->given += n;
		s->len -= n;
		memmove(s->buf, s->buf + n, s->len);
	} else if (errno != EAGAIN && errno != EINTR) {
		s->to_error = errno;
		s->to = -1;
		drop(s);
	}
}

void stream_step(struct stream *s, const struct pollfd *p)
{
	if (p->fd < 0 || !p->revents)
		return;
	if (s->len)
		give(s);
	else
		take(s);
}
