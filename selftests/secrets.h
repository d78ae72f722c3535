/* SPDX-License-Identifier: GPL-2.0-only */
/* What is not for everybody, and what of it a reader sees. */
#ifndef PCSTATS_SECRETS_H
#define PCSTATS_SECRETS_H

#include <stdbool.h>
#include <sys/types.h>

#include "userspace/reader.h"

/*
 * Tasks that not everybody may see: root's; nobody's; nobody's but for the saved
 * uid; nobody's with root's capabilities; and those of the first two that have
 * exited.
 */
void secrets_start(void);
void secrets_end(void);

/* The second one's pid; and let it copy a page, for the table most of its job. */
pid_t nobodys_secret(void);
void nobody_copies(void);
long do_copy(long arg);

/* What of them, of the totals, and of the processes of a job is in a text. */
enum {
	SEES_ROOTS = 1, SEES_NOBODYS = 2, SEES_HALF = 4, SEES_ABLE = 8,
	SEES_ROOTS_EXITED = 16, SEES_NOBODYS_EXITED = 32,
	SEES_TOTALS = 64, SEES_MOST = 128,
	/* Who nothing is hidden from, and nobody under hidepid. */
	SEES_ALL = 127,
	SEES_OWN = SEES_NOBODYS | SEES_NOBODYS_EXITED | SEES_TOTALS,
};

/*
 * That, of the open file @fd; fails if it has a live task that the caller's own
 * /proc does not show, or, where it is to show @all, lacks one.
 */
long look_beside_proc(int fd, bool all);
long secrets_in(const struct pcstats_snapshot *snap);

#endif /* PCSTATS_SECRETS_H */
