/* SPDX-License-Identifier: GPL-2.0-only */
/* What the makers of a storm do (makers.h). */
#ifndef PCSTATS_MAKING_H
#define PCSTATS_MAKING_H

#include <stdatomic.h>

#define MAKING_KINDS 4	/* by the numbers of the bits in makers.h */

/* What one maker and all below it made; in memory that they share. */
struct made {
	atomic_ulong rounds;
	atomic_ulong forks, vforks, threads, clones, execs;
	atomic_ulong refused;	/* for want of a pid */
	atomic_int settled;	/* in a namespace: who will make no more */
};

/* Once all that there is of @kind, none of which lives on, told to @made. */
void make(int kind, struct made *made);

#endif /* PCSTATS_MAKING_H */
