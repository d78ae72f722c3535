// SPDX-License-Identifier: GPL-2.0-only
/* The tables, and whether limits are kept. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

/* Tools with the same tallies must add to a fault what pcstats does so many times. */
#define TIMES	10

static FILE *csv;

static unsigned long mean(size_t event, size_t state)
{
	unsigned long sum = 0;

	for (int i = 0; i < ROUNDS; i++)
		sum += rows[event].least[state][i];
	return (sum + ROUNDS / 2) / ROUNDS;
}

static long added(size_t event, size_t state)
{
	return mean(event, state) - mean(event, BARE);
}

static double percent(size_t event, size_t state)
{
	return added(event, state) * 100. / mean(event, BARE);
}

/* Between the rounds of one state, in percent: how far the numbers repeat. */
static double spread(size_t event, size_t state)
{
	const unsigned long *of_rounds = rows[event].least[state];
	unsigned long low = of_rounds[0], high = of_rounds[0];

	for (int i = 1; i < ROUNDS; i++) {
		low = of_rounds[i] < low ? of_rounds[i] : low;
		high = of_rounds[i] > high ? of_rounds[i] : high;
	}
	return (high - low) * 100. / low;
}

/* Whether @state has something to do with the event, or nobody has. */
static bool concerned(size_t event, size_t state)
{
	return state < FIRST_TOOL || !events[event].kind ||
	       states[state].kinds & 1U << events[event].kind;
}

/* How many times pcstats' overhead; 0 where that is none. */
static double ratio(size_t event, size_t state)
{
	long ours = added(event, PCSTATS);

	return ours > 0 ? (double)added(event, state) / ours : 0;
}

/* What is wrong with the row, or "". */
static const char *verdict(size_t event, size_t state)
{
	double limit = events[event].limit;

	if (*rows[event].refused[state])
		return "refused";
	if (!rows[event].least[state][0])
		return "";
	if (spread(event, state) >= NOISE || spread(event, BARE) >= NOISE)
		return "noisy";
	if (state == PCSTATS && limit)
		return percent(event, state) > limit ? "BROKEN" : "kept";
	if (state >= FIRST_TOOL && states[state].tells == TALLIES && limit &&
	    events[event].kind == WP)
		return ratio(event, state) < TIMES ? "BROKEN" : "kept";
	return "";
}

static bool bad(size_t event, size_t state)
{
	const char *is = verdict(event, state);

	if (!strcmp(is, "noisy"))
		return state == PCSTATS && events[event].limit;
	return !strcmp(is, "refused") || !strcmp(is, "BROKEN");
}

static void print_ours(const char *kernel, size_t event)
{
	double limit = events[event].limit;
	const char *is = verdict(event, PCSTATS);

	printf("%-6s %-22s ", kernel, events[event].name);
	for (size_t state = PCSTATS; state <= JOB; state++) {
		if (*rows[event].refused[state]) {
			printf("refused: %s\n", rows[event].refused[state]);
			return;
		}
	}
	printf("%8lu %8lu %+7ld %+7.2f%% %6.2f%% %+7ld ", mean(event, BARE),
	       mean(event, PCSTATS), added(event, PCSTATS), percent(event, PCSTATS),
	       spread(event, PCSTATS), added(event, JOB));
	if (limit)
		printf("%5.1f%%  %s\n", limit, is);
	else
		printf("%6s  %s\n", "-", is);
}

static void print_tool(size_t event, size_t state)
{
	const char *noisy = strcmp(verdict(event, state), "noisy") ? "" : "~";
	double times = ratio(event, state);
	char text[32];

	if (*rows[event].refused[state])
		snprintf(text, sizeof(text), "refused");
	else if (!concerned(event, state))
		snprintf(text, sizeof(text), "-");
	else if (times >= 0.5)
		snprintf(text, sizeof(text), "%+.1f%% %.*fx%s", percent(event, state), times < 10,
			 times, noisy);
	else
		snprintf(text, sizeof(text), "%+.1f%%%s", percent(event, state), noisy);
	printf(" %14s", text);
}

static void print_tools(const char *kernel)
{
	printf("\n%-6s %-22s %9s", "kernel", "event", "pcstats");
	for (size_t state = FIRST_TOOL; state < nr_states; state++)
		if (rows[0].least[state][0])
			printf(" %14s", states[state].name);
	putchar('\n');
	for (size_t event = 0; event < nr_events; event++) {
		printf("%-6s %-22s %+8.2f%%", kernel, events[event].name, percent(event, PCSTATS));
		for (size_t state = FIRST_TOOL; state < nr_states; state++)
			if (rows[0].least[state][0])
				print_tool(event, state);
		putchar('\n');
	}
}

static void print_bad(size_t event, size_t state)
{
	const char *why = rows[event].refused[state];

	if (!*why && state >= FIRST_TOOL)
		why = "pcstats is to add less by more";
	printf("%s: %s, %s%s%s\n", verdict(event, state), events[event].name, states[state].name,
	       *why ? ": " : "", why);
}

static void print_csv(const char *kernel, size_t event, size_t state)
{
	static const char *const tells[] = { "tallies", "events", "sums", "delays" };

	if (!rows[event].least[state][0] || !concerned(event, state))
		return;
	fprintf(csv, "%s,%s,%s,%s,%lu,%ld,%.3f,%.3f,%.2f,%s\n", kernel,
		events[event].name, states[state].name,
		state < FIRST_TOOL ? "" : tells[states[state].tells], mean(event, state),
		added(event, state), percent(event, state), spread(event, state),
		ratio(event, state), verdict(event, state));
}

/* What the numbers are of. */
static void print_head(void)
{
	char line[256], model[128] = "?";
	FILE *file = fopen("/proc/cpuinfo", "re");
	struct utsname name;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "model name : %127[^\n]", model) == 1)
			break;
	if (file)
		fclose(file);
	uname(&name);
	fprintf(csv, "# %s; %s\n", name.release, model);
	fputs("# kernel,event,state,tells,instructions,added,percent,spread,times,verdict\n", csv);
}

bool print_tables(const char *kernel, const char *path)
{
	bool good = true;

	csv = fopen(path, "we");
	if (!csv)
		die("%s", path);
	print_head();
	printf("%-6s %-22s %8s %8s %7s %8s %7s %7s %6s\n", "kernel", "event", "bare", "pcstats",
	       "added", "percent", "spread", "in job", "limit");
	for (size_t event = 0; event < nr_events; event++)
		print_ours(kernel, event);
	print_tools(kernel);
	for (size_t event = 0; event < nr_events; event++) {
		for (size_t state = BARE; state < nr_states; state++) {
			print_csv(kernel, event, state);
			if (bad(event, state)) {
				print_bad(event, state);
				good = false;
			}
		}
	}
	if (fclose(csv))
		die("%s", path);
	return good;
}
