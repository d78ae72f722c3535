// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest can write no file of the host's: what its shells had to do comes as messages and is
 * written here. Nothing else of what it might send gets into the file: no control characters, no
 * endless stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

/* For one VM. */
#define ADDED_MAX (1 << 20)
/* Of a longer file the second half is kept. */
#define FILE_MAX (1 << 20)

const char *history_path(void)
{
	static char path[4096];
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		snprintf(path, sizeof(path), "%s/pcstats/history", state);
	else
		snprintf(path, sizeof(path), "%s/.local/state/pcstats/history", home ? home : "/nonexistent");
	return path;
}

static void make_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static void write_new(const char *path, const char *text, size_t len)
{
	char *new;
	int fd;

	if (asprintf(&new, "%s.XXXXXX", path) < 0)
		return;
	fd = mkstemp(new);
	if (fd >= 0) {
		if (write(fd, text, len) != (ssize_t)len || rename(new, path))
			unlink(new);
		close(fd);
	}
	free(new);
}

static void shorten(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > FILE_MAX) {
		static char text[FILE_MAX / 2];
		ssize_t n = pread(fd, text, sizeof(text), st.st_size - sizeof(text));
		char *line = n > 0 ? memchr(text, '\n', n) : NULL;

		if (line)
			write_new(path, line + 1, text + n - line - 1);
	}
	if (fd >= 0)
		close(fd);
}

void history_add(const char *text, size_t len)
{
	static size_t added;
	char clean[4096];
	size_t n = 0;
	int fd;

	for (size_t i = 0; i < len && n < sizeof(clean); i++)
		if ((unsigned char)text[i] >= ' ' ? text[i] != 0x7f : text[i] == '\n' || text[i] == '\t')
			clean[n++] = text[i];
	added += n;
	if (added > ADDED_MAX)
		return;
	make_directories((char *)history_path());
	shorten(history_path());
	fd = open(history_path(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	/* A shell without history is better than none. */
	if (fd < 0)
		return;
	if (write(fd, clean, n) < 0)
		added = ADDED_MAX;
	close(fd);
}
