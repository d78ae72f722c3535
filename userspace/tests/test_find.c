// SPDX-License-Identifier: GPL-2.0-only
/* A task's row is found by its pid, and its cow row is its own. */
#include "tap.h"

#define COPIED(id, n, comm)	COPIED_ROW(id, n, "0", comm)
#define ROW(id, comm)		FORKS_ROW(id, "0", "0", comm)

static unsigned long long copied(const struct pcstats_snapshot *snap, size_t i)
{
	const struct pcstats_cow *row = pcstats_find_cow(snap, PCSTATS_TABLE_cow,
							  &snap->tasks[i]);

	/* Both ways to it must agree. */
	if (row && row->tally[PCSTATS_copied] !=
	    snap->tasks[i].tally[PCSTATS_copied])
		return PCSTATS_UNWATCHED;
	return snap->tasks[i].tally[PCSTATS_copied];
}

static void check_preferences(void)
{
	struct pcstats_snapshot snap;

	takes(&snap, SHORT_TEXT(ROW("5 5 1 S 20", "live")
			  ROW("7 7 1 Z 21", "zombie")
			  ROW("5 5 1 X0 11", "first")
			  ROW("6 6 1 X0 12", "only")
			  ROW("5 5 1 X0 13", "second"), ""),
	      "a pid that was used three times");
	is_text(pcstats_find_task(&snap, 5)->comm, "live", "the live row is preferred");
	is_text(pcstats_find_live(&snap, 5)->comm, "live", "the live row");
	is_text(pcstats_find_exited(&snap, 5)->comm, "second",
		"the row that exited last");
	is_text(pcstats_find_task(&snap, 6)->comm, "only", "an exited row");
	ok(!pcstats_find_live(&snap, 6), "which is not live");
	ok(!pcstats_find_exited(&snap, 7), "a zombie has not exited");
	is(pcstats_find_live(&snap, 7)->state.letter, 'Z', "it is live, state Z");
	pcstats_free(&snap);
}

static void check_join(void)
{
	struct pcstats_snapshot snap;

	takes(&snap, SHORT_TEXT(ROW("5 5 1 S 20", "live")
			  ROW("6 5 1 S 20", "thread")
			  ROW("8 8 1 R 22", "old name")
			  ROW("5 5 1 X0 11", "a")
			  ROW("5 5 1 X1 12", "a")
			  ROW("5 5 1 X/1 13", "a")
			  ROW("5 5 1 X0 14", "b")
			  ROW("9 9 1 X0 15", "alone"),
			  COPIED("5 5 S", "1", "live")
			  COPIED("6 5 S", "2", "thread")
			  COPIED("8 8 Z", "8", "new name")
			  COPIED("5 5 X0", "3", "a")
			  COPIED("5 5 X1", "4", "a")
			  COPIED("5 5 X/1", "5", "a")
			  COPIED("5 5 X0", "6", "b")),
	      "cow rows of one pid");
	is(copied(&snap, 0), 1, "the live task's");
	is(copied(&snap, 1), 2, "the thread's");
	is(copied(&snap, 2), 8, "a live task may change state and comm between");
	is(copied(&snap, 3), 3, "exited rows by exit code");
	is(copied(&snap, 4), 4, "exit code 1 is not 0");
	is(copied(&snap, 5), 5, "signal 1 is not exit code 1");
	is(copied(&snap, 6), 6, "by comm");
	is(copied(&snap, 7), 0, "none: 0, as another row is watched");
	pcstats_free(&snap);
	takes(&snap, VERSION FORKS_COLUMNS
	      ROW("5 5 1 S 20", "a") ROW("5 5 1 X0 11", "a")
	      ROW("5 5 1 X0 12", "a") ROW("5 5 1 X0 13", "a")
	      ROW("6 6 1 R -", "lost")
	      MM_COLUMNS "# cow pid tgid state mm copied file comm\n"
	      "cow 5 5 S 21 9 0 a\ncow 5 5 X0 11 1 0 a\ncow 5 5 X0 13 3 0 a\n",
	      "exited rows that differ in the address space");
	is(copied(&snap, 0), 9, "a live task may exec between");
	is(copied(&snap, 1), 1, "the first address space's");
	is(copied(&snap, 2), 0, "the second's has no row");
	is(copied(&snap, 3), 3, "the third's");
	is(snap.tasks[4].mm, PCSTATS_UNWATCHED, "a task without a record");
	pcstats_free(&snap);
	takes(&snap, SHORT_TEXT(ROW("5 5 1 S 20", "a")
			  ROW("5 5 1 X0 11", "a")
			  ROW("5 5 1 X0 12", "a")
			  ROW("5 5 1 X0 13", "a"),
			  COPIED("5 5 X0", "1", "a") COPIED("5 5 X0", "2", "a")
			  COPIED("5 5 X0", "3", "a")),
	      "exited rows that differ in nothing");
	is(copied(&snap, 0), 0, "the live task has none of theirs");
	is(copied(&snap, 1), 1, "the first has the first");
	is(copied(&snap, 2), 2, "the second has the second");
	is(copied(&snap, 3), 3, "the last has the last");
	pcstats_free(&snap);
}

int main(void)
{
	check_preferences();
	check_join();
	return tap_end();
}
