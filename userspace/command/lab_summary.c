// SPDX-License-Identifier: GPL-2.0-only
/* All labs that were run, a line each, and a list of what was expected of them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lab.h"
#include "table.h"

static const char *const status_names[] = {
	[LAB_AS_PREDICTED] = "as predicted",
	[LAB_DIFFERS] = "NOT as predicted",
	[LAB_BROKEN] = "could not be run",
	[LAB_UNJUDGED] = "not everything could be judged",
};

static const char *string_of(const json_t *lab, const char *member)
{
	return json_string_value(json_object_get(lab, member));
}

struct table *lab_summary(const json_t *results)
{
	static const struct column columns[] = {
		{ "name", .text = true },
		{ "verdict", .text = true },
		{ "prediction", .text = true },
		{ "claim", .text = true, .trunc = true },
	};
	struct table *table = table_new(columns, 4);
	json_t *lab;
	size_t i;

	json_array_foreach(results, i, lab) {
		struct row *row = table_add(table, NULL);

		row_string(row, 0, string_of(lab, "name"));
		row_string(row, 1, string_of(lab, "verdict"));
		row_string(row, 2, status_names[json_integer_value(json_object_get(lab, "status"))]);
		row_string(row, 3, string_of(lab, "claim"));
	}
	return table;
}

/* Whether a line of @list is "NAME: VERDICT". */
static bool has_line(FILE *list, const json_t *lab)
{
	char *wanted = xasprintf("%s: %s\n", string_of(lab, "name"),
				 string_of(lab, "verdict"));
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	rewind(list);
	while (!found && getline(&line, &size, list) > 0)
		found = !strcmp(line, wanted);
	free(line);
	free(wanted);
	return found;
}

int lab_compare(const json_t *results, const char *path)
{
	FILE *list = fopen(path, "re");
	int status = STATUS_OK;
	json_t *lab;
	size_t i;

	if (!list)
		return fail("%s: %m", path);
	json_array_foreach(results, i, lab) {
		int came = json_integer_value(json_object_get(lab, "status"));

		if (came != LAB_AS_PREDICTED && came != LAB_UNJUDGED)
			status = fail("%s: %s", string_of(lab, "name"), status_names[came]);
		else if (!has_line(list, lab))
			status = fail("%s: \"%s\" is not in %s", string_of(lab, "name"),
				      string_of(lab, "verdict"), path);
	}
	if (ferror(list))
		status = fail("%s: %m", path);
	fclose(list);
	return status;
}
