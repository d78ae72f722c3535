/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module's slab caches take, where caches are not merged (slab_nomerge). */
#ifndef PCSTATS_BENCH_SLABS_H
#define PCSTATS_BENCH_SLABS_H

#include <stdbool.h>

/* Of the cache, now: the memory of its slabs. */
unsigned long slab_bytes(const char *cache);

/* Prints the size of an object of each cache. Are they what @abi, module/ABI, says? */
bool slabs_check(const char *kernel, const char *abi);

#endif /* PCSTATS_BENCH_SLABS_H */
