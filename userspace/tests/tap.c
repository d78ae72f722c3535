// SPDX-License-Identifier: GPL-2.0-only
/* Results, and texts given to the parser so that it cannot read past them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

static unsigned int done, failed;

static bool result(bool good, const char *format, va_list args)
{
	printf("%sok %u - ", good ? "" : "not ", ++done);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	failed += !good;
	return good;
}

bool ok(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(good, format, args);
	va_end(args);
	return good;
}

bool is(unsigned long long got, unsigned long long want, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	result(got == want, format, args);
	va_end(args);
	if (got != want)
		printf("# got %lld, want %lld\n", (long long)got,
		       (long long)want);
	return got == want;
}

bool is_text(const char *got, const char *want, const char *format, ...)
{
	bool same = !strcmp(got, want);
	va_list args;

	va_start(args, format);
	result(same, format, args);
	va_end(args);
	if (!same)
		printf("# got \"%s\", want \"%s\"\n", got, want);
	return same;
}

int tap_end(void)
{
	printf("1..%u\n", done);
	return failed || !done;
}

static void broken(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(2);
}

int parse_len(struct pcstats_snapshot *snap, const char *text, size_t len,
	      struct pcstats_error *err)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;
	char *at = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (at == MAP_FAILED || mprotect(at + room, page, PROT_NONE))
		broken("mmap");
	memcpy(at + room - len, text, len);
	error = pcstats_parse(snap, at + room - len, len, err);
	munmap(at, room + page);
	return error;
}

int parse(struct pcstats_snapshot *snap, const char *text,
	  struct pcstats_error *err)
{
	return parse_len(snap, text, strlen(text), err);
}

void refuses(const char *text, int error, unsigned long line, const char *claim)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	int got = parse(&snap, text, &err);

	if (!ok(got == -error && err.line == line && *err.reason &&
		!snap.nr_tasks && !snap.tasks, "refused: %s", claim))
		printf("# got %d, line %lu: %s; want %d, line %lu\n", got,
		       err.line, err.reason, -error, line);
	pcstats_free(&snap);
}

void takes(struct pcstats_snapshot *snap, const char *text, const char *claim)
{
	struct pcstats_error err;

	if (ok(!parse(snap, text, &err), "taken: %s", claim))
		return;
	printf("Bail out! line %lu: %s\n", err.line, err.reason);
	exit(1);
}

char *load(const char *dir, const char *name, size_t *len)
{
	char path[4096];
	char *text = NULL;
	FILE *file;
	long size;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "r");
	if (!file || fseek(file, 0, SEEK_END))
		broken(path);
	size = ftell(file);
	if (size > 0)
		text = malloc(size + 1);
	rewind(file);
	if (!text || fread(text, 1, size, file) != (size_t)size)
		broken(path);
	fclose(file);
	text[size] = '\0';
	*len = size;
	return text;
}
