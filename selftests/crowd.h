/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that only live, tasks that only make others, tasks that only fault. */
#ifndef PCSTATS_CROWD_H
#define PCSTATS_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Fork @n children that do nothing until the caller ends; their pids.  They all
 * sleep when it returns.
 */
void crowd_idle(pid_t *pids, size_t n);

/* Kill and reap them. */
void crowd_end(const pid_t *pids, size_t n);

/* One child of each kind: fork, vfork, thread, CLONE_VM; all gone again. */
void crowd_create(void);
#define CROWD_CREATES 4

/* Fork, and have parent and child write what they share. */
void crowd_copy(void);

#endif /* PCSTATS_CROWD_H */
