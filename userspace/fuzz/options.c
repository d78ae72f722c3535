// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of any words: numbers, lists of columns, filters.  What is refused is
 * refused with a word, and what is taken is what was said; and cells of any
 * text come back from CSV and JSON as they were.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "../command/command.h"
#include "../command/document.h"
#include "../command/filter.h"
#include "../command/source.h"
#include "../command/table.h"
#include "check.h"
#include "wrap.h"

#define MAX_WORDS 16

enum { PID, COMM, FORKS, EXECS, SECONDS, NR_COLUMNS };

static const struct column columns[NR_COLUMNS] = {
	[PID] = { "pid", "a number" },
	[COMM] = { "comm", "a text", .text = true, .trunc = true },
	[FORKS] = { "forks", "a number", .group = "task" },
	[EXECS] = { "execs", "a number", .group = "task", .hidden = true },
	[SECONDS] = { "seconds", "a fraction", .hidden = true },
};

/* What is wrong, which nobody reads here: the linker's --wrap. */
static int complaints;

int __wrap_fail(const char *format, ...)
{
	CHECK(*format);
	complaints++;
	return STATUS_FAILED;
}

/* ---- words ---- */

static void check_numbers(const char *word)
{
	unsigned long long value;
	double seconds;
	char text[32];

	if (parse_number(word, ULLONG_MAX, &value)) {
		snprintf(text, sizeof(text), "%llu", value);
		CHECK(!strcmp(text, word + strspn(word, "0")) ||
		      (!value && !word[strspn(word, "0")]));
	}
	CHECK(!parse_number(word, 99, &value) || value <= 99);
	CHECK(!parse_pid(word, &value) || (value && value <= INT_MAX));
	CHECK(!parse_seconds(word, &seconds) ||
	      (seconds >= 0.1 && seconds <= 24 * 60 * 60));
}

static void check_filter(char **words, int nr)
{
	char *arguments[MAX_WORDS + 2] = { "pcstats show" };
	struct pcstats_task task = { .pid = 7, .tgid = 7, .mm = 1, .comm = "sh" };
	struct filter filter = { };
	int i;

	for (i = 0; i < nr; i++)
		arguments[i + 1] = words[i];
	if (!argp_parse(&filter_argp, nr + 1, arguments,
			ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &filter))
		CHECK(!filter_needs_live(&filter));
	filter_accepts(&filter, &task);
	filter_free(&filter);
}

/* ---- tables ---- */

/* Texts are as all are that the command puts into a table, or as they came. */
static struct table *make_table(char **words, int nr, bool escaped)
{
	struct table *table = table_new(columns, NR_COLUMNS);
	int i;

	for (i = 0; i < nr; i++) {
		struct row *row = table_add(table, NULL);
		char *text;

		row_unsigned(row, PID, i);
		text = escaped ? escape_long(words[i]) : xstrdup(words[i]);
		row_string(row, COMM, text);
		free(text);
		row_signed(row, FORKS, -i);
		row_real(row, SECONDS, i / 4.0, 2);
	}
	return table;
}

/* The next field of RFC 4180 at *@at, without its quotes; in its place. */
static char *next_field(char **at)
{
	char *from = *at, *to = *at, *field = *at;
	bool quoted = *from == '"';

	from += quoted;
	while (*from && (quoted || !strchr(",\r\n", *from))) {
		if (quoted && *from == '"' && *++from != '"')
			break;
		*to++ = *from++;
	}
	CHECK(*from == ',' || *from == '\r' || *from == '\n');
	*at = from + 1 + (*from == '\r' && from[1] == '\n');
	*to = '\0';
	return field;
}

static void check_csv(char **words, int nr)
{
	struct table *table = make_table(words, nr, false);
	char *text = NULL, *at;
	FILE *to;
	size_t size;
	int i;

	to = open_memstream(&text, &size);
	CHECK(to && !table_select(table, "comm"));
	table_print_csv_rows(table, to);
	CHECK(!fclose(to));
	for (at = text, i = 0; i < nr; i++)
		CHECK(!strcmp(next_field(&at), words[i]));
	CHECK(!*at);
	free(text);
	table_free(table);
}

static void check_json(char **words, int nr)
{
	struct table *table = make_table(words, nr, true);
	json_t *rows = table_json(table), *again;
	char *text = json_dumps(rows, 0), *word;
	const char *cell;
	int i;

	CHECK(text && (int)json_array_size(rows) == nr);
	again = json_loads(text, 0, NULL);
	CHECK(again && json_equal(rows, again));
	for (i = 0; i < nr; i++) {
		cell = json_string_value(json_object_get(json_array_get(again, i), "comm"));
		word = escape_long(words[i]);
		CHECK(cell && !strcmp(cell, word));
		free(word);
	}
	free(text);
	json_decref(again);
	json_decref(rows);
	table_free(table);
}

static void check_lists(char **words, int nr)
{
	struct table *table = make_table(words, nr, true);
	FILE *nowhere = fopen("/dev/null", "w");
	int i, before;

	CHECK(nowhere);
	for (i = 0; i < nr; i++) {
		before = complaints;
		CHECK((table_select(table, words[i]) == STATUS_USAGE) ==
		      (complaints > before));
		before = complaints;
		CHECK((table_sort(table, words[i]) == STATUS_USAGE) ==
		      (complaints > before));
	}
	table_print_csv(table, nowhere);
	json_decref(table_json(table));
	fclose(nowhere);
	table_free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *words[MAX_WORDS];
	int nr = 0, i;

	CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	while (nr < MAX_WORDS && rest)
		words[nr++] = strsep(&rest, "\n");
	for (i = 0; i < nr; i++)
		check_numbers(words[i]);
	check_filter(words, nr);
	check_lists(words, nr);
	check_csv(words, nr);
	check_json(words, nr);
	free(text);
	return 0;
}
