/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls on an open /proc/pcstats, with arguments drawn at random. */
#ifndef PCSTATS_FUZZ_H
#define PCSTATS_FUZZ_H

#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/types.h>

#define FUZZ_ROOM (1 << 20)

/* What a thread needs for its calls. */
struct fuzz {
	unsigned long seed, calls;	/* to be said of a failure */
	uint64_t state;
	char *buf;			/* FUZZ_ROOM bytes; nothing behind them */
	int pipe[2];
	int null, file, epoll;
	aio_context_t aio;
};

extern __thread struct fuzz fuzz;

void fuzz_begin(unsigned long seed);
void fuzz_end(void);

/*
 * One call on @fd, which may be changed by others meanwhile, but is always one
 * of /proc/pcstats.  Fails if it gives an error that it must not give, or text
 * that is none.
 */
void fuzz_call(int fd);

/* Any number, and one below @n. */
uint64_t fuzz_any(void);
unsigned long fuzz_random(unsigned long n);

#define FUZZ_COUNT(array) (sizeof(array) / sizeof(*(array)))
#define FUZZ_ONE_OF(array) ((array)[fuzz_random(FUZZ_COUNT(array))])

/* Ordinary ones, limits, and beyond them; the pointer is good most of the time. */
size_t fuzz_size(void);
off_t fuzz_offset(void);
void *fuzz_pointer(void);

/* Fails if the @got bytes at @at (or a negative result) are no text; @got. */
long fuzz_text(const char *at, long got);

#endif /* PCSTATS_FUZZ_H */
