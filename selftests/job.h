/* SPDX-License-Identifier: GPL-2.0-only */
/* The job of an open /proc/pcstats (module/ioctl.h). */
#ifndef PCSTATS_SELFTEST_JOB_H
#define PCSTATS_SELFTEST_JOB_H

#include <sys/types.h>

#include "userspace/reader.h"

/* A file that can have a job.  Puppets started later hold it, too. */
int job_open(void);

/* The two requests; 0 or a negative errno. */
int job_add(int fd, pid_t pid);
int job_wait(int fd);

/* Read through @fd; fails if it has no job.  To be freed by pcstats_free(). */
struct pcstats_snapshot job_snapshot(int fd);
struct pcstats_job job_read(int fd);

/* The tallies of a job as those of a task, for task_tallies() and the like. */
struct pcstats_task job_row(int fd);

/* The row of process @pid in the table `most`; all zero if there is none. */
struct pcstats_most job_most(int fd, pid_t pid);

#endif /* PCSTATS_SELFTEST_JOB_H */
