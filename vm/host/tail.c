// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "host.h"

/* Enough for the longest oops: what it is about stands above its stack trace. */
#define TAIL_LINES 200

static char ring[32768];
static size_t total;

void tail_add(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		/* A serial line's ends of line, and what a terminal would take for a command. */
		if ((unsigned char)text[i] >= ' ' || text[i] == '\n' || text[i] == '\t')
			ring[total++ % sizeof(ring)] = text[i];
	}
}

void tail_clear(void)
{
	total = 0;
}

const char *tail_last_message(void)
{
	static char text[256];
	size_t n = total < sizeof(text) - 1 ? total : sizeof(text) - 1;
	char *line, *stamp;

	for (size_t i = 0; i < n; i++)
		text[i] = ring[(total - n + i) % sizeof(ring)];
	while (n && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	stamp = strstr(line, "] ");
	return stamp ? stamp + 2 : line;
}

void tail_print(void)
{
	size_t first = total > sizeof(ring) ? total - sizeof(ring) : 0;
	size_t begin = total;
	int lines = 0;

	while (begin > first) {
		if (begin < total && ring[(begin - 1) % sizeof(ring)] == '\n' &&
		    ++lines == TAIL_LINES)
			break;
		begin--;
	}
	if (begin < total)
		fputs("vm: the last lines of the guest's console:\n", stderr);
	for (; begin < total; begin++)
		putc(ring[begin % sizeof(ring)], stderr);
	if (total && ring[(total - 1) % sizeof(ring)] != '\n')
		putc('\n', stderr);
}
