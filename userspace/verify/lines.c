// SPDX-License-Identifier: GPL-2.0-only
/* The lines of the table, which add up what is compared more than once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

#define MAX_LINES 48

/* In the order in which they came first. */
static struct line {
	const char *what;
	bool rule;		/* of the comparison above it */
	long long kernel, ours, unexplained;
} lines[MAX_LINES];
static int nr_lines;

static struct line *line_of(const char *what)
{
	int i;

	for (i = 0; i < nr_lines; i++)
		if (!strcmp(lines[i].what, what))
			return &lines[i];
	if (nr_lines == MAX_LINES)
		die("too many lines");
	lines[nr_lines].what = what;
	return &lines[nr_lines++];
}

void compare_rule(const char *what, long long count)
{
	struct line *line = line_of(what);

	line->rule = true;
	line->kernel += count;
}

void compare(const char *what, long long kernel, long long ours,
	     long long unexplained)
{
	struct line *line = line_of(what);

	line->kernel += kernel;
	line->ours += ours;
	line->unexplained += llabs(unexplained);
	if (unexplained)
		printf("# %s: %lld, pcstats %lld, unexplained %lld\n", what,
		       kernel, ours, unexplained);
}

void compare_equal(const char *what, long long kernel, long long ours)
{
	compare(what, kernel, ours, kernel - ours);
}

bool compare_end(void)
{
	int passed = 0, failed = 0;
	const struct line *line;

	printf("%-40s %12s %12s %12s\n", "", "kernel", "pcstats", "unexplained");
	for (line = lines; line < lines + nr_lines; line++) {
		if (line->rule) {
			printf("  %-50s %+12lld\n", line->what, line->kernel);
			continue;
		}
		printf("%-40s %12lld %12lld %12lld%s\n", line->what, line->kernel,
		       line->ours, line->unexplained,
		       line->unexplained ? "  <--" : "");
		passed += !line->unexplained;
		failed += !!line->unexplained;
	}
	printf("\n%d passed, %d failed, 0 skipped\n", passed, failed);
	return !failed;
}
