/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reader and subject share: a mapping in which the subject writes its
 * predictions before it opens the window, and two pipes for the handshakes.
 */
#ifndef PCSTATS_PLAN_H
#define PCSTATS_PLAN_H

#include "workload.h"

#define MAX_ROLES	4
#define MAX_TASKS	4096

struct prediction {
	bool made;
	bool rest;		/* of predict_rest_zero() */
	bool time;		/* of predict_fork_ns(): n does not matter */
	unsigned long long n;
};

struct role {
	char name[16];
	enum role_flags flags;
	unsigned int nr_tasks;
	pid_t tasks[MAX_TASKS];
	struct prediction predictions[NR_PREDICTABLE];
};

struct plan {
	int nr_roles;
	struct role roles[MAX_ROLES];
	pid_t anon_pid;				/* REQUEST_ANON */
	unsigned long long anon_pages;		/* its answer */
};

enum request {
	REQUEST_ANON = 'a',
	REQUEST_OPEN = 'o',
	REQUEST_CLOSE = 'c',
};

/* What the reader has when the window is closed. */
struct window {
	struct pcstats_snapshot before, after;
	unsigned long long ns;		/* that it was open */
};

/* subject.c: the subject's side; @to and @from are its ends of the pipes. */
void subject_init(const struct workload *w, struct plan *plan, int from, int to);
/* report.c: print each prediction beside its count; an exit status. */
int report(const struct workload *w, const struct plan *plan,
	   const struct window *window);

#endif /* PCSTATS_PLAN_H */
