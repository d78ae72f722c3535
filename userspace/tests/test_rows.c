// SPDX-License-Identifier: GPL-2.0-only
/* Rows of the map and fork tables are read as what they say. */
#include <errno.h>
#include <stdio.h>

#include "tap.h"

#define TASKS								\
	"pcstats 1\n"							\
	FORKS_COLUMNS FORKS_ROW("5 5 1 S 3", "0", "0", "a")		\
	FORKS_ROW("6 5 1 S 3", "0", "0", "a b")				\
	FORKS_ROW("7 7 5 R 4", "0", "0", "c")				\
	FORKS_ROW("8 8 5 X/9 2", "0", "0", "d")				\
	MM_COLUMNS COPIED_COLUMNS

static void map_is(const struct pcstats_map *map, unsigned long long copies,
		   const char *name)
{
	if (ok(map && map->copies == copies, "%llu copies", copies))
		is_text(map->name, name, "their mapping's name");
}

static void check_maps(void)
{
	static const char text[] = TASKS
		"# map pid tgid state mm copies name comm\n"
		"map 5 5 S 3 7 libc.so.6 a\n"
		"map 5 5 S 3 - [anon:\\040heap] a\n"
		"map 6 5 S 3 2 libc.so.6 a b\n"
		"map 5 5 S 3 9 x\\n\\\\y\\303\\244 a\n"
		"map 8 8 X/9 2 18446744073709551614 123456789012345678901234567 d\n";
	const struct pcstats_task *task;
	const struct pcstats_map *map;
	struct pcstats_snapshot snap;

	takes(&snap, text, "named mappings");
	task = snap.tasks;
	is(snap.nr_maps, 5, "all of them");
	map = pcstats_next_map(&snap, &task[0], NULL);
	map_is(map, 7, "libc.so.6");
	map = pcstats_next_map(&snap, &task[0], map);
	map_is(map, PCSTATS_UNWATCHED, "[anon: heap]");
	map = pcstats_next_map(&snap, &task[0], map);
	map_is(map, 9, "x\n\\y\303\244");
	ok(!pcstats_next_map(&snap, &task[0], map), "no more of the first task");
	map = pcstats_next_map(&snap, &task[1], NULL);
	map_is(map, 2, "libc.so.6");
	is(map->task.pid, 6, "pid");
	is(map->task.tgid, 5, "tgid");
	is(map->task.mm, 3, "mm");
	is(map->task.state.letter, 'S', "state");
	is_text(map->task.comm, "a b", "comm");
	ok(!pcstats_next_map(&snap, &task[1], map), "no more of its thread");
	ok(!pcstats_next_map(&snap, &task[2], NULL), "none of another process");
	map = pcstats_next_map(&snap, &task[3], NULL);
	map_is(map, 18446744073709551614ULL, "123456789012345678901234567");
	ok(!pcstats_next_map(&snap, &task[3], map), "no more at the end");
	pcstats_free(&snap);
}

static void check_forks(void)
{
	static const char text[] = TASKS
		"# fork pid tgid state mm side other shared copied other_copied later comm\n"
		"fork 5 5 S 3 parent 4 100 20 30 - a\n"
		"fork 7 7 S 14 child 3 100 30 20 1 c\n"
		"fork 8 8 X/9 2 child 3 70 - - x d\n";
	const struct pcstats_fork *fork;
	const struct pcstats_task *task;
	struct pcstats_snapshot snap;

	takes(&snap, text, "forks");
	task = snap.tasks;
	is(snap.nr_forks, 3, "all of them");
	fork = pcstats_find_fork(&snap, &task[0]);
	if (ok(fork && !fork->child, "the parent's side")) {
		is(fork->other, 4, "other");
		is(fork->shared, 100, "shared");
		is(fork->copied, 20, "copied");
		is(fork->other_copied, 30, "other_copied");
		is_text(fork->task.comm, "a", "comm behind a later column");
	}
	ok(!pcstats_find_fork(&snap, &task[1]), "its thread has no row");
	fork = pcstats_find_fork(&snap, &task[2]);
	if (ok(fork && fork->child, "the child's side")) {
		is(fork->other, 3, "other");
		is(fork->copied, 30, "copied");
		is(fork->other_copied, 20, "other_copied");
		is(fork->task.mm, 14, "mm, another one since the task table");
	}
	fork = pcstats_find_fork(&snap, &task[3]);
	if (ok(fork && fork->child, "a child that has exited")) {
		is(fork->task.state.signal, 9, "state");
		is(fork->shared, 70, "shared beside \"-\"");
		is(fork->copied, PCSTATS_UNWATCHED, "copied \"-\"");
		is(fork->other_copied, PCSTATS_UNWATCHED, "other_copied \"-\"");
	}
	pcstats_free(&snap);
}

