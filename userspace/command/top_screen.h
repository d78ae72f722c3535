/* SPDX-License-Identifier: GPL-2.0-only */
/* pcstats top on a terminal. */
#ifndef PCSTATS_TOP_SCREEN_H
#define PCSTATS_TOP_SCREEN_H

#include <curses.h>

#include "interval.h"
#include "top.h"

struct screen {
	struct top *top;
	struct interval interval;	/* for its set of signals */
	int signals;			/* signalfd of these */
	int signal;			/* the one that has come, or 0 */
	bool done, read_now;
	bool highlight, colour;
	size_t first_row, skip;		/* scrolled by so many rows, columns */
	size_t room;			/* rows that fit */
	int message_y;			/* the line for prompts; -1: none */
	char message[128];		/* gone with the next key */
	char search[64];
};

#define SCREEN_FOREVER	(~0ULL)

/* ---- top_screen.c ---- */

void screen_draw(struct screen *screen);
/*
 * The next key; ERR at @until (monotonic, in ns), or with screen->done set if
 * there will be none.
 */
int screen_key(struct screen *screen, unsigned long long until);

/* ---- top_keys.c ---- */

struct screen_key {
	int key, other;		/* the same by another name; 0: none */
	const char *name, *help;
	void (*act)(struct screen *screen);
};

/* The list ends with one that has no name. */
extern const struct screen_key screen_keys[];
void screen_act(struct screen *screen, int key);

/* ---- top_ask.c ---- */

void screen_tell(struct screen *screen, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void screen_set_delay(struct screen *screen);
void screen_set_max_rows(struct screen *screen);
void screen_filter_user(struct screen *screen);
void screen_filter_comm(struct screen *screen);
void screen_filter_none(struct screen *screen);
void screen_find(struct screen *screen);
void screen_find_next(struct screen *screen);

/* ---- top_dialog.c ---- */

void screen_help(struct screen *screen);
void screen_columns(struct screen *screen);

#endif /* PCSTATS_TOP_SCREEN_H */
