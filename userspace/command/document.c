// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "document.h"
#include "table.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	enum format *format = state->input, chosen;

	(void)arg;
	switch (key) {
	case 'J':
		chosen = FORMAT_JSON;
		break;
	case 'C':
		chosen = FORMAT_CSV;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (*format != FORMAT_TEXT && *format != chosen)
		argp_error(state, "--json and --csv exclude each other");
	*format = chosen;
	return 0;
}

static const struct argp_option with_csv[] = {
	{ "json", 'J', NULL, 0, "Print JSON; pcstats(1) describes it", 50 },
	{ "csv", 'C', NULL, 0, "Print CSV, with a line of column names", 50 },
	{ }
};

static const struct argp_option without_csv[] = {
	{ "json", 'J', NULL, 0, "Print JSON; pcstats(1) describes it", 50 },
	{ }
};

const struct argp format_argp = { with_csv, parse };
const struct argp without_csv_argp = { without_csv, parse };

json_t *document_new(const char *command)
{
	struct timespec now;
	json_t *document;

	clock_gettime(CLOCK_REALTIME, &now);
	document = json_pack("{s:{s:i,s:s,s:f}}", "pcstats",
			     "schema", SCHEMA_VERSION, "command", command,
			     "time", now.tv_sec + now.tv_nsec / 1000000 / 1e3);
	if (!document)
		exit(fail("no memory"));
	return document;
}

void document_print(json_t *document, FILE *to, bool one_line)
{
	if (json_dumpf(document, to, JSON_REAL_PRECISION(15) |
		       (one_line ? JSON_COMPACT : JSON_INDENT(2))) &&
	    !ferror(to))
		exit(fail("no memory"));
	fputc('\n', to);
	json_decref(document);
}

void document_print_table(json_t *document, const char *member,
			  const struct table *table, enum format format)
{
	switch (format) {
	case FORMAT_TEXT:
		table_print_text(table, stdout);
		break;
	case FORMAT_CSV:
		table_print_csv(table, stdout);
		break;
	case FORMAT_JSON:
		json_object_set_new(document, member, table_json(table));
		document_print(document, stdout, false);
		return;
	}
	json_decref(document);
}
