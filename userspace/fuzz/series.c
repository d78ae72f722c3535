// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording of any bytes: frames lie within it, reading it ends, and what was
 * read is read again the same once it is written.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../command/series.h"
#include "check.h"

/* The frames of @from, to @copy unless it is -1. */
static size_t read_frames(FILE *from, int copy, size_t size,
			  enum series_status *end)
{
	struct series_frame frame = { };
	size_t nr = 0, sum = 0;

	while ((*end = series_next(from, &frame)) == SERIES_FRAME) {
		nr++;
		sum += frame.len;
		CHECK(sum < size && frame.len <= SERIES_MAX_TEXT);
		CHECK(!frame.len || frame.text);
		CHECK(copy < 0 || !series_write_frame(copy, &frame));
	}
	CHECK(*end == SERIES_END || *end == SERIES_CUT ||
	      *end == SERIES_MALFORMED);
	CHECK(frame.room <= 2 * size + 64 * 1024);
	series_free(&frame);
	return nr;
}

static void check_again(int copy, size_t nr, bool whole)
{
	off_t size = lseek(copy, 0, SEEK_CUR);
	FILE *from = fdopen(copy, "rb");
	enum series_status end;

	CHECK(from);
	rewind(from);
	CHECK(series_open(from) == SERIES_FRAME);
	CHECK(read_frames(from, -1, size, &end) == nr);
	CHECK(end == (whole ? SERIES_END : SERIES_CUT));
	fclose(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *from = size ? fmemopen((void *)data, size, "rb") : NULL;
	enum series_status status;
	size_t nr;
	int copy;

	if (!from)
		return 0;
	status = series_open(from);
	if (status == SERIES_FRAME) {
		copy = memfd_create("copy", MFD_CLOEXEC);
		CHECK(copy >= 0 && !series_write_begin(copy));
		nr = read_frames(from, copy, size, &status);
		CHECK(status != SERIES_END || !series_write_end(copy));
		check_again(copy, nr, status == SERIES_END);
	} else {
		CHECK(status == SERIES_MALFORMED ||
		      status == SERIES_VERSION_NEWER);
	}
	fclose(from);
	return 0;
}
