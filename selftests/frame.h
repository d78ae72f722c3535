/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every helper of these tests builds on.
 *
 * Helpers do not return errors: a test that cannot do what it set out to do
 * has failed, and says where.  They run in children of the test too, where the
 * harness's ASSERT_*() is out of reach.
 */
#ifndef PCSTATS_FRAME_H
#define PCSTATS_FRAME_H

#include <stddef.h>
#include <sys/types.h>

/* Say why on stderr and abort: the harness reports the case as failed. */
void fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The same with the text of errno. */
void fail_errno(const char *what) __attribute__((noreturn));

/*
 * To be called first in main(): skips the whole program (exit 4) where there
 * is no /proc/pcstats or the caller is not root.
 */
void frame_begin(void);

/*
 * Keep the caller, and all that it forks, on one CPU.  Pages that were just
 * faulted in wait in the CPU's LRU batch, which holds a reference to each; a
 * write fault drains the batch of its own CPU only, and copies what is still
 * referenced (mm/memory.c).  On one CPU no page is copied for that reason.
 */
void frame_pin(int cpu);

/* Whole file to @buf, terminated; fails if it does not fit.  Its length. */
size_t file_read(const char *path, char *buf, size_t size);

/* @text to @path by one write(2); 0 or a negative errno. */
int file_write(const char *path, const char *text);

/* Value of the first line of @path that begins with @key. */
unsigned long long file_number(const char *path, const char *key);

#endif /* PCSTATS_FRAME_H */
