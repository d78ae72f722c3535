/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One direction of bytes from one descriptor to another, for a loop around poll(). Host and
 * guest use it.
 */
#ifndef PCSTATS_VM_STREAM_H
#define PCSTATS_VM_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A pipe that poll() calls writable takes this much without blocking. It is the most that may
 * be written at a time to descriptors that came from the caller: they stay in blocking mode,
 * for that belongs to all who share them.
 */
#define STREAM_BLOCKING_MAX 4096
#define STREAM_BUFFER	    32768

struct stream {
	int from;		/* -1: nothing comes in */
	int to;			/* -1: nobody wants it, throw it away */
	size_t write_max;	/* bytes */
	bool from_ended;	/* end of file, or an error, on from */
	int to_error;		/* errno of the write that failed; to is then -1 */
	uint64_t taken;		/* bytes read in all */
	uint64_t given;		/* bytes written, or thrown away, in all */
	size_t len;		/* of these bytes are in buf */
	char buf[STREAM_BUFFER];
};

void stream_init(struct stream *s, int from, int to, size_t write_max);

/* Fill in what to wait for: at most one of the two directions of a stream waits at a time. */
void stream_want(const struct stream *s, struct pollfd *p);

/* Do what *p, filled in by stream_want() and by poll(), says can be done. */
void stream_step(struct stream *s, const struct pollfd *p);

#endif