#define MAP_COLUMNS	"# map pid tgid state mm copies name comm\n"
#define FORK_COLUMNS	"# fork pid tgid state mm side other shared copied other_copied comm\n"
#define FORK(values)	FORK_COLUMNS "fork 5 5 S 3 " values " a\n"
#define DIGITS		"12345678901234567890123456789012"

static void check_wrong(void)
{
	static const char *const texts[][2] = {
		{ "# map pid tgid state mm copies name\n", "no comm (map)" },
		{ "# map pid tgid state mm copies comm\n", "no name" },
		{ "# map pid tgid state copies name comm\n", "no mm (map)" },
		{ "# map pid tgid state mm name new name comm\n", "name twice" },
		{ "# rare pid tgid state ksm new ksm comm\n", "ksm twice" },
		{ "# rare pid tgid mm ksm comm\n", "no state (rare)" },
		{ "# fork pid tgid state mm other other_copied comm\n", "no side" },
		{ "# fork pid tgid state mm side other_copied comm\n", "no other" },
		{ "map 5 5 S 3 1 f a\n", "a map row before its # line" },
		{ "fork 5 5 S 3 child 4 1 1 1 a\n", "a fork row before its # line" },
		{ "why 5 5 S 3 1 a\n", "a why row before its # line" },
	};
	static const char *const rows[][2] = {
		{ MAP_COLUMNS "map 5 5 S 3 1 f\n", "a map row without comm" },
		{ MAP_COLUMNS "map 5 5 S 3 1\n", "a map row without name" },
		{ MAP_COLUMNS "map 5 5 S 3 x f a\n", "copies that are no number" },
		{ MAP_COLUMNS "map 5 5 S 3 1 f\\ a\n", "half an escape in a name" },
		{ MAP_COLUMNS "map 5 5 S 3 1 \303\244 a\n", "a name not in ASCII" },
		{ MAP_COLUMNS "map 5 5 S 3 1 f\\000 a\n", "an escaped NUL in a name" },
		{ MAP_COLUMNS "map 5 5 S 3 1 " DIGITS DIGITS " a\n",
		  "a name of 64 bytes" },
		{ FORK("both 4 1 1 1"), "side both" },
		{ FORK("childish 4 1 1 1"), "side childish" },
		{ FORK("par 4 1 1 1"), "side par" },
		{ FORK("Child 4 1 1 1"), "side Child" },
		{ FORK("- 4 1 1 1"), "side \"-\"" },
		{ FORK("child x 1 1 1"), "other that is no number" },
		{ FORK("child 4 1x 1 1"), "shared that is no number" },
		{ FORK("child 4 1 -1 1"), "copied below zero" },
		{ FORK("child 4 1 1 " DIGITS), "other_copied out of range" },
		{ FORK("child 4 1 1"), "a fork row of three numbers" },
	};
	char text[4096];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), TASKS "%s", texts[i][0]);
		refuses(text, EPROTO, 9, texts[i][1]);
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), TASKS "%s", rows[i][0]);
		refuses(text, EPROTO, 10, rows[i][1]);
	}
	refuses(TASKS MAP_COLUMNS MAP_COLUMNS, EPROTO, 10, "a map table twice");
	refuses(TASKS FORK_COLUMNS FORK_COLUMNS, EPROTO, 10, "a fork table twice");
}

int main(void)
{
	check_maps();
	check_forks();
	check_wrong();
	return tap_end();
}
