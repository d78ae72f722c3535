// SPDX-License-Identifier: GPL-2.0-only
/*
 * A text that is not in the form of module/ABI is refused, with its line and
 * a reason; no text makes the reader read or write out of bounds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void check_version(void)
{
	struct pcstats_snapshot snap;

	refuses("", EPROTO, 0, "an empty text");
	refuses("\n", EPROTO, 1, "an empty line");
	refuses("pcstats\n", EPROTO, 1, "no version");
	refuses("procstats 1\n", EPROTO, 1, "another file");
	refuses("pcstats 0\n", EPROTO, 1, "version 0");
	refuses("pcstats one\n", EPROTO, 1, "a version that is no number");
	refuses("pcstats 1 2\n", EPROTO, 1, "two versions");
	refuses("pcstats 99999999999999999999\n", EPROTO, 1,
		"a version out of range");
	refuses("pcstats 2\n" TASK_COLUMNS, EPROTONOSUPPORT, 1, "a newer version");
	refuses("pcstats 2 in a new form\n", EPROTONOSUPPORT, 1,
		"a newer version in a newer form");
	refuses("pcstats 1", EPROTO, 1, "no end of the line");
	refuses("pcstats 1\n", EPROTO, 0, "no tables");
	refuses(VERSION TASK_COLUMNS MM_COLUMNS, EPROTO, 0, "no cow table");
	refuses(VERSION TASK_COLUMNS COW_COLUMNS, EPROTO, 0, "no mm table");
	refuses(VERSION MM_COLUMNS COW_COLUMNS, EPROTO, 0, "no task table");
	takes(&snap, TEXT("", ""), "tables without rows");
	is(snap.nr_tasks + snap.nr_mms + snap.nr_cows, 0, "have no rows");
	pcstats_free(&snap);
}

static void check_columns(void)
{
	char text[4096] = VERSION "# task pid tgid ppid state mm";
	int i;

	refuses(VERSION "#\n", EPROTO, 2, "a # line without a name");
	refuses(VERSION "#task pid\n", EPROTO, 2, "a # that is not a word");
	refuses(VERSION "# task\n", EPROTO, 2, "no columns");
	refuses(VERSION "# task tgid ppid state mm comm\n", EPROTO, 2, "no pid");
	refuses(VERSION "# task pid ppid state mm comm\n", EPROTO, 2, "no tgid");
	refuses(VERSION "# task pid tgid state mm comm\n", EPROTO, 2, "no ppid");
	refuses(VERSION "# task pid tgid ppid mm comm\n", EPROTO, 2, "no state");
	refuses(VERSION "# task pid tgid ppid state comm\n", EPROTO, 2, "no mm");
	refuses(VERSION "# task pid tgid ppid state mm\n", EPROTO, 2, "no comm");
	refuses(VERSION "# mm users comm\n", EPROTO, 2, "no id");
	refuses(VERSION "# cow tgid state comm\n", EPROTO, 2, "no pid (cow)");
	refuses(VERSION "# cow pid state comm\n", EPROTO, 2, "no tgid (cow)");
	refuses(VERSION "# cow pid tgid comm\n", EPROTO, 2, "no state (cow)");
	refuses(VERSION "# mm id comm users\n", EPROTO, 2, "comm not the last");
	refuses(VERSION "# mm id new id comm\n", EPROTO, 2, "a column twice");
	refuses(VERSION "# mm id users new users comm\n", EPROTO, 2,
		"a tally's column twice");
	refuses(VERSION MM_COLUMNS MM_COLUMNS, EPROTO, 3, "a table twice");
	refuses(VERSION TASK_ROW("1 1 0 S 1", "a"), EPROTO, 2,
		"a row before its # line");
	for (i = 0; i < 400; i++)
		strcat(text, " new");
	strcat(text, " comm\n");
	refuses(text, EPROTO, 2, "hundreds of columns");
}

#define ROW(id)	FORKS_ROW(id, "0", "0", "a")
#define DIGITS	"12345678901234567890123456789012"
#define LONG_HOOK	"hook " DIGITS DIGITS " ftrace on missed 0\n"

static void check_rows(void)
{
	static const char *const rows[][2] = {
		{ "task\n", "a row of nothing" },
		{ "task 1 1 0 S\n", "a row that ends early" },
		{ "task 1 1 0 S 1 0 0\n", "a row without comm" },
		{ ROW("x 1 0 S 1"), "a pid that is no number" },
		{ ROW("- 1 0 S 1"), "a pid \"-\"" },
		{ ROW("-1 1 0 S 1"), "a negative pid" },
		{ ROW("2147483648 1 0 S 1"), "a pid out of range" },
		{ ROW("1 99999999999999999999999 0 S 1"), "a long tgid" },
		{ ROW("1 1 0x1 S 1"), "a hexadecimal ppid" },
		{ ROW("1 1 0 S --"), "an mm \"--\"" },
		{ ROW("1 1 0 S 18446744073709551616"), "an mm of 2^64" },
		{ ROW("1 1 0 S 18446744073709551615"), "an mm of 2^64-1" },
		{ ROW("1 1 0 S +1"), "a number with a sign" },
		{ ROW("1 1 0 S 1a"), "a number with a letter" },
		{ ROW("1 1 0 S\t1 1"), "a tab" },
		{ ROW("1 1 0 S1 1"), "state S1" },
		{ ROW("1 1 0 7 1"), "state 7" },
		{ ROW("1 1 0 X/ 1"), "state X/" },
		{ ROW("1 1 0 X/0 1"), "state X/0" },
		{ ROW("1 1 0 X/128 1"), "state X/128" },
		{ ROW("1 1 0 X256 1"), "state X256" },
		{ ROW("1 1 0 X-1 1"), "state X-1" },
		{ ROW("1 1 0 X1/9 1"), "state X1/9" },
		{ ROW("1 1 0 X99999999999999999999 1"), "a long status" },
		{ "task 1 1 0 S 1 0 99999999999999999999 a\n",
		  "a tally out of range" },
		{ "task 1 1 0 S 1 0 18446744073709551615 a\n",
		  "a tally of 2^64-1" },
		{ "task 1 1 0 S 1 0 -- a\n", "a tally \"--\"" },
		{ "total\n", "a total without a name" },
		{ "total forks\n", "a total without a value" },
		{ "total forks x\n", "a total that is no number" },
		{ "total forks 1 2\n", "a total of two numbers" },
		{ "hook\n", "a hook without a name" },
		{ "hook a ftrace\n", "a hook neither on nor off" },
		{ "hook a ftrace maybe missed 0\n", "a hook maybe on" },
		{ "hook a ftrace on\n", "a hook without a count" },
		{ "hook a ftrace on missed x\n", "a hook that missed x" },
		{ "hook a\033[m ftrace on missed 0\n",
		  "a hook that would talk to a terminal" },
		{ "hook a ftrace off missed 0 reason \303\n",
		  "a hook whose reason is not ASCII" },
		{ LONG_HOOK, "a long name" },
	};
	char text[4096];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(text, sizeof(text), VERSION FORKS_COLUMNS
			 ROW("1 1 0 S 1") "%s" MM_COLUMNS COPIED_COLUMNS,
			 rows[i][0]);
		refuses(text, EPROTO, 4, rows[i][1]);
	}
}

#define LARGEST	"18446744073709551614"

/* Where the text ends with the row, nothing follows that could stop a read. */
static void check_last_row(void)
{
	refuses(SHORT_TEXT("", "cow 1 1 S 0 0\n"), EPROTO, 5, "no comm at the end");
	refuses(SHORT_TEXT("", "cow 1 1 S 0\n"), EPROTO, 5, "an early end");
	refuses(SHORT_TEXT("", "cow\n"), EPROTO, 5, "nothing at the end");
	refuses(SHORT_TEXT("", COPIED_ROW("1 1 S", "0", "0", "\\")), EPROTO, 5,
		"a backslash at the end");
	refuses(SHORT_TEXT("", COPIED_ROW("1 1 S", "0", "0", "\\01")), EPROTO, 5,
		"half an escape at the end");
}

