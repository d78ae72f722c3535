// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots: reading one from a file, finding its rows. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader_private.h"

/*
 * What makes a row of the cow table and one of the task table the same task.
 * A pid can be live once, and its address space be another one by the time of
 * the cow table, but exited many times; those differ in the address space, or
 * are threads of one process that had the same pid one after the other.  The
 * latter are paired in order from the end, which is exact when each of them has
 * a row in both tables.
 */
static int compare_identity(const struct pcstats_cow *a,
			    const struct pcstats_cow *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->state.exited != b->state.exited)
		return a->state.exited ? 1 : -1;
	if (!a->state.exited)
		return 0;
	if (a->mm != b->mm)
		return a->mm < b->mm ? -1 : 1;
	if (a->state.exit_code != b->state.exit_code)
		return a->state.exit_code < b->state.exit_code ? -1 : 1;
	if (a->state.signal != b->state.signal)
		return a->state.signal < b->state.signal ? -1 : 1;
	return strcmp(a->comm, b->comm);
}

static struct pcstats_cow identity(const struct pcstats_snapshot *snap,
				   const struct pcstats_task *task)
{
	struct pcstats_cow key = {
		.pid = task->pid, .tgid = task->tgid, .state = task->state,
		.mm = task->mm,
	};

	/* In a text whose cow table has no such column it tells nothing. */
	if (snap->nr_cows && snap->cows[0].mm == PCSTATS_UNWATCHED)
		key.mm = PCSTATS_UNWATCHED;
	memcpy(key.comm, task->comm, sizeof(key.comm));
	return key;
}

/* By identity, then in the order of the text. */
static int compare_rows(const void *a, const void *b)
{
	const struct pcstats_cow *x = *(const struct pcstats_cow *const *)a;
	const struct pcstats_cow *y = *(const struct pcstats_cow *const *)b;
	int order = compare_identity(x, y);

	return order ? order : x < y ? -1 : x > y;
}

/* The index behind the last of the sorted @rows that is not after @key. */
static size_t upper_bound(const struct pcstats_cow **rows, size_t nr,
			  const struct pcstats_cow *key)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_identity(rows[mid], key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool all_hooks_on(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_hooks; i++)
		if (!snap->hooks[i].on)
			return false;
	return snap->nr_hooks;
}

/*
 * What a task without a cow row has of @tally: 0 needs a proof that it is
 * watched.  Totals are the proof; where a reader is not shown them, any row
 * of the table; without rows, that no source at all is off.
 */
static unsigned long long without_row(const struct pcstats_snapshot *snap,
				      int tally)
{
	unsigned long long seen;

	if (snap->total.present)
		seen = snap->total.tally[tally];
	else if (snap->nr_cows)
		seen = snap->cows[0].tally[tally];
	else
		seen = all_hooks_on(snap) ? 0 : PCSTATS_UNWATCHED;
	return seen == PCSTATS_UNWATCHED ? PCSTATS_UNWATCHED : 0;
}

int reader_join(struct pcstats_snapshot *snap)
{
	const struct pcstats_cow *row, **rows;
	size_t i, t, end, *taken;

	rows = calloc(snap->nr_cows + 1, sizeof(*rows));
	/* By upper bound: rows of that identity that later tasks have. */
	taken = calloc(snap->nr_cows + 1, sizeof(*taken));
	if (!rows || !taken) {
		free(rows);
		free(taken);
		return -1;
	}
	for (i = 0; i < snap->nr_cows; i++) {
		for (t = 0; t < PCSTATS_NR_TASK_TALLIES; t++)
			snap->cows[i].tally[t] = PCSTATS_UNWATCHED;
		rows[i] = &snap->cows[i];
	}
	qsort(rows, snap->nr_cows, sizeof(*rows), compare_rows);
	for (i = snap->nr_tasks; i-- > 0;) {
		struct pcstats_cow key = identity(snap, &snap->tasks[i]);

		end = upper_bound(rows, snap->nr_cows, &key);
		row = end > taken[end] ? rows[end - taken[end] - 1] : NULL;
		if (row && compare_identity(row, &key))
			row = NULL;
		taken[end] += !!row;
		for (t = PCSTATS_NR_TASK_TALLIES; t < PCSTATS_NR_TALLIES; t++)
			snap->tasks[i].tally[t] = row ? row->tally[t] :
							without_row(snap, t);
	}
	free(taken);
	free(rows);
	return 0;
}

