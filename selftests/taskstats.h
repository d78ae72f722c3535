/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own statistics of a task, from its netlink interface. */
#ifndef PCSTATS_TASKSTATS_H
#define PCSTATS_TASKSTATS_H

#include <linux/taskstats.h>
#include <sys/types.h>

/*
 * Have delays accounted, and counted, for the tasks that are made from now on:
 * NULL, or why that cannot be.  A delay of no nanoseconds is not counted, so it
 * cannot be exact where the kernel's clock may stand still.
 */
const char *taskstats_begin(void);
void taskstats_end(void);

/* Of the task (thread) @pid until now. */
struct taskstats taskstats(pid_t pid);

#endif /* PCSTATS_TASKSTATS_H */
