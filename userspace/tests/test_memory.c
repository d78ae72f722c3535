// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: none is lost, every lack of it is reported, and a large text takes
 * no more than its rows need.  Linked with --wrap for the functions below.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"
#include "wrap.h"

static long held, fail_at = -1;

static bool refuse(void)
{
	if (fail_at < 0 || fail_at--)
		return false;
	errno = ENOMEM;
	return true;
}

static void *hold(void *at)
{
	held += !!at;
	return at;
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : hold(__real_malloc(size));
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return refuse() ? NULL : hold(__real_calloc(nr, size));
}

void *__wrap_reallocarray(void *old, size_t nr, size_t size)
{
	void *at;

	if (refuse())
		return NULL;
	at = __real_reallocarray(old, nr, size);
	held += at && !old;
	return at;
}

void __wrap_free(void *at)
{
	held -= !!at;
	__real_free(at);
}

static char *large_text(size_t rows)
{
	size_t room = 1024 + rows * 128, len;
	char *text = __real_malloc(room);
	size_t i;

	if (!text)
		exit(2);
	len = snprintf(text, room, VERSION FORKS_COLUMNS);
	for (i = 1; i <= rows; i++)
		len += snprintf(text + len, room - len,
				"task %zu %zu 1 S %zu 1 2 a\n", i, i, i);
	len += snprintf(text + len, room - len, MM_COLUMNS COPIED_COLUMNS);
	for (i = 1; i <= rows; i++)
		len += snprintf(text + len, room - len,
				"cow %zu %zu S %zu 0 a\n", i, i, i);
	return text;
}

/* @text read as a file; its tasks are counted. */
static size_t tasks_in_file(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);
	struct pcstats_snapshot snap;
	size_t len = strlen(text), nr;
	char path[64];

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		exit(2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pcstats_read(&snap, path, NULL);
	nr = snap.nr_tasks;
	pcstats_free(&snap);
	close(fd);
	return nr;
}

static void check_large(size_t rows)
{
	char *text = large_text(rows);
	struct pcstats_snapshot snap;
	struct pcstats_diff diff;
	size_t i, wrong = 0;

	takes(&snap, text, "a large text");
	is(snap.nr_tasks, rows, "%zu tasks", rows);
	for (i = 0; i < snap.nr_tasks; i++)
		wrong += snap.tasks[i].pid != (pid_t)i + 1 ||
			 snap.tasks[i].tally[PCSTATS_copied] != i + 1;
	is(wrong, 0, "each with its own cow row");
	is(pcstats_diff(&diff, &snap, &snap), 0, "its difference with itself");
	for (i = 0; i < diff.nr_tasks; i++)
		wrong += diff.tasks[i].before != diff.tasks[i].after ||
			 diff.tasks[i].tally[PCSTATS_copied];
	is(diff.nr_tasks, rows, "has as many");
	is(wrong, 0, "and is nothing");
	pcstats_diff_free(&diff);
	pcstats_free(&snap);
	is(tasks_in_file(text), rows, "as many from a file");
	__real_free(text);
	is(held, 0, "nothing is held");
}

/* 0 when @text was read with what memory there was, else the error. */
static int read_and_diff(const char *path)
{
	struct pcstats_snapshot snap;
	struct pcstats_diff diff;
	struct pcstats_error err;
	int error = pcstats_read(&snap, path, &err);

	if (error)
		return *err.reason ? error : 0;
	error = pcstats_diff(&diff, &snap, &snap);
	if (!error)
		pcstats_diff_free(&diff);
	pcstats_free(&snap);
	return error;
}

static void check_failures(const char *path)
{
	long refused, wrong = 0, leaked = 0;
	int error;

	for (refused = 0; refused < 1000; refused++) {
		fail_at = refused;
		error = read_and_diff(path);
		if (fail_at >= 0)
			break;
		wrong += error != -ENOMEM;
		leaked += held;
	}
	fail_at = -1;
	is(error, 0, "works when no allocation is refused");
	ok(refused > 8 && refused < 1000, "%ld allocations, each refused once",
	   refused);
	is(wrong, 0, "-ENOMEM with a reason each time");
	is(leaked, 0, "nothing is held afterwards");
}

int main(int argc, char **argv)
{
	char path[4096];

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "%s/capture-6.1.txt", argv[1]);
	/* What libc keeps for itself is not ours. */
	setvbuf(stdout, NULL, _IONBF, 0);
	held = 0;
	check_failures(path);
	check_large(1);
	check_large(100000);
	return tap_end();
}
