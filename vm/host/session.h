/* SPDX-License-Identifier: GPL-2.0-only */
/* One command in the guest, seen from here, for a loop around poll(). */
#ifndef PCSTATS_VM_SESSION_H
#define PCSTATS_VM_SESSION_H

#include <poll.h>
#include <stdbool.h>

#include "../common/control.h"
#include "../common/stream.h"

enum { IN, OUT, ERR, STREAMS };	/* which are the descriptors 0, 1 and 2 */

#define SESSION_POLLS (STREAMS + 2)

struct session {
	const int *fds;		/* non-blocking, by enum port */
	struct stream streams[STREAMS];
	struct control control;
	int signals;
	double deadline;	/* to end when told to; 0: none */
	bool greeted[PORT_END];	/* the guest has opened the port */
	bool started;		/* the command, and this is when: */
	struct start_times times;
	bool ended;		/* the command, and this is how: */
	int wait_status;
	struct exit_counts counts;
	bool dead;		/* the guest */
	int told_to_end;	/* by this signal */
	int verdict;		/* exit status, if certain before the command has ended; or -1 */
	/* Takes the messages that are not about the command; false: unknown. */
	bool (*other)(struct session *s, const struct message *m, char *payload);
};

void session_init(struct session *s, const int *fds);

/* Have the command run, in our directory and environment and on our terminal. */
void session_run(struct session *s, char *const argv[]);

void session_want(const struct session *s, struct pollfd *p);
void session_step(struct session *s, const struct pollfd *p);

/* All is over and all that the command wrote is where it belongs; or the guest has gone. */
bool session_ended(const struct session *s);
bool session_lost(const struct session *s);

/* For our own exit. */
int session_status(const struct session *s);

/* Seconds, as all times here. */
double now(void);

#endif
