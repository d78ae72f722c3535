// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"

static void fatal(const char *what)
{
	fprintf(stderr, "vm: control channel: %s\n", what);
	exit(125);
}

static void reserve(char **buf, size_t *size, size_t need)
{
	char *bigger;

	if (need <= *size)
		return;
	if (need < 2 * *size)
		need = 2 * *size;
	bigger = realloc(*buf, need);
	if (!bigger)
		fatal("out of memory");
	*buf = bigger;
	*size = need;
}

void control_init(struct control *c, int fd)
{
	*c = (struct control){ .fd = fd };
}

void control_send(struct control *c, enum message_type type, uint64_t value,
		  const void *payload, size_t len)
{
	struct message m = { .type = type, .len = len, .value = value };

	if (len > MESSAGE_MAX)
		fatal("message too long");
	reserve(&c->out, &c->out_size, c->out_len + sizeof(m) + len);
	memcpy(c->out + c->out_len, &m, sizeof(m));
	c->out_len += sizeof(m);
	if (len)
		memcpy(c->out + c->out_len, payload, len);
	c->out_len += len;
}

int control_flush(struct control *c)
{
	while (c->out_len) {
		ssize_t n = write(c->fd, c->out, c->out_len);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		c->out_len -= n;
		memmove(c->out, c->out + n, c->out_len);
	}
	return 0;
}

int control_fill(struct control *c)
{
	ssize_t n;

	reserve(&c->in, &c->in_size, c->in_len + 4096);
	n = read(c->fd, c->in + c->in_len, c->in_size - c->in_len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	c->in_len += n;
	return n;
}

bool control_next(struct control *c, struct message *m, char **payload)
{
	size_t whole;
	char *copy;

	if (c->in_len < sizeof(*m))
		return false;
	memcpy(m, c->in, sizeof(*m));
	if (m->len > MESSAGE_MAX)
		fatal("garbled");
	whole = sizeof(*m) + m->len;
	if (c->in_len < whole)
		return false;

	/* Room for the payload and its NUL is behind what has come in. */
	reserve(&c->in, &c->in_size, c->in_len + whole + 1);
	copy = c->in + c->in_size - m->len - 1;
	memmove(copy, c->in + sizeof(*m), m->len);
	copy[m->len] = '\0';
	c->in_len -= whole;
	memmove(c->in, c->in + whole, c->in_len);
	*payload = copy;
	return true;
}