static void check_limits(void)
{
	struct pcstats_snapshot snap;

	takes(&snap, SHORT_TEXT(FORKS_ROW("2147483647 2147483647 0 S "
					 LARGEST, LARGEST, "0", "a"), ""),
	      "the largest numbers");
	is(snap.tasks[0].pid, 2147483647, "the largest pid");
	is(snap.tasks[0].mm, 18446744073709551614ULL, "the largest id");
	is(snap.tasks[0].tally[PCSTATS_forks], 18446744073709551614ULL,
	   "the largest tally");
	pcstats_free(&snap);
	takes(&snap, TEXT(TASK_ROW("1 1 0 X255 1", "a")
			  TASK_ROW("1 1 0 X/127 1", "a")
			  TASK_ROW("1 1 0 X 1", "a"), ""), "states");
	is(snap.tasks[0].state.exit_code, 255, "exit code 255");
	is(snap.tasks[1].state.signal, 127, "signal 127");
	ok(!snap.tasks[2].state.exited, "X alone is a live task that is ending");
	pcstats_free(&snap);
}

/*
 * Every prefix: only one that ends with a line of the cow table or of those
 * behind it, which an older module does not have, is whole.
 */
static void check_truncated(const char *text, size_t len)
{
	const char *cow = strstr(text, "\n# cow");
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	size_t n, whole = 0, wrong = 0, last = strchr(cow + 1, '\n') - text;

	for (n = 0; n < len; n++) {
		bool good = n > last && text[n - 1] == '\n';
		int error = parse_len(&snap, text, n, &err);

		whole += good;
		wrong += error != (good ? 0 : -EPROTO) || !error == !!*err.reason;
		pcstats_free(&snap);
	}
	is(wrong, 0, "each of %zu prefixes is refused if it is cut off", len);
	ok(whole > 1 && whole < len / 20, "a few end with such a line: %zu", whole);
}

