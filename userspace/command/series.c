// SPDX-License-Identifier: GPL-2.0-only
/* Recordings: their form. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../reader.h"
#include "command.h"
#include "interval.h"
#include "series.h"

#define MAGIC		"pcstats-data "
#define SNAPSHOT	"snapshot "
#define END		"end\n"
/* Three numbers of 20 digits, and more. */
#define MAX_LINE	128

/* ---- reading ---- */

/*
 * A line, whole, without its end.  SERIES_FRAME if it is there, SERIES_CUT if
 * the file ends before.
 */
static enum series_status read_line(FILE *from, char line[MAX_LINE])
{
	size_t len = 0;
	int c;

	while ((c = getc(from)) != '\n') {
		if (c == EOF)
			return ferror(from) ? SERIES_FAILED : SERIES_CUT;
		/* A NUL would end the string, and is nowhere in a line. */
		if (!c || len == MAX_LINE - 1)
			return SERIES_MALFORMED;
		line[len++] = c;
	}
	line[len] = '\0';
	return SERIES_FRAME;
}

enum series_status series_open(FILE *from)
{
	const size_t len = strlen(MAGIC);
	enum series_status status;
	unsigned long long version;
	char line[MAX_LINE];

	status = read_line(from, line);
	/* Cut off even here, it cannot be told from other files. */
	if (status == SERIES_CUT)
		return SERIES_MALFORMED;
	if (status != SERIES_FRAME)
		return status;
	if (strncmp(line, MAGIC, len) ||
	    !parse_number(line + len, ULLONG_MAX, &version) || !version)
		return SERIES_MALFORMED;
	return version > SERIES_VERSION ? SERIES_VERSION_NEWER : SERIES_FRAME;
}

static bool parse_header(char *line, struct series_frame *frame,
			 unsigned long long *len)
{
	char *rest = line + strlen(SNAPSHOT), *realtime, *monotonic;

	if (strncmp(line, SNAPSHOT, strlen(SNAPSHOT)))
		return false;
	realtime = strsep(&rest, " ");
	monotonic = strsep(&rest, " ");
	return monotonic && rest &&
	       parse_number(realtime, LLONG_MAX, &frame->realtime_ns) &&
	       parse_number(monotonic, LLONG_MAX, &frame->monotonic_ns) &&
	       parse_number(rest, SERIES_MAX_TEXT, len);
}

/* Room for at least one byte more. */
static bool grow(struct series_frame *frame)
{
	size_t room = frame->room ? 2 * frame->room : 64 * 1024;
	char *text;

	if (frame->len < frame->room)
		return true;
	text = realloc(frame->text, room);
	if (!text)
		return false;
	frame->text = text;
	frame->room = room;
	return true;
}

enum series_status series_next(FILE *from, struct series_frame *frame)
{
	enum series_status status;
	unsigned long long len;
	char line[MAX_LINE];

	frame->len = 0;
	status = read_line(from, line);
	if (status != SERIES_FRAME)
		return status;
	if (!strcmp(line, "end"))
		return getc(from) == EOF ? SERIES_END : SERIES_MALFORMED;
	if (!parse_header(line, frame, &len))
		return SERIES_MALFORMED;
	while (frame->len < len) {
		size_t want, got;

		if (!grow(frame))
			return SERIES_FAILED;
		want = frame->room - frame->len;
		if (want > len - frame->len)
			want = len - frame->len;
		got = fread(frame->text + frame->len, 1, want, from);
		frame->len += got;
		if (got < want)
			return ferror(from) ? SERIES_FAILED : SERIES_CUT;
	}
	return SERIES_FRAME;
}

void series_free(struct series_frame *frame)
{
	free(frame->text);
	memset(frame, 0, sizeof(*frame));
}

static int take_all(struct series_frame *frame, int fd)
{
	ssize_t got;

	frame->len = 0;
	do {
		if (!grow(frame))
			return -ENOMEM;
		got = read(fd, frame->text + frame->len,
			   frame->room - frame->len);
		if (got > 0)
			frame->len += got;
		if (frame->len > SERIES_MAX_TEXT)
			return -EFBIG;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

int series_take(struct series_frame *frame, const char *path)
{
	int fd = open(path ? path : PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	error = take_all(frame, fd);
	close(fd);
	if (error)
		return error;
	frame->realtime_ns = clock_ns(CLOCK_REALTIME);
	frame->monotonic_ns = clock_ns(CLOCK_MONOTONIC);
	return 0;
}

/* ---- writing ---- */

static int write_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t put = write(fd, at, len);

		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			at += put;
			len -= put;
		}
	}
	return 0;
}

int series_write_begin(int fd)
{
	char line[MAX_LINE];

	return write_all(fd, line, snprintf(line, sizeof(line), MAGIC "%d\n",
					    SERIES_VERSION));
}

int series_write_frame(int fd, const struct series_frame *frame)
{
	char line[MAX_LINE];
	int len = snprintf(line, sizeof(line), SNAPSHOT "%llu %llu %zu\n",
			   frame->realtime_ns, frame->monotonic_ns, frame->len);

	return write_all(fd, line, len) ?:
	       write_all(fd, frame->text, frame->len);
}

int series_write_end(int fd)
{
	return write_all(fd, END, strlen(END));
}
