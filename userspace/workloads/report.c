// SPDX-License-Identifier: GPL-2.0-only
/* Predictions beside counts. */
#include <stdio.h>

#include "plan.h"

static const char *name_of(int what)
{
	switch (what) {
	case MM_TASKS:
		return "mm tasks";
	case MM_PROCS:
		return "mm procs";
	default:
		return pcstats_tally_names[what];
	}
}

/* What one task of @role has of @what; false: there is no such row. */
static bool count(const struct window *window, const struct role *role,
		  pid_t pid, int what, unsigned long long *n)
{
	const struct pcstats_task *before, *after;
	const struct pcstats_mm *mm;

	after = role->flags & ROLE_EXITED ?
		pcstats_find_exited(&window->after, pid) :
		pcstats_find_live(&window->after, pid);
	if (!after)
		return false;
	if (what >= PCSTATS_NR_TALLIES) {
		mm = pcstats_find_mm(&window->after, after->mm);
		if (!mm)
			return false;
		*n = what == MM_TASKS ? mm->tasks : mm->procs;
		return true;
	}
	*n = after->tally[what];
	if (role->flags || *n == PCSTATS_UNWATCHED)
		return true;
	before = pcstats_find_live(&window->before, pid);
	if (!before)
		return false;
	/* Below what it was: wrong, and shown as what it is. */
	*n -= before->tally[what];
	return true;
}

static bool agrees(const struct prediction *p, const struct window *window,
		   unsigned long long n)
{
	return p->time ? n > 0 && n < window->ns : n == p->n;
}

/* Of a comparison. */
enum outcome { AGREES, DIFFERS, NO_ROW, UNWATCHED, NR_OUTCOMES };

static int compare(const struct window *window, const struct role *role,
		   pid_t pid, int what, unsigned long long *n)
{
	if (!count(window, role, pid, what, n))
		return NO_ROW;
	if (*n == PCSTATS_UNWATCHED)
		return UNWATCHED;
	return agrees(&role->predictions[what], window, *n) ? AGREES : DIFFERS;
}

static void print_line(const char *role, const char *name,
		       const struct prediction *p, int outcome,
		       unsigned long long n)
{
	static const char *const verdicts[NR_OUTCOMES] = {
		"ok", "DIFFERS", "DIFFERS", "not watched",
	};
	char predicted[24], counted[24];

	snprintf(predicted, sizeof(predicted), p->time ? "> 0" : "%llu", p->n);
	switch (outcome) {
	case NO_ROW:
		snprintf(counted, sizeof(counted), "no row");
		break;
	case UNWATCHED:
		snprintf(counted, sizeof(counted), "-");
		break;
	default:
		snprintf(counted, sizeof(counted), "%llu", n);
	}
	printf("  %-12s %-14s %12s %12s  %s\n", role, name, predicted, counted,
	       verdicts[outcome]);
}

/* That each task of @role has a row; says so if one has none. */
static bool has_rows(const struct role *role, const struct window *window)
{
	unsigned long long n;
	unsigned int i, rows = 0;

	for (i = 0; i < role->nr_tasks; i++)
		rows += count(window, role, role->tasks[i], 0, &n);
	if (rows && rows == role->nr_tasks)
		return true;
	printf("  %-12s %-14s %12u %12u  DIFFERS\n", role->name, "rows",
	       role->nr_tasks, rows);
	return false;
}

/* The first task of @role that is not as predicted decides. */
static int judge(const struct role *role, int what,
		 const struct window *window)
{
	const struct prediction *p = &role->predictions[what];
	int worst = NO_ROW;
	unsigned long long n = 0;
	unsigned int i;

	for (i = 0; i < role->nr_tasks; i++) {
		worst = compare(window, role, role->tasks[i], what, &n);
		if (worst != AGREES)
			break;
	}
	if (!p->rest || worst != AGREES)
		print_line(role->name, name_of(what), p, worst, n);
	return worst;
}

static void report_role(const struct role *role, const struct window *window,
			unsigned int outcomes[NR_OUTCOMES])
{
	const struct prediction *p = role->predictions;
	unsigned int rest = 0, rest_agreed = 0;
	int result, what;

	if (!has_rows(role, window)) {
		outcomes[NO_ROW]++;
		return;
	}
	for (what = 0; what < NR_PREDICTABLE; what++) {
		if (!p[what].made)
			continue;
		result = judge(role, what, window);
		outcomes[result]++;
		rest += p[what].rest;
		rest_agreed += p[what].rest && result == AGREES;
	}
	if (rest_agreed)
		print_line(role->name, rest_agreed == rest ? "all others" :
			   "the others", &(struct prediction){ .n = 0 }, AGREES,
			   0);
}

int report(const struct workload *w, const struct plan *plan,
	   const struct window *window)
{
	unsigned int outcomes[NR_OUTCOMES] = { 0 };
	int i;

	printf("%s: %s\n  %-12s %-14s %12s %12s\n", w->name, w->about, "task",
	       "tally", "predicted", "counted");
	for (i = 0; i < plan->nr_roles; i++)
		report_role(&plan->roles[i], window, outcomes);
	if (fflush(stdout)) {
		perror(w->name);
		return EXIT_BROKEN;
	}
	if (outcomes[DIFFERS] || outcomes[NO_ROW])
		return EXIT_DIFFERED;
	if (outcomes[UNWATCHED]) {
		fprintf(stderr, "%s: SKIP: %u of the predicted tallies are not watched\n",
			w->name, outcomes[UNWATCHED]);
		return EXIT_SKIPPED;
	}
	return outcomes[AGREES] ? EXIT_AGREED : EXIT_BROKEN;
}
