/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc itself says of a task, to hold /proc/pcstats against. */
#ifndef PCSTATS_PROCSTAT_H
#define PCSTATS_PROCSTAT_H

#include <stdbool.h>
#include <sys/types.h>

struct procstat {
	char state;
	pid_t ppid;
	bool kthread;
	unsigned long minflt;
};

/* /proc/PID/stat of a task (thread); false if there is none. */
bool procstat_try(pid_t tid, struct procstat *stat);

/* The same; fails if there is none. */
struct procstat procstat(pid_t tid);

/*
 * Return when the task is in @state.  For the few transitions that no
 * descriptor and no wait(2) tells of.
 */
void procstat_wait(pid_t tid, char state);

/* Return when there is no such task any more. */
void procstat_wait_gone(pid_t tid);

#endif /* PCSTATS_PROCSTAT_H */
