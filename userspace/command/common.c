// SPDX-License-Identifier: GPL-2.0-only
/* What every subcommand needs and none is about. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

int fail(const char *format, ...)
{
	va_list args;

	fputs("pcstats: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return STATUS_FAILED;
}

static void *checked(void *at)
{
	if (!at)
		exit(fail("no memory"));
	return at;
}

void *xcalloc(size_t nr, size_t size)
{
	return checked(calloc(nr ? nr : 1, size));
}

void *xreallocarray(void *at, size_t nr, size_t size)
{
	return checked(reallocarray(at, nr ? nr : 1, size));
}

char *xstrdup(const char *string)
{
	return checked(strdup(string));
}

char *xasprintf(const char *format, ...)
{
	char *string;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&string, format, args);
	va_end(args);
	return checked(len < 0 ? NULL : string);
}

bool parse_number(const char *word, unsigned long long max,
		  unsigned long long *value)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return !*end && !errno && *value <= max;
}

bool parse_pid(const char *word, unsigned long long *pid)
{
	return parse_number(word, INT_MAX, pid) && *pid;
}

bool parse_seconds(const char *word, double *value)
{
	char *end;

	/* Neither sign, blank, nor "inf" and "nan". */
	if ((*word < '0' || *word > '9') && *word != '.')
		return false;
	*value = strtod(word, &end);
	return end != word && !*end && *value >= 0.1 && *value <= 24 * 60 * 60;
}
