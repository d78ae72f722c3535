/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: snapshots of /proc/pcstats in one file, as `pcstats record`
 * writes and `pcstats report` reads it.
 *
 *	pcstats-data 1
 *	snapshot REALTIME MONOTONIC LENGTH
 *	...
 *	snapshot REALTIME MONOTONIC LENGTH
 *	...
 *	end
 *
 * Line 1 has the version of this form.  Behind a snapshot line are LENGTH bytes,
 * the text as it was read, and right behind these the next line.  REALTIME and
 * MONOTONIC are what these clocks said after the read, in nanoseconds.  Numbers
 * are decimal, one blank is between words.
 *
 * The end line says that the recording ended as it was meant to.  Without it the
 * recorder was killed or its disk was full: whatever is whole before the cut
 * can be used.
 */
#ifndef PCSTATS_SERIES_H
#define PCSTATS_SERIES_H

#include <stddef.h>
#include <stdio.h>

#define SERIES_PATH	"pcstats.data"
#define SERIES_VERSION	1
/* Of one text; what a header says beyond this is no length. */
#define SERIES_MAX_TEXT	(1ULL << 30)

struct series_frame {
	unsigned long long realtime_ns, monotonic_ns;
	char *text;		/* not terminated */
	size_t len, room;
};

enum series_status {
	SERIES_FRAME,		/* the frame is there */
	SERIES_END,
	SERIES_CUT,		/* no more, and no end line */
	SERIES_MALFORMED,
	SERIES_VERSION_NEWER,
	SERIES_FAILED,		/* errno: reading failed, or no memory */
};

/* Read line 1 of @from: SERIES_FRAME, if frames may follow, or why not. */
enum series_status series_open(FILE *from);
/*
 * The next frame of @from into @frame, which begins as zeros and is used again;
 * its text is valid until then.  Memory is taken as data arrive, not as a
 * header says.
 */
enum series_status series_next(FILE *from, struct series_frame *frame);
void series_free(struct series_frame *frame);

/*
 * Fill @frame with what @path (NULL: /proc/pcstats) has now.  0 or a negative
 * errno; then the frame is as before, but for its text.
 */
int series_take(struct series_frame *frame, const char *path);

/* Append to @fd.  0 or a negative errno. */
int series_write_begin(int fd);
int series_write_frame(int fd, const struct series_frame *frame);
int series_write_end(int fd);

#endif /* PCSTATS_SERIES_H */
