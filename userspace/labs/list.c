// SPDX-License-Identifier: GPL-2.0-only
#include "lab.h"

/* In the order in which they are taught. */
#define LABS(LAB)			\
	LAB(properties)			\
	LAB(forkout)			\
	LAB(pool)			\
	LAB(threadpool)			\
	LAB(create)			\
	LAB(memory)			\
	LAB(refcount)			\
	LAB(prefork)			\
	LAB(exec)			\
	LAB(crash)			\
	LAB(status)			\
	LAB(ipc)			\
	LAB(wordcount)			\
	LAB(timeline)			\
	LAB(iobound)			\
	LAB(iowrite)			\
	LAB(cpubound)			\
	LAB(dotproduct)			\
	LAB(cores)			\
	LAB(ctxsw)			\
	LAB(limits)			\
	LAB(kill)			\
	LAB(race)			\
	LAB(atomicity)			\
	LAB(ordering)			\
	LAB(deadlock)			\
	LAB(livelock)			\
	LAB(starvation)			\
	LAB(inversion)			\
	LAB(python_pools)		\
	LAB(python_lock)		\
	LAB(python_memory)

#define DECLARE(name)	extern const struct lab lab_##name;
LABS(DECLARE)

#define REFER(name)	&lab_##name,
const struct lab *const all_labs[] = { LABS(REFER) };
const size_t nr_all_labs = sizeof(all_labs) / sizeof(all_labs[0]);
