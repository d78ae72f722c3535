// SPDX-License-Identifier: GPL-2.0-only
/* A task's name comes out as it was set, and can forge nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

static const struct {
	const char *written, *comm;
} names[] = {
	{ "a", "a" },
	{ "", "" },
	{ " ", " " },
	{ "  two ", "  two " },
	{ "a b c", "a b c" },
	{ "kworker/0:1-eve", "kworker/0:1-eve" },
	{ "(sd-pam)", "(sd-pam)" },
	{ "#", "#" },
	{ "-", "-" },
	{ "7 8 9", "7 8 9" },
	{ "a\\nb", "a\nb" },
	{ "\\n\\r\\t\\v\\f\\a\\e\\\\\\\"", "\n\r\t\v\f\a\033\\\"" },
	{ "\\303\\244", "\303\244" },
	{ "\\001\\177\\377", "\001\177\377" },
	{ "\\\\n", "\\n" },
	{ "\\\\\\n", "\\\n" },
	{ "x\\ntotal forks 1", "x\ntotal forks 1" },
	{ "\\ntask 1 1 0 S", "\ntask 1 1 0 S" },
	{ "\\033[2J\\033[1m", "\033[2J\033[1m" },
	{ "\\0601", "01" },
	{ "123456789012345", "123456789012345" },
	{ "123456789012345678901234567890123456789012345678901234567890123",
	  "123456789012345678901234567890123456789012345678901234567890123" },
};

static const struct {
	const char *written, *claim;
} wrong[] = {
	{ "a\\", "a backslash at the end" },
	{ "a\\q", "an escape that does not exist" },
	{ "a\\0", "an octal escape of one digit" },
	{ "a\\01", "an octal escape of two digits" },
	{ "a\\089", "an octal escape with a 9" },
	{ "a\\400", "an octal escape out of range" },
	{ "a\\000", "an escaped NUL" },
	{ "a\033b", "an unescaped control byte" },
	{ "a\tb", "an unescaped tab" },
	{ "a\303\244", "unescaped bytes that are not ASCII" },
	{ "1234567890123456789012345678901234567890123456789012345678901234",
	  "more than 63 bytes" },
};

static void check_names(void)
{
	struct pcstats_snapshot snap;
	char text[4096];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(text, sizeof(text),
			 VERSION "total forks 7\n" TASK_COLUMNS
			 TASK_ROW("5 5 1 S 3", "%s") MM_COLUMNS
			 "mm 3 1 1 1 1 1 1 %s\n" COW_COLUMNS
			 COW_ROW("5 5 S", "%s"), names[i].written,
			 names[i].written, names[i].written);
		takes(&snap, text, names[i].written);
		is_text(snap.tasks[0].comm, names[i].comm, "in the task table");
		is_text(snap.mms[0].comm, names[i].comm, "in the mm table");
		is_text(snap.cow[PCSTATS_TABLE_cow].rows[0].task.comm, names[i].comm, "in the cow table");
		ok(snap.nr_tasks == 1 && snap.total.tally[PCSTATS_forks] == 7,
		   "and nothing else follows from it");
		pcstats_free(&snap);
	}
}

static void check_wrong(void)
{
	static const char nul[] = SHORT_TEXT("task 5 5 1 S 3 0 0 a\0b\n", "");
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	char text[4096];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text),
			 TEXT(TASK_ROW("5 5 1 S 3", "%s"), ""),
			 wrong[i].written);
		refuses(text, EPROTO, 3, wrong[i].claim);
	}
	is(parse_len(&snap, nul, sizeof(nul) - 1, &err), -EPROTO,
	   "refused: a NUL in a name");
	is(err.line, 3, "in its line");
	refuses(TEXT(TASK_ROW("5 5 1 S 3", "a\ntask 6"), ""), EPROTO, 4,
		"a name with a real line end");
}

/* The reason quotes the text, but stays one line of printable ASCII. */
static void check_reason(void)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	const char *c;
	bool printable = true;

	parse(&snap, TEXT(TASK_ROW("\033[2J\303 1 0 S 1", "a"), ""), &err);
	for (c = err.reason; *c; c++)
		printable &= *c >= ' ' && *c <= '~';
	ok(*err.reason && printable, "the reason is printable: %s", err.reason);
}

int main(void)
{
	check_names();
	check_wrong();
	check_reason();
	return tap_end();
}
