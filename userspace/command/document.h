/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output as a whole: the options --json and --csv, and the frame of a JSON
 * document, which schema.json describes.
 */
#ifndef PCSTATS_DOCUMENT_H
#define PCSTATS_DOCUMENT_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

struct table;

/*
 * Version of the JSON schema.  Members may be added; it is raised when one is
 * removed or changes its meaning.
 */
#define SCHEMA_VERSION	1

enum format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV,
};

/*
 * An argp child that takes --json and --csv into the enum format that is its
 * input; without_csv_argp is the one for what has no rows.
 */
extern const struct argp format_argp;
extern const struct argp without_csv_argp;

/* An object {"pcstats": {"schema", "command", "time"}}; a new reference. */
json_t *document_new(const char *command);
/*
 * Print @document and give up its reference: indented, or, if it is one of many
 * (--interval), in one line.
 */
void document_print(json_t *document, FILE *to, bool one_line);
/*
 * Print @table to stdout: as text, as CSV, or with its rows as @member of
 * @document, whose reference is given up.
 */
void document_print_table(json_t *document, const char *member,
			  const struct table *table, enum format format);

#endif /* PCSTATS_DOCUMENT_H */
