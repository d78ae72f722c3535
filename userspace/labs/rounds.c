// SPDX-License-Identifier: GPL-2.0-only
/* Times, and ratios of times, on machines where no time is worth anything alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sheet.h"

double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

void add_round(struct rounds *rounds, double ns)
{
	errno = 0;
	if (rounds->nr == MAX_ROUNDS)
		die("more than %d rounds", MAX_ROUNDS);
	rounds->ns[rounds->nr++] = ns;
}

int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* @sorted at @share of its length, between two values in proportion. */
static double quantile(const struct rounds *sorted, double share)
{
	double at = share * (sorted->nr - 1);
	int below = at;

	if (below == sorted->nr - 1)
		return sorted->ns[below];
	return sorted->ns[below] +
	       (at - below) * (sorted->ns[below + 1] - sorted->ns[below]);
}

static struct rounds sort(const struct rounds *rounds)
{
	struct rounds sorted = *rounds;

	errno = 0;
	if (!sorted.nr)
		die("nothing was timed");
	qsort(sorted.ns, sorted.nr, sizeof(sorted.ns[0]), compare_doubles);
	return sorted;
}

double median(const struct rounds *rounds)
{
	struct rounds sorted = sort(rounds);

	return quantile(&sorted, 0.5);
}

void measured_ratio(int row, const struct rounds *over,
		    const struct rounds *under)
{
	struct rounds ratios = { .nr = over->nr };
	int i;

	errno = 0;
	if (over->nr != under->nr)
		die("%d rounds against %d", over->nr, under->nr);
	for (i = 0; i < ratios.nr; i++)
		ratios.ns[i] = over->ns[i] / under->ns[i];
	ratios = sort(&ratios);
	measured_range(row, quantile(&ratios, 0.5), quantile(&ratios, 0.25),
		       quantile(&ratios, 0.75));
}
