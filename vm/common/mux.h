/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More sessions than the one that has the ports: the bytes of each session's own set of "ports",
 * which are sockets here, as messages on the one control port. Host and guest have one of these
 * each; what the bytes mean is known to those at the sockets' other ends only.
 *
 * Of each socket's bytes no more than MUX_WINDOW are under way: that much the other side keeps
 * until its socket takes them, so that nobody who does not read holds up the others.
 *
 * A number is free again when both sides have said MSG_CLOSE: what is under way in between is the
 * old session's.
 */
#ifndef PCSTATS_VM_MUX_H
#define PCSTATS_VM_MUX_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "control.h"

#define MUX_SESSIONS 32
#define MUX_WINDOW   65536
#define MUX_POLLS    (MUX_SESSIONS * (PORT_END - PORT_STDIN))

struct mux_session;

struct mux {
	struct control *control;
	struct mux_session *sessions[MUX_SESSIONS];
};

/* A number that is free, or -1. */
int mux_free_number(const struct mux *mux);

/*
 * Take over the non-blocking sockets fds[PORT_STDIN...] as session nr, which is free. False if there
 * is no memory; they are closed then.
 */
bool mux_add(struct mux *mux, int nr, const int fds[PORT_END]);

/* For a session that the other side has opened and that cannot be: as if it had ended at once. */
void mux_refuse(struct mux *mux, int nr);

/* How many are open. */
int mux_count(const struct mux *mux);

/* Fill in what to wait for, up to MUX_POLLS; returns how many. */
int mux_want(struct mux *mux, struct pollfd *p);

/* Do what *p, filled in by the last mux_want() and by poll(), says can be done. */
void mux_step(struct mux *mux, const struct pollfd *p);

/* Returns whether it was for us. */
bool mux_message(struct mux *mux, const struct message *m, const char *payload);

#endif
