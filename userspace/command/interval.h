/* SPDX-License-Identifier: GPL-2.0-only */
/* Doing something every so often until a signal ends it. */
#ifndef PCSTATS_INTERVAL_H
#define PCSTATS_INTERVAL_H

#include <signal.h>
#include <stdbool.h>
#include <time.h>

struct interval {
	unsigned long long next_ns;	/* CLOCK_MONOTONIC */
	unsigned long long ns;
	sigset_t awaited;	/* blocked meanwhile */
	sigset_t before;	/* the mask of before, for children */
};

unsigned long long clock_ns(clockid_t clock);

/*
 * From now on SIGINT, SIGTERM and SIGHUP, unless ignored, do nothing but end
 * interval_wait(); with @child SIGCHLD, too.
 */
void interval_begin(struct interval *interval, double seconds, bool child);
/* The next end is @seconds from now, and so on. */
void interval_set(struct interval *interval, double seconds);
/* Wait for its end, or a signal: the number of it, or 0. */
int interval_wait(struct interval *interval);
/* Wait for a signal alone. */
int interval_wait_signal(const struct interval *interval);

#endif /* PCSTATS_INTERVAL_H */