/* Nothing is claimed but what holds of any text at all. */
static bool sane(const char *text, size_t len)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	int error = parse_len(&snap, text, len, &err);
	bool good;
	size_t i;

	if (error)
		good = (error == -EPROTO || error == -EPROTONOSUPPORT) &&
		       *err.reason && !snap.tasks && !snap.nr_tasks;
	else
		good = !*err.reason && snap.nr_tasks <= len;
	for (i = 0; i < snap.nr_tasks; i++)
		good &= !!memchr(snap.tasks[i].comm, 0, PCSTATS_COMM_SIZE);
	pcstats_free(&snap);
	return good;
}

static void check_garbled(char *text, size_t len)
{
	static const char bytes[] = { 0, ' ', '\n', '-', '#', '\\', '9', 'X',
				      '/', '\t', 127, (char)200 };
	size_t at, i, wrong = 0;

	for (at = 0; at < len; at++) {
		char was = text[at];

		for (i = 0; i < sizeof(bytes); i++) {
			text[at] = bytes[i];
			wrong += !sane(text, len);
		}
		text[at] = was;
	}
	is(wrong, 0, "each of %zu bytes garbled in %zu ways", len, sizeof(bytes));
}

/* A fixed sequence, so that a failure can be repeated. */
static unsigned int random_number(void)
{
	static unsigned int state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void check_shuffled(const char *text, size_t len)
{
	char *copy = malloc(len);
	size_t i, round, wrong = 0;

	for (round = 0; copy && round < 5000; round++) {
		memcpy(copy, text, len);
		/* Stretches moved over others: words and lines in wrong places. */
		for (i = 0; i < 1 + round % 4; i++) {
			size_t n = random_number() % 80;

			memmove(copy + random_number() % (len - n),
				copy + random_number() % (len - n), n);
		}
		wrong += !sane(copy, len);
	}
	free(copy);
	ok(copy && !wrong, "%zu texts with stretches moved", round);
}

int main(int argc, char **argv)
{
	char *text;
	size_t len;

	if (argc != 2)
		return 2;
	check_version();
	check_columns();
	check_rows();
	check_last_row();
	check_limits();
	text = load(argv[1], "capture-6.1.txt", &len);
	check_truncated(text, len);
	free(text);
	text = load(argv[1], "small.txt", &len);
	check_garbled(text, len);
	check_shuffled(text, len);
	free(text);
	return tap_end();
}
