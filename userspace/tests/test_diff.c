// SPDX-License-Identifier: GPL-2.0-only
/* What a difference of two snapshots says of each task. */
#include <string.h>

#include "tap.h"

#define ROW(id, forks, execs, comm) FORKS_ROW(id, forks, execs, comm)

static struct pcstats_snapshot before, after;

static void start(struct pcstats_diff *diff, const char *old, const char *new,
		  const char *claim)
{
	takes(&before, old, claim);
	takes(&after, new, claim);
	is(pcstats_diff(diff, &before, &after), 0, "their difference");
}

static void stop(struct pcstats_diff *diff)
{
	pcstats_diff_free(diff);
	pcstats_free(&before);
	pcstats_free(&after);
}

static void forks(const struct pcstats_change *c, long long want, bool old,
		  bool new, const char *claim)
{
	ok(c && c->tally[PCSTATS_forks] == want && !!c->before == old &&
	   !!c->after == new, "%s", claim);
}

static void check_lives(void)
{
	struct pcstats_diff diff;

	start(&diff,
	      SHORT_TEXT(ROW("1 1 0 S 1", "10", "0", "kept")
		   ROW("2 2 1 S 2", "20", "0", "exits")
		   ROW("3 3 1 S 3", "30", "0", "vanishes")
		   ROW("4 4 1 S 4", "40", "0", "is reused")
		   ROW("5 5 1 S 5", "50", "1", "execs")
		   ROW("6 6 1 S 6", "60", "0", "exits, is reused"), ""),
	      SHORT_TEXT(ROW("1 1 0 S 1", "11", "0", "kept")
		   ROW("4 4 1 S 14", "4", "0", "another")
		   ROW("5 5 1 S 15", "55", "2", "execs")
		   ROW("6 6 1 S 16", "6", "0", "another")
		   ROW("7 7 1 S 17", "7", "0", "new")
		   ROW("2 2 1 X0 2", "22", "0", "exits")
		   ROW("6 6 1 X0 6", "63", "0", "exits")
		   ROW("8 8 1 X0 18", "8", "0", "came and went"), ""),
	      "tasks that come and go");
	is(diff.nr_tasks, 10, "eight rows and the two that are gone");
	forks(pcstats_diff_find(&diff, 1), 1, true, true, "a task that stays");
	forks(pcstats_diff_find(&diff, 2), 2, true, true, "one that exits");
	forks(pcstats_diff_find(&diff, 3), PCSTATS_DELTA_UNWATCHED, true, false,
	      "one that is gone without a row");
	forks(pcstats_diff_find(&diff, 4), 4, false, true,
	      "a reused pid starts at zero");
	forks(pcstats_diff_find(&diff, 5), 5, true, true,
	      "a new mm id after an exec is the same task");
	forks(pcstats_diff_find(&diff, 6), 6, false, true,
	      "a pid reused while the old row is kept: the live one");
	forks(&diff.tasks[6], 3, true, true, "and the exited one goes on");
	forks(pcstats_diff_find(&diff, 7), 7, false, true, "a new task");
	forks(pcstats_diff_find(&diff, 8), 8, false, true, "new and exited");
	ok(!pcstats_diff_find(&diff, 9), "nothing of a pid never seen");
	ok(diff.tasks[8].before == &before.tasks[2] &&
	   diff.tasks[9].before == &before.tasks[3], "the gone come last");
	stop(&diff);
}

static void check_history(void)
{
	struct pcstats_diff diff;

	start(&diff,
	      SHORT_TEXT(ROW("9 9 1 S 4", "4", "0", "a")
		   ROW("9 9 1 X0 1", "1", "0", "a")
		   ROW("9 9 1 X0 2", "2", "0", "a")
		   ROW("9 9 1 X0 3", "3", "0", "a"), ""),
	      SHORT_TEXT(ROW("9 9 1 S 6", "6", "0", "a")
		   ROW("9 9 1 X0 3", "3", "0", "a")
		   ROW("9 9 1 X0 4", "44", "0", "a")
		   ROW("9 9 1 X0 5", "5", "0", "a"), ""),
	      "one pid again and again, the oldest rows dropped");
	is(diff.nr_tasks, 4, "dropped rows are no change");
	forks(&diff.tasks[0], 6, false, true, "the live one is new");
	forks(&diff.tasks[1], 0, true, true, "what had exited did nothing more");
	forks(&diff.tasks[2], 40, true, true, "what was live has exited");
	forks(&diff.tasks[3], 5, false, true, "one came and went");
	stop(&diff);
}

/* The old leader leaves under its pid, the thread goes on under it. */
static void check_thread_exec(void)
{
	struct pcstats_diff diff;

	start(&diff,
	      SHORT_TEXT(ROW("5 5 1 S 5", "50", "1", "a")
			 ROW("6 5 1 S 5", "60", "0", "a"), ""),
	      SHORT_TEXT(ROW("5 5 1 S 7", "66", "2", "b")
			 ROW("5 5 1 X0 5", "53", "1", "a"), ""),
	      "a thread that calls execve");
	is(diff.nr_tasks, 3, "two rows, and the thread's old one");
	forks(&diff.tasks[0], 66, false, true, "the thread has a new row");
	forks(&diff.tasks[1], 3, true, true, "the leader has ended");
	forks(&diff.tasks[2], PCSTATS_DELTA_UNWATCHED, true, false,
	      "the thread's old row is gone");
	stop(&diff);
}

