// SPDX-License-Identifier: GPL-2.0-only
/* The section of a lab. */
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const struct sign {
	const char *verdict, *sign;
} signs[] = {
	{ "holds", "\u2713" },
	{ "holds in part", "\u25d0" },
	{ "does not hold", "\u2717" },
	{ "cannot be judged", "?" },
};

void write_verdict(FILE *page, const char *verdict)
{
	const char *sign = "";
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (!strcmp(signs[i].verdict, verdict))
			sign = signs[i].sign;
	html(page, "<span class=\"verdict ");
	html_class(page, verdict);
	html(page, "\"><span aria-hidden=\"true\">%s</span> %s</span>", sign, verdict);
}

static void write_bounds(FILE *page, const json_t *row)
{
	const json_t *low = json_object_get(row, "low"), *high = json_object_get(row, "high");

	if (json_is_number(low) && json_is_number(high)) {
		html_number(page, json_number_value(low));
		if (json_is_true(json_object_get(row, "exact")))
			return;
		html(page, " to ");
		html_number(page, json_number_value(high));
	} else if (json_is_number(low)) {
		html(page, "at least ");
		html_number(page, json_number_value(low));
	} else if (json_is_number(high)) {
		html(page, "at most ");
		html_number(page, json_number_value(high));
	} else {
		html(page, "any");
	}
}

static void write_outcome(FILE *page, const json_t *row)
{
	const char *state = string_of(row, "state"), *why = string_of(row, "why");

	if (!strcmp(state, "differs"))
		html(page, "<strong>not as predicted</strong>");
	else if (strcmp(state, "agrees"))
		html(page, "not judged%s%s", *why ? ": " : "", why);
	else if (json_is_true(json_object_get(row, "against")))
		html(page, "as predicted, against the claim");
	else
		html(page, "as predicted");
}

static void write_row(FILE *page, const json_t *row)
{
	const json_t *value = json_object_get(row, "measured");

	html(page, "<tr class=\"");
	html_class(page, string_of(row, "state"));
	html(page, "\"><th scope=\"row\">%s</th><td class=\"number\">", string_of(row, "what"));
	write_bounds(page, row);
	html(page, "</td><td class=\"number\">");
	if (json_is_number(value))
		html_number(page, json_number_value(value));
	else
		html(page, "\u2013");
	html(page, "</td><td>%s</td><td>", string_of(row, "unit"));
	write_outcome(page, row);
	html(page, "</td></tr>\n");
}

static void write_part(FILE *page, const json_t *part)
{
	json_t *row;
	size_t i;

	html(page, "<tbody>\n<tr class=\"part\"><th scope=\"rowgroup\" colspan=\"4\">%s</th><td>",
	     string_of(part, "part"));
	write_verdict(page, string_of(part, "verdict"));
	html(page, "</td></tr>\n");
	json_array_foreach(json_object_get(part, "rows"), i, row) {
		write_row(page, row);
	}
	html(page, "</tbody>\n");
}

static void write_parts(FILE *page, const json_t *lab)
{
	const json_t *parts = json_object_get(lab, "parts");
	json_t *part;
	size_t i;

	if (!json_array_size(parts))
		return;
	html(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	     "aria-label=\"%s: what was measured\"><table class=\"rows\">\n"
	     "<caption>What was predicted, and what was measured</caption>\n"
	     "<thead><tr><th scope=\"col\">What</th><th scope=\"col\" class=\"number\">Predicted</th>"
	     "<th scope=\"col\" class=\"number\">Measured</th><th scope=\"col\">Unit</th>"
	     "<th scope=\"col\">Outcome</th></tr></thead>\n", string_of(lab, "name"));
	json_array_foreach(parts, i, part) {
		write_part(page, part);
	}
	html(page, "</table></div>\n");
}

/* On other machines, if there was one. */
static void write_elsewhere(const struct report *report, const char *name)
{
	size_t nr, i;
	json_t *lab;

	for (nr = 1; nr < json_array_size(report->documents); nr++) {
		const json_t *document = json_array_get(report->documents, nr);
		json_int_t cpus = json_integer_value(json_object_get(json_object_get(document,
							"machine"), "cpus"));

		json_array_foreach(json_object_get(document, "labs"), i, lab) {
			if (strcmp(string_of(lab, "name"), name))
				continue;
			html(report->page, "<p>On a machine with %d CPU%s: ", (int)cpus,
			     cpus == 1 ? "" : "s");
			write_verdict(report->page, string_of(lab, "verdict"));
			html(report->page, "</p>\n");
		}
	}
}

static void write_next(FILE *page, const json_t *lab)
{
	json_t *line;
	size_t i;

	html(page, "<h3>Read next</h3>\n<ul class=\"next\">\n");
	json_array_foreach(json_object_get(lab, "next"), i, line) {
		html(page, "<li>%s</li>\n", json_string_value(line));
	}
	html(page, "</ul>\n");
}

/* The command that does it again, with what it can be told. */
static void write_command(FILE *page, const json_t *lab)
{
	const char *name;
	json_t *value;

	html(page, "<p class=\"command\">To repeat it: <code>pcstats lab %s", string_of(lab, "name"));
	json_object_foreach(json_object_get(lab, "settings"), name, value) {
		html(page, " <span>--%s %d</span>", name, (int)json_integer_value(value));
	}
	html(page, "</code></p>\n");
}

static void write_why(FILE *page, const json_t *lab)
{
	const char *skipped = string_of(lab, "skipped"), *failed = string_of(lab, "failed");

	if (*skipped)
		html(page, "<p>This machine cannot tell: %s.</p>\n", skipped);
	if (*failed)
		html(page, "<p><strong>It could not be run:</strong> %s.</p>\n", failed);
}

void write_lab(struct report *report, const json_t *lab)
{
	const char *name = string_of(lab, "name");
	FILE *page = report->page;

	html(page, "<section class=\"lab\" id=\"lab-%s\" aria-labelledby=\"head-%s\">\n"
	     "<h2 id=\"head-%s\"><span class=\"name\">%s</span> <span class=\"claim\">%s</span></h2>\n<p class=\"judged\">",
	     name, name, name, name, string_of(lab, "claim"));
	html(page, "The claim ");
	write_verdict(page, string_of(lab, "verdict"));
	html(page, "</p>\n");
	write_why(page, lab);
	html(page, "<h3>Prediction</h3>\n<p>%s</p>\n", string_of(lab, "prediction"));
	html(page, "<h3>Measurement</h3>\n");
	write_parts(page, lab);
	write_elsewhere(report, name);
	write_pictures(report, lab);
	write_command(page, lab);
	write_next(page, lab);
	html(page, "</section>\n");
}
