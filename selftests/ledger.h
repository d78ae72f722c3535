/* SPDX-License-Identifier: GPL-2.0-only */
/* What has happened since boot or load, by the kernel's and the module's books. */
#ifndef PCSTATS_LEDGER_H
#define PCSTATS_LEDGER_H

#include "snapshot.h"

struct ledger {
	/* The kernel's. */
	unsigned long long births;	/* `processes` of /proc/stat */
	/* The module's: what was recorded, in rows (no row has left history) */
	unsigned long long whole;	/* born, with creator and fork row */
	unsigned long long live, exited;
	/* in totals, */
	unsigned long long creations, execs;
	unsigned long long writes;	/* of all copy-on-write tables */
	/* and what was missed. */
	unsigned long long missed_births, missed_exits, missed_execs;
	unsigned long long missed_writes;
	unsigned long long lost;
};

/* All of one moment, at which only the caller runs. */
struct ledger ledger_read(void);

/*
 * The first account that does not balance from @before to @after, in words, or
 * "".  Between them no task of which a fork row is to be found forks again or
 * execs.
 */
const char *ledger_wrong(const struct ledger *before,
			 const struct ledger *after);

#endif /* PCSTATS_LEDGER_H */