#define BORN(id, nr) "born " id " " nr " 0 - - - a\n"
#define BORN_TEXT(tasks, borns) \
	(VERSION FORKS_COLUMNS tasks MM_COLUMNS COPIED_COLUMNS \
	 "# born pid tgid state mm id creator call pages ns comm\n" borns)

/* What pid, tgid and mm cannot tell apart, or take for another. */
static void check_ids(void)
{
	struct pcstats_diff diff;

	start(&diff,
	      BORN_TEXT(ROW("5 5 1 S 5", "50", "1", "a")
			ROW("6 5 1 S 5", "60", "0", "a")
			ROW("7 5 1 S 5", "70", "0", "a")
			ROW("8 8 1 S -", "80", "0", "a")
			ROW("9 9 1 S 9", "90", "0", "a"),
			BORN("5 5 S 5", "105") BORN("6 5 S 5", "106")
			BORN("7 5 S 5", "107") BORN("9 9 S 9", "109")),
	      BORN_TEXT(ROW("5 5 1 S 7", "66", "1", "b")
			ROW("7 5 1 S 5", "77", "0", "a")
			ROW("8 8 1 S -", "88", "0", "a")
			ROW("5 5 1 X0 5", "53", "1", "a"),
			BORN("5 5 S 7", "106") BORN("7 5 S 5", "117")
			BORN("5 5 X0 5", "105")),
	      "tasks with ids");
	is(diff.nr_tasks, 6, "four rows and the two that are gone");
	forks(&diff.tasks[0], 6, true, true,
	      "a thread that execs goes on under its leader's pid");
	forks(&diff.tasks[1], 77, false, true,
	      "a thread id used again in the process is another thread");
	forks(&diff.tasks[2], 8, true, true, "without an id, by pid");
	forks(&diff.tasks[3], 3, true, true, "the former leader");
	forks(&diff.tasks[4], PCSTATS_DELTA_UNWATCHED, true, false,
	      "the first thread of that id is gone");
	ok(diff.tasks[5].before == &before.tasks[4] && !diff.tasks[5].after,
	   "and a process");
	stop(&diff);
	start(&diff, SHORT_TEXT(ROW("5 5 1 S 5", "50", "1", "a"), ""),
	      BORN_TEXT(ROW("5 5 1 S 5", "54", "1", "a"), BORN("5 5 S 5", "105")),
	      "ids in one text only");
	is(diff.nr_tasks, 1, "one task");
	forks(&diff.tasks[0], 4, true, true, "matched by pid");
	stop(&diff);
}

static void check_values(void)
{
	struct pcstats_diff diff;
	const struct pcstats_change *c;

	start(&diff,
	      VERSION "total forks 10\ntotal copied 5\ntotal file -\n"
	      FORKS_COLUMNS ROW("1 1 0 S 1", "9", "0", "a") MM_COLUMNS
	      COPIED_COLUMNS COPIED_ROW("1 1 S", "5", "7", "a"),
	      VERSION "total forks 4\ntotal copied 9\ntotal file 3\n"
	      FORKS_COLUMNS ROW("1 1 0 S 1", "2", "0", "a") MM_COLUMNS
	      COPIED_COLUMNS COPIED_ROW("1 1 S", "9", "-", "a"), "totals");
	is(diff.total[PCSTATS_copied], 4, "a total that grew");
	is(diff.total[PCSTATS_forks], (unsigned long long)-6,
	   "a total after a reset");
	is(diff.total[PCSTATS_file], PCSTATS_DELTA_UNWATCHED,
	   "a total that was unwatched");
	is(diff.total[PCSTATS_execs], PCSTATS_DELTA_UNWATCHED,
	   "a total that is not there");
	c = pcstats_diff_find(&diff, 1);
	is(c->tally[PCSTATS_forks], (unsigned long long)-7, "a row after a reset");
	is(c->tally[PCSTATS_copied], 4, "a tally of the cow table");
	is(c->tally[PCSTATS_file], PCSTATS_DELTA_UNWATCHED,
	   "a tally that has become unwatched");
	stop(&diff);
	is(pcstats_delta(0, LLONG_MAX), LLONG_MAX, "the largest difference");
	is(pcstats_delta(0, (1ULL << 63) + 5), PCSTATS_DELTA_UNWATCHED,
	   "more does not fit");
	is(pcstats_delta(LLONG_MAX, 0), -LLONG_MAX, "the smallest");
	is(pcstats_delta((1ULL << 63) + 5, 0), PCSTATS_DELTA_UNWATCHED,
	   "less does not fit");
}

static void check_empty(void)
{
	struct pcstats_diff diff;

	start(&diff, SHORT_TEXT("", ""), SHORT_TEXT("", ""), "nothing and nothing");
	is(diff.nr_tasks, 0, "no change");
	stop(&diff);
	start(&diff, SHORT_TEXT("", ""), SHORT_TEXT(ROW("1 1 0 S 1", "3", "0", "a"), ""),
	      "nothing and a task");
	forks(pcstats_diff_find(&diff, 1), 3, false, true, "it is new");
	stop(&diff);
}

int main(void)
{
	check_lives();
	check_history();
	check_thread_exec();
	check_ids();
	check_values();
	check_empty();
	return tap_end();
}
