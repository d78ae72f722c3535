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

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As the kernel has them; kselftest.h of some versions does too. */
#ifndef __noreturn
#define __noreturn	__attribute__((__noreturn__))
#endif
#ifndef __printf
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#endif
#ifndef __aligned
#define __aligned(x)	__attribute__((__aligned__(x)))
#endif

/* Say why on stderr and abort: the harness reports the case as failed. */
__noreturn __printf(1, 2) void fail(const char *fmt, ...);

/* The same with the text of errno. */
__noreturn void fail_errno(const char *what);

/*
 * To be called first in main(): skips the whole program (exit 4) where there
 * is no /proc/pcstats or the caller is not root.
 */
void frame_begin(void);

/* Skip the whole program, saying why. */
__noreturn void frame_skip(const char *why);

/*
 * Keep the caller, and all that it forks, on one CPU, counted round from the
 * first again where there are not so many.  Pages that were just
 * faulted in wait in the CPU's LRU batch, which holds a reference to each; a
 * write fault drains the batch of its own CPU only, and copies what is still
 * referenced (mm/memory.c).  On one CPU no page is copied for that reason.
 */
void frame_pin(int cpu);

/*
 * How many times longer than on a stock kernel anything may take here, as said
 * in the environment: PCSTATS_SLOW=4 for a kernel with sanitizers.  1 if nothing
 * is said.
 */
int slowness(void);

/* Of the running kernel, to be compared: where a rule of its own has changed. */
#define KERNEL(major, minor) ((major) * 1000 + (minor))
int kernel_version(void);

/* Is it built with PREEMPT_RT? */
bool kernel_is_rt(void);

/* Whole file to @buf, terminated; fails if it does not fit.  Its length. */
size_t file_read(const char *path, char *buf, size_t size);

/* @text to @path by one write(2); 0 or a negative errno. */
int file_write(const char *path, const char *text);

/* Value of the first line of @path that begins with @key. */
unsigned long long file_number(const char *path, const char *key);

#endif /* PCSTATS_FRAME_H */
