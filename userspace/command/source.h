/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a subcommand's snapshot comes from: /proc/pcstats, or a saved copy. */
#ifndef PCSTATS_SOURCE_H
#define PCSTATS_SOURCE_H

#include <argp.h>

#include "../reader.h"

/* An argp child: -f, --file FILE into the const char * that is its input. */
extern const struct argp file_argp;

/*
 * Read @path into *@snap (overwritten; pcstats_free() it); NULL is
 * /proc/pcstats, "-" stdin.  If that fails says why, in the user's terms, and
 * returns the exit status; 0 if it is there.
 */
int read_snapshot(struct pcstats_snapshot *snap, const char *path);
/*
 * Why pcstats_read() of @path, NULL being /proc/pcstats, gave @error and @err,
 * in the user's terms.  malloc()ed.
 */
char *snapshot_error(const char *path, int error,
		     const struct pcstats_error *err);

/*
 * A comm or name as /proc/pcstats writes it: printable ASCII, everything else
 * escaped, so that it can neither break a line nor talk to a terminal.
 */
#define ESCAPED_SIZE	(4 * PCSTATS_COMM_SIZE)
const char *escape(const char *name, char to[ESCAPED_SIZE]);
/* The same of a text of any length.  malloc()ed. */
char *escape_long(const char *text);

/* The state column as /proc/pcstats writes it: S, X0, X/9. */
#define STATE_SIZE	8
const char *state_text(const struct pcstats_state *state, char to[STATE_SIZE]);

/* "fork", "vfork", ... as /proc/pcstats has it; NULL if it is not known. */
const char *call_text(enum pcstats_call call);

#endif /* PCSTATS_SOURCE_H */
