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
 * A text has no line as long as this: what follows in a device or a sparse file
 * that is none need not be read to know that the text is cut off.
 */
#define MAX_LINE (64 * 1024)

static bool ends_in_line(const char *text, size_t len)
{
	return len < MAX_LINE ||
	       memrchr(text + len - MAX_LINE, '\n', MAX_LINE);
}

/* All of @fd that can be a text, allocated; NULL with errno. */
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
		if (!ends_in_line(text, *len))
			return text;
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

static int read_open(struct pcstats_snapshot *snap, int fd, const char *path,
		     struct pcstats_error *err)
{
	size_t len;
	char *text = read_all(fd, &len);
	int error;

	if (!text)
		return failed(err, errno, path);
	error = pcstats_parse(snap, text, len, err);
	free(text);
	return error;
}

int pcstats_read(struct pcstats_snapshot *snap, const char *path,
		 struct pcstats_error *err)
{
	int fd, error;

	if (!path)
		path = PCSTATS_PATH;
	memset(snap, 0, sizeof(*snap));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failed(err, errno, path);
	error = read_open(snap, fd, path, err);
	close(fd);
	return error;
}

int pcstats_read_fd(struct pcstats_snapshot *snap, int fd,
		    struct pcstats_error *err)
{
	memset(snap, 0, sizeof(*snap));
	if (lseek(fd, 0, SEEK_SET) < 0 && errno != ESPIPE)
		return failed(err, errno, "lseek");
	return read_open(snap, fd, "read", err);
}

void pcstats_free(struct pcstats_snapshot *snap)
{
	int t;

	free(snap->hooks);
	free(snap->tasks);
	free(snap->mms);
	for (t = 0; t < PCSTATS_NR_COW_TABLES; t++)
		free(snap->cow[t].rows);
	free(snap->maps);
	free(snap->forks);
	free(snap->borns);
	free(snap->most);
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
