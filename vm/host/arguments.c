// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "arguments.h"
#include "host.h"

static void vadd(struct arguments *a, const char *format, va_list ap)
{
	a->argv = realloc(a->argv, (a->n + 2) * sizeof(*a->argv));
	if (!a->argv || vasprintf(&a->argv[a->n], format, ap) < 0)
		die("out of memory");
	a->argv[++a->n] = NULL;
}

void add(struct arguments *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vadd(a, format, ap);
	va_end(ap);
}

void add_option(struct arguments *a, const char *option, const char *format, ...)
{
	va_list ap;

	add(a, "%s", option);
	va_start(ap, format);
	vadd(a, format, ap);
	va_end(ap);
}

void add_words(struct arguments *a, const char *words)
{
	size_t len;

	for (; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		add(a, "%.*s", (int)len, words);
	}
}

void keep(struct arguments *a, int fd)
{
	if (a->nr_keep == ARRAY_SIZE(a->keep))
		die("too many devices");
	a->keep[a->nr_keep++] = fd;
}

void close_kept(struct arguments *a)
{
	while (a->nr_keep)
		close(a->keep[--a->nr_keep]);
}

int add_socket(struct arguments *a, const char *id)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK))
		die("socketpair: %s", strerror(errno));
	add_option(a, "-chardev", "socket,id=%s,fd=%d", id, pair[1]);
	keep(a, pair[1]);
	return pair[0];
}

char *quote_commas(const char *path)
{
	char *quoted = malloc(2 * strlen(path) + 1), *at = quoted;

	if (!quoted)
		die("out of memory");
	for (; *path; path++) {
		if (*path == ',')
			*at++ = ',';
		*at++ = *path;
	}
	*at = '\0';
	return quoted;
}
