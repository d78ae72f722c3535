// SPDX-License-Identifier: GPL-2.0-only
/* Signals are waited for, not handled: none can come at a bad moment. */
#include <stddef.h>
#include <time.h>

#include "interval.h"

#define NS_PER_S	1000000000ULL

unsigned long long clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool ignored(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) &&
	       action.sa_handler == SIG_IGN;
}

void interval_begin(struct interval *interval, double seconds, bool child)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	size_t i;

	sigemptyset(&interval->awaited);
	/* As nohup and a shell's & have it. */
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!ignored(ends[i]))
			sigaddset(&interval->awaited, ends[i]);
	if (child) {
		signal(SIGCHLD, SIG_DFL);
		sigaddset(&interval->awaited, SIGCHLD);
	}
	sigprocmask(SIG_BLOCK, &interval->awaited, &interval->before);
	interval_set(interval, seconds);
}

void interval_set(struct interval *interval, double seconds)
{
	interval->ns = seconds * NS_PER_S;
	interval->next_ns = clock_ns(CLOCK_MONOTONIC) + interval->ns;
}

int interval_wait(struct interval *interval)
{
	for (;;) {
		unsigned long long now = clock_ns(CLOCK_MONOTONIC);
		unsigned long long left = interval->next_ns > now ?
					  interval->next_ns - now : 0;
		struct timespec timeout = { left / NS_PER_S, left % NS_PER_S };
		int signal = sigtimedwait(&interval->awaited, NULL, &timeout);

		if (signal > 0)
			return signal;
		if (left)
			continue;
		/* What has been missed is not made up for. */
		interval->next_ns += interval->ns;
		if (interval->next_ns < now)
			interval->next_ns = now + interval->ns;
		return 0;
	}
}

int interval_wait_signal(const struct interval *interval)
{
	int signal;

	do {
		signal = sigwaitinfo(&interval->awaited, NULL);
	} while (signal < 0);
	return signal;
}
