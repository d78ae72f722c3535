/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which live tasks share what: address spaces as /proc/pcstats has them, the
 * rest by kcmp(2), which tells the order of what two tasks have in the kernel,
 * so that tasks can be sorted by it.
 */
#ifndef PCSTATS_SHARE_H
#define PCSTATS_SHARE_H

#include "../reader.h"
#include "table.h"

enum share_kind {
	SHARE_MM,
	SHARE_FILES,
	SHARE_FS,
	SHARE_SIGHAND,
	SHARE_IO,
	SHARE_SYSVSEM,
	NR_SHARE_KINDS
};

extern const char *const share_kind_names[NR_SHARE_KINDS];

/* Groups have numbers, in the order of their first members, from the last. */
enum {
	SHARE_UNKNOWN,	/* gone by now, or no permission to look */
	SHARE_NONE,	/* the task has nothing of that kind */
	SHARE_FIRST_GROUP
};

struct share_member {
	const struct pcstats_task *task;
	unsigned int group[NR_SHARE_KINDS];
};

struct sharing {
	struct share_member *members;	/* by process, its leader first */
	size_t nr_members;
	unsigned int end_group[NR_SHARE_KINDS];	/* the number after the last */
	/* Tasks of which only the address space is known. */
	size_t nr_forbidden, nr_gone;
	int error;			/* kcmp(2) is not there: why; or 0 */
};

/*
 * The tasks of @snap that live, and are no zombies: these share nothing.
 * @kernel: kernel threads too.  Without @live, since @snap is not of the system
 * as it is now, only address spaces are compared.
 */
void sharing_find(struct sharing *sharing, const struct pcstats_snapshot *snap,
		  bool kernel, bool live);
void sharing_free(struct sharing *sharing);

enum share_which {
	SHARE_SHARED,	/* by several processes, or by some threads of one */
	SHARE_THREADS,	/* also by all threads of one process */
	SHARE_ALL,	/* or by nobody */
};

/* The columns of the list of groups, and its rows. */
extern const struct column share_group_columns[];
extern const size_t nr_share_group_columns;
void share_groups(const struct sharing *sharing, enum share_which which,
		  struct table *table);

/*
 * The columns of the matrix of one process, and its rows: the process and who
 * shares anything with it, those that are alike as one, unless @threads.  False
 * if the task @pid is not among the members.
 */
extern const struct column share_matrix_columns[];
extern const size_t nr_share_matrix_columns;
bool share_matrix(const struct sharing *sharing, pid_t pid, bool threads,
		  struct table *table);

#endif /* PCSTATS_SHARE_H */
