/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc says of a live task and /proc/pcstats does not.  It is looked up
 * later than the snapshot was read: a task that has ended by then has none, and
 * if its pid was used again in between, it is the other task's.
 */
#ifndef PCSTATS_PROCESS_H
#define PCSTATS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* The effective uid, as ps -u has it; false if it is not to be had. */
bool process_uid(pid_t pid, uid_t *uid);
/* Path of its cgroup (version 2), malloc()ed; NULL if it is not to be had. */
char *process_cgroup(pid_t pid);
/* The name of @uid, or its number; malloc()ed. */
char *user_name(uid_t uid);

#endif /* PCSTATS_PROCESS_H */
