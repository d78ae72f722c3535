/* SPDX-License-Identifier: GPL-2.0-only */
/* The events whose cost is measured: each brought about N times in a row. */
#ifndef PCSTATS_BENCH_EVENTS_H
#define PCSTATS_BENCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

struct event {
	const char *name;
	unsigned long n;	/* times that act() makes it happen */
	void (*prepare)(void);
	void (*act)(void);	/* what is measured */
	void (*finish)(void);	/* may be NULL */
	/*
	 * Tallies of the cow tables that grow by n (bytes: by n pages); all others stay,
	 * unless the event is one of many (fork).
	 */
	const char *tallies[4];
	bool others;
	double limit;		/* percent that pcstats may add; 0: none was set */
};

extern const struct event events[];
extern const size_t nr_events;

/* Make the memory that the events are about. */
void events_init(void);

/* One line on stderr, errno's text after it if it is set, and exit status 2. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* PCSTATS_BENCH_EVENTS_H */
