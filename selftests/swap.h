/* SPDX-License-Identifier: GPL-2.0-only */
/* Swap space for tests, on a compressed disk in memory (zram). */
#ifndef PCSTATS_SWAP_H
#define PCSTATS_SWAP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Make 64 MiB of it; false if the kernel has no zram. */
bool swap_begin(void);

/* Bring back what is there, and take it away. */
void swap_end(void);

/*
 * Swap out @pages pages of the caller's own at @region; fails unless each of
 * them has gone, and nothing else.
 */
void swap_out(char *region, size_t pages);

/* Pages of @pid that are swapped out. */
unsigned long long swapped_pages(pid_t pid);

#endif /* PCSTATS_SWAP_H */
