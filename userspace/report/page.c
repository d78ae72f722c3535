// SPDX-License-Identifier: GPL-2.0-only
/* The page as a whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"

/* Between <style> and </style>, where nothing is escaped. */
static void write_style(const struct report *report)
{
	char *path = xasprintf("%s/style.css", report->parts);
	FILE *style = fopen(path, "re");
	int c;

	if (!style)
		die("%s: %s", path, strerror(errno));
	html(report->page, "<style>\n");
	while ((c = getc(style)) != EOF)
		putc(c, report->page);
	html(report->page, "</style>\n");
	fclose(style);
	free(path);
}

static void write_head(const struct report *report, const json_t *machine)
{
	html(report->page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<meta name=\"color-scheme\" content=\"light dark\">\n"
	     "<title>Processes and threads: the labs on Linux %s</title>\n"
	     "<link rel=\"icon\" href=\"data:,\">\n",
	     string_of(machine, "kernel"));
	write_style(report);
	html(report->page, "</head>\n<body>\n"
	     "<a class=\"skip\" href=\"#main\">Skip to the labs</a>\n");
}

static void write_term(FILE *page, const char *term, const char *text)
{
	html(page, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", term, text);
}

static void write_machine(FILE *page, const json_t *machine, time_t when)
{
	json_int_t memory = json_integer_value(json_object_get(machine, "memory"));
	json_int_t cpus = json_integer_value(json_object_get(machine, "cpus"));
	char *text = xasprintf("%lld \u00d7 %s (%s)", cpus, *string_of(machine, "cpu") ?
			       string_of(machine, "cpu") : "processor without a name",
			       string_of(machine, "architecture"));
	char date[64];

	html(page, "<table class=\"machine\">\n<caption>The machine</caption>\n<tbody>\n");
	write_term(page, "Kernel", string_of(machine, "kernel"));
	write_term(page, "Built", string_of(machine, "version"));
	write_term(page, "CPUs", text);
	free(text);
	text = xasprintf("%.2f GiB", memory / 1073741824.0);
	write_term(page, "Memory", text);
	free(text);
	write_term(page, "Virtual", json_is_true(json_object_get(machine, "virtual")) ?
		   "yes" : "not that it says");
	strftime(date, sizeof(date), "%e %B %Y, %H:%M UTC", gmtime(&when));
	write_term(page, "Run", date);
	html(page, "</tbody></table>\n");
}

static void write_intro(const struct report *report, const json_t *machine)
{
	const json_t *header = json_object_get(json_array_get(report->documents, 0), "pcstats");
	FILE *page = report->page;

	html(page, "<header>\n<h1>Processes and threads: what courses say, and what the kernel does</h1>\n"
	     "<p>Each lab takes a claim, predicts what the kernel will show, does it, and looks: at "
	     "the tallies of /proc/pcstats, which are exact, and at ratios of times that were "
	     "measured in turns. A verdict is on the claim. That everything came out as "
	     "predicted is another matter: the prediction may be that a claim does not "
	     "hold.</p>\n");
	write_machine(page, machine, json_number_value(json_object_get(header, "time")));
	html(page, "</header>\n");
}

/* What is beside the verdict on the claim. */
static const char *outcome(const json_t *lab)
{
	switch (json_integer_value(json_object_get(lab, "status"))) {
	case 0:
		return "as predicted";
	case 1:
		return "not as predicted";
	case 4:
		return "not all could be judged";
	default:
		return "could not be run";
	}
}

static void write_line(FILE *page, const json_t *lab)
{
	const char *name = string_of(lab, "name");

	html(page, "<tr><th scope=\"row\"><a href=\"#lab-%s\">%s</a></th><td>", name, name);
	write_verdict(page, string_of(lab, "verdict"));
	html(page, "<br><span class=\"outcome\">%s</span></td><td>%s</td></tr>\n", outcome(lab),
	     string_of(lab, "claim"));
}

static void write_summary(FILE *page, const json_t *labs)
{
	json_t *lab;
	size_t i;

	html(page, "<nav aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n"
	     "<table class=\"summary\">\n"
	     "<caption>%d labs, in the order in which they are taught</caption>\n"
	     "<thead><tr><th scope=\"col\">Lab</th><th scope=\"col\">Verdict</th>"
	     "<th scope=\"col\">Claim</th></tr></thead>\n<tbody>\n",
	     (int)json_array_size(labs));
	json_array_foreach(labs, i, lab) {
		write_line(page, lab);
	}
	html(page, "</tbody></table>\n</nav>\n");
}

void write_page(struct report *report)
{
	const json_t *document = json_array_get(report->documents, 0);
	const json_t *machine = json_object_get(document, "machine");
	const json_t *labs = json_object_get(document, "labs");
	json_t *lab;
	size_t i;

	write_head(report, machine);
	write_intro(report, machine);
	write_summary(report->page, labs);
	html(report->page, "<main id=\"main\" tabindex=\"-1\">\n");
	json_array_foreach(labs, i, lab) {
		write_lab(report, lab);
	}
	html(report->page, "</main>\n<footer><p>Made by <code>make report</code> of pcstats. "
	     "The numbers of the pictures are beside this page, as CSV.</p></footer>\n"
	     "</body>\n</html>\n");
}
