/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tasks a subcommand is about: the options, and the decision. */
#ifndef PCSTATS_FILTER_H
#define PCSTATS_FILTER_H

#include <argp.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../reader.h"

struct filter {
	pid_t *pids;
	size_t nr_pids;
	char **comms;		/* patterns of fnmatch(3) */
	size_t nr_comms;
	bool by_user;
	uid_t user;
	const char *cgroup;
	bool kernel;		/* kernel threads, too */
	bool live, exited;	/* only these */
};

/*
 * argp children whose input is a struct filter, all zero: -p, -c, -a, --live and
 * --exited; and -u and --cgroup, for which the tasks must live here and now.
 */
extern const struct argp filter_argp;
extern const struct argp filter_live_argp;

/* Whether anything is asked for: if so, finding nothing is STATUS_NONE. */
bool filter_is_set(const struct filter *filter);
/* Whether an option of filter_live_argp is given. */
bool filter_needs_live(const struct filter *filter);

bool filter_accepts(const struct filter *filter,
		    const struct pcstats_task *task);
bool filter_accepts_row(const struct filter *filter,
			const struct pcstats_identity *task);

void filter_free(struct filter *filter);

#endif /* PCSTATS_FILTER_H */
