// SPDX-License-Identifier: GPL-2.0-only
/* pcstats lab: claims about processes and threads, as experiments. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "document.h"
#include "lab.h"
#include "table.h"

enum { KEY_SETTING = 0x1000 };	/* and its index; no letter */

struct options {
	const struct lab *lab;		/* NULL: a list, or all */
	bool all, quiet;
	enum format format;
	const char *sabotage;
	unsigned long long seconds;
	const char *save, *expect;	/* files; or NULL */
	int rest;			/* of argv: what belongs to the lab */
};

static const struct lab *find_lab(const char *name)
{
	size_t i;

	for (i = 0; i < nr_all_labs; i++)
		if (!strcmp(all_labs[i]->name, name))
			return all_labs[i];
	return NULL;
}

static const struct sabotage *find_sabotage(const struct lab *lab,
					    const char *name)
{
	const struct sabotage *s;

	for (s = lab->sabotages; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		return 0;
	case 'a':
		options->all = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case 't':
		if (!parse_number(arg, 24 * 60 * 60, &options->seconds) ||
		    !options->seconds)
			argp_error(state, "--timeout is a number of seconds, not \"%s\"",
				   arg);
		return 0;
	case 's':
		options->save = arg;
		return 0;
	case 'e':
		options->expect = arg;
		return 0;
	case ARGP_KEY_ARG:
		options->lab = find_lab(arg);
		if (!options->lab)
			argp_error(state, "no lab \"%s\"; pcstats lab lists them", arg);
		/* What follows is for the lab's own options. */
		options->rest = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (options->all && options->lab)
			argp_error(state, "--all is without the name of a lab");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* Of all labs together, and of each. */
#define EVERYWHERE \
	{ "quiet", 'q', NULL, 0, "Print a line for each lab only" }, \
	{ "timeout", 't', "SECONDS", 0, "End a lab after that long (default: 300)" }, \
	{ "save", 's', "FILE", 0, "Write to FILE what --json prints, too" }, \
	{ "expect", 'e', "FILE", 0, \
	  "Fail if a verdict is not in FILE, which has lines NAME: VERDICT" }

static const struct argp_option common_options[] = {
	{ "all", 'a', NULL, 0, "Run all, in the order in which they are taught" },
	EVERYWHERE,
	{ }
};

static const struct argp_child children[] = { { &format_argp }, { } };

static const struct argp common_argp = {
	common_options, parse_common, "[NAME [OPTION...]]",
	"Claims of courses on processes and threads as experiments: what is predicted, what "
	"the kernel shows, and whether the claim holds. Without a name: a list.\v"
	"`pcstats lab NAME --help` lists the options of that lab.\n"
	"\nThe exit status is 0 if all came out as predicted (a claim that was "
	"predicted not to hold does not), 1 if something did not, 2 if a lab could not be "
	"run, 4 if this machine cannot tell.\n"
	"\nExamples:\n"
	"  pcstats lab memory\n"
	"  pcstats lab memory --pages 10000 --workers 8\n"
	"  pcstats lab race --break atomic\n"
	"  pcstats lab --all --json\n",
	children,
};

static void parse_setting(const struct setting *s, const char *arg,
			  struct argp_state *state)
{
	unsigned long long n;

	if (!parse_number(arg, s->max, &n) || n < s->min)
		argp_error(state, "--%s is a number from %lu to %lu, not \"%s\"",
			   s->name, s->min, s->max, arg);
	*s->value = n;
}

static error_t parse_lab(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	if (key >= KEY_SETTING && key < KEY_SETTING + 0x1000) {
		parse_setting(&options->lab->settings[key - KEY_SETTING], arg, state);
		return 0;
	}
	switch (key) {
	case ARGP_KEY_ARG:
		argp_error(state, "no arguments but options: \"%s\"", arg);
		return 0;
	case 'b':
		if (!find_sabotage(options->lab, arg))
			argp_error(state, "--break \"%s\": see --help", arg);
		options->sabotage = find_sabotage(options->lab, arg)->name;
		return 0;
	case 'a':
	case ARGP_KEY_END:
		return ARGP_ERR_UNKNOWN;
	}
	return parse_common(key, arg, state);
}

static char *lab_help(const struct lab *lab)
{
	char *text = xasprintf("%s.\n\n%s\v--break takes away what the lab stands on, to see that the verdict changes:",
			       lab->claim, lab->prediction);
	const struct sabotage *s;

	for (s = lab->sabotages; s->name; s++) {
		char *longer = xasprintf("%s\n  %-16s %s", text, s->name, s->help);

		free(text);
		text = longer;
	}
	return text;
}

/* The lab's settings as options, and those that all have. */
static struct argp_option *lab_options(const struct lab *lab)
{
	static const struct argp_option each[] = {
		{ "break", 'b', "HOW", 0, "Break the experiment, see below" },
		EVERYWHERE,
		{ }
	};
	struct argp_option *options;
	size_t nr = 0, i;

	while (lab->settings && lab->settings[nr].name)
		nr++;
	options = xcalloc(nr + sizeof(each) / sizeof(each[0]), sizeof(*options));
	for (i = 0; i < nr; i++) {
		const struct setting *s = &lab->settings[i];

		options[i].name = s->name;
		options[i].key = KEY_SETTING + i;
		options[i].arg = "N";
		options[i].doc = xasprintf("%s (%lu to %lu; %lu)", s->help, s->min,
					   s->max, *s->value);
		options[i].group = -2;
	}
	memcpy(options + nr, each, sizeof(each));
	return options;
}

static void parse_rest(struct options *options, int argc, char **argv)
{
	struct argp_option *own = lab_options(options->lab), *option;
	char *help = lab_help(options->lab);
	struct argp argp = { own, parse_lab, NULL, help, children };

	argv += options->rest;
	*argv = xasprintf("pcstats lab %s", options->lab->name);
	argp_parse(&argp, argc - options->rest, argv, 0, NULL, options);
	for (option = own; option->key >= KEY_SETTING; option++)
		free((char *)option->doc);
	free(own);
	free(help);
}

static int list_labs(enum format format)
{
	struct column columns[] = {
		{ "name", .text = true },
		{ "claim", .text = true, .trunc = true },
		{ "breaks", .text = true, .hidden = format == FORMAT_TEXT },
		{ "judges", .text = true, .hidden = format == FORMAT_TEXT },
	};
	struct table *table = table_new(columns, 4);
	size_t i;

	for (i = 0; i < nr_all_labs; i++) {
		const struct sabotage *s;
		struct row *row = table_add(table, NULL);
		char *breaks = xstrdup("");

		for (s = all_labs[i]->sabotages; s->name; s++) {
			char *longer = xasprintf("%s%s%s", breaks, *breaks ? " " : "",
						 s->name);

			free(breaks);
			breaks = longer;
		}
		row_string(row, 0, all_labs[i]->name);
		row_string(row, 1, all_labs[i]->claim);
		row_string(row, 2, breaks);
		row_string(row, 3, all_labs[i]->timed ? "times" : "tallies");
		free(breaks);
	}
	document_print_table(document_new("lab"), "list", table, format);
	table_free(table);
	return STATUS_OK;
}

/* On a terminal, that something is being done; "" when it is. */
static void tell_name(const char *name)
{
	if (isatty(STDOUT_FILENO))
		printf("\r%s\033[K", name);
	fflush(stdout);
}

static int run_lab(const struct lab *lab, const struct options *options,
		   json_t *results)
{
	bool text = options->format == FORMAT_TEXT && !options->quiet;
	bool line = options->format == FORMAT_TEXT && options->quiet;
	struct sheet *sheet;
	int status;

	if (text)
		lab_print_head(lab);
	if (line)
		tell_name(lab->name);
	sheet = lab_run(lab, options->sabotage, options->seconds,
			text ? stdout : NULL);
	if (line)
		tell_name("");
	if (!sheet)
		return LAB_BROKEN;
	status = lab_exit_status(sheet);
	if (text)
		lab_print_result(lab, sheet);
	json_array_append_new(results, lab_json(lab, sheet, options->sabotage));
	lab_free(sheet);
	return status;
}

static int run_all(const struct options *options, json_t *results)
{
	int status = LAB_AS_PREDICTED;
	size_t i;

	for (i = 0; i < nr_all_labs; i++) {
		status = lab_worse(status, run_lab(all_labs[i], options, results));
		if (options->format == FORMAT_TEXT && !options->quiet)
			putchar('\n');
	}
	return status;
}

static json_t *results_document(json_t *results)
{
	json_t *document = document_new("lab");

	json_object_set_new(document, "machine", lab_machine());
	json_object_set(document, "labs", results);
	return document;
}

static int save(json_t *results, const char *path)
{
	FILE *to = fopen(path, "we");

	if (!to)
		return fail("%s: %m", path);
	document_print(results_document(results), to, false);
	/* A full disk shows at the latest here. */
	if (ferror(to) | fclose(to))
		return fail("%s: cannot be written", path);
	return STATUS_OK;
}

/* What is printed when all is done. */
static void print_results(const struct options *options, json_t *results)
{
	struct table *table;

	if (options->format == FORMAT_JSON) {
		document_print(results_document(results), stdout, false);
		return;
	}
	if (options->format == FORMAT_TEXT && !options->all && !options->quiet)
		return;
	table = lab_summary(results);
	if (options->format == FORMAT_CSV)
		table_print_csv(table, stdout);
	else
		table_print_text(table, stdout);
	table_free(table);
}

static int run_labs(const struct options *options)
{
	json_t *results = json_array();
	int status;

	if (options->lab)
		status = run_lab(options->lab, options, results);
	else
		status = run_all(options, results);
	print_results(options, results);
	/* The list knows what need not be judged. */
	if (options->expect && status != LAB_BROKEN)
		status = lab_compare(results, options->expect);
	if (options->save && save(results, options->save))
		status = LAB_BROKEN;
	json_decref(results);
	return status;
}

static int lab_main(int argc, char **argv)
{
	struct options options = { .seconds = 300 };

	argp_parse(&common_argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (options.lab)
		parse_rest(&options, argc, argv);
	else if (!options.all)
		return list_labs(options.format);
	return run_labs(&options);
}

const struct subcommand subcommand_lab = {
	"lab", "claims about processes and threads, as experiments", lab_main,
};