/* All of @fd, allocated; NULL with errno. */
static char *read_all(int fd, size_t *len)
{
	size_t room = 64 * 1024;
	char *text = malloc(room), *more;
	ssize_t got;

	*len = 0;
	while (text) {
		got = read(fd, text + *len, room - *len);
		if (!got)
			return text;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		*len += got;
		if (*len < room)
			continue;
		more = reallocarray(text, 2, room);
		if (!more)
			break;
		text = more;
		room *= 2;
	}
	free(text);
	return NULL;
}

static int failed(struct pcstats_error *err, int error, const char *path)
{
	if (err) {
		err->line = 0;
		snprintf(err->reason, sizeof(err->reason), "%s: %s%s", path,
			 strerror(error), error == ENOENT &&
			 !strcmp(path, PCSTATS_PATH) ?
			 ": pcstats is not loaded" : "");
	}
	return -error;
}

int pcstats_read(struct pcstats_snapshot *snap, const char *path,
		 struct pcstats_error *err)
{
	int fd, error;
	size_t len;
	char *text;

	if (!path)
		path = PCSTATS_PATH;
	memset(snap, 0, sizeof(*snap));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(err, errno, path);
	text = read_all(fd, &len);
	error = errno;
	close(fd);
	if (!text)
		return failed(err, error, path);
	error = pcstats_parse(snap, text, len, err);
	free(text);
	return error;
}

void pcstats_free(struct pcstats_snapshot *snap)
{
	free(snap->hooks);
	free(snap->tasks);
	free(snap->mms);
	free(snap->cows);
	memset(snap, 0, sizeof(*snap));
}

const struct pcstats_task *
pcstats_find_live(const struct pcstats_snapshot *snap, pid_t pid)
{
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++)
		if (snap->tasks[i].pid == pid && !snap->tasks[i].state.exited)
			return &snap->tasks[i];
	return NULL;
}

const struct pcstats_task *
pcstats_find_exited(const struct pcstats_snapshot *snap, pid_t pid)
{
	size_t i;

	for (i = snap->nr_tasks; i-- > 0;)
		if (snap->tasks[i].pid == pid && snap->tasks[i].state.exited)
			return &snap->tasks[i];
	return NULL;
}

const struct pcstats_task *
pcstats_find_task(const struct pcstats_snapshot *snap, pid_t pid)
{
	const struct pcstats_task *live = pcstats_find_live(snap, pid);

	return live ? live : pcstats_find_exited(snap, pid);
}

const struct pcstats_mm *
pcstats_find_mm(const struct pcstats_snapshot *snap, unsigned long long id)
{
	size_t i;

	for (i = 0; i < snap->nr_mms; i++)
		if (snap->mms[i].id == id)
			return &snap->mms[i];
	return NULL;
}

const struct pcstats_hook *
pcstats_find_hook(const struct pcstats_snapshot *snap, const char *name)
{
	size_t i;

	for (i = 0; i < snap->nr_hooks; i++)
		if (!strcmp(snap->hooks[i].name, name))
			return &snap->hooks[i];
	return NULL;
}

const struct pcstats_cow *
pcstats_find_cow(const struct pcstats_snapshot *snap,
		 const struct pcstats_task *task)
{
	const struct pcstats_task *t;
	const struct pcstats_cow *row;
	struct pcstats_cow key = identity(snap, task);
	size_t later = 0;

	for (t = task + 1; t < snap->tasks + snap->nr_tasks; t++) {
		struct pcstats_cow other = identity(snap, t);

		later += !compare_identity(&other, &key);
	}
	for (row = snap->cows + snap->nr_cows; row-- > snap->cows;)
		if (!compare_identity(row, &key) && !later--)
			return row;
	return NULL;
}
