// SPDX-License-Identifier: GPL-2.0-only
/* pcstats cow: what a fork shared, and what both sides have copied of it. */
#include <argp.h>
#include <limits.h>
#include <stdlib.h>

#include "command.h"
#include "cow.h"
#include "source.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cow_options *options = state->input;
	unsigned long long pid;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		state->child_inputs[1] = &options->file;
		return 0;
	case 'o':
		options->columns = arg;
		return 0;
	case 's':
		options->sort = arg;
		return 0;
	case 'n':
		options->next = true;
		/* fallthrough */
	case 'w':
		options->watch = true;
		return 0;
	case 'i':
		if (!parse_seconds(arg, &options->seconds))
			argp_error(state, "\"%s\": not seconds, 0.1 to 86400", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one PID only");
		if (!parse_pid(arg, &pid))
			argp_error(state, "\"%s\" is no pid", arg);
		options->pid = pid;
		return 0;
	case ARGP_KEY_END:
		if (!options->pid)
			argp_error(state, "PID is missing");
		if (options->watch && (options->columns || options->sort))
			argp_error(state, "--watch has columns of its own");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "watch", 'w', NULL, 0, "Follow a fork until one side ends, or Ctrl-C" },
	{ "next", 'n', NULL, 0, "The same, of the fork that PID makes next" },
	{ "interval", 'i', "SECONDS", 0, "Seconds between lines of --watch (default 1)" },
	{ "output", 'o', "LIST", 0, "Show these columns of the forks; +LIST: these too" },
	{ "sort", 's', "LIST", 0, "Sort the forks by these; -COLUMN: largest first" },
	{ }
};

static char *help_filter(int key, const char *text, void *input)
{
	char *columns, *help;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	columns = cow_columns_help();
	help = xasprintf("Columns:\n%s\n%s", columns, text);
	free(columns);
	return help;
}

static const struct argp_child children[] = {
	{ &format_argp }, { &file_argp }, { }
};

static const struct argp argp = {
	argp_options, parse, "PID",
	"What is left of what forks made PID and others share: the fork that made PID, unless it has called execve, and those by which it made children."
	"\v"
	"How many pages a fork shared and how many either side has copied since is exact, but where `exact` says no: a side "
	"that has forked again may have copied pages that it shares with later children only; no row tells of older forks "
	"of a parent whose children have forked, called execve or left the history. `left` is a bound: pages that a side "
	"has unmapped are not copies, nor are those given up by its end. So is `bytes`, of what the copies take now.\n\n"
	"Regions, reasons and files are those of all copies of the tasks that are alive or have a row, of private pages "
	"of files, too: of a child since the fork, of a parent since it began. --watch tells the parent's since the "
	"fork, if it was started before.\n\n"
	"--watch follows the fork under way: PID's last one, else the one that made PID, if both sides live; or else "
	"waits for PID to fork. The last line has the final counts. CSV and JSON have a line for each interval, JSON one "
	"more for the summary; with CSV that goes to stderr.\n\n"
	"Examples:\n"
	"  pcstats cow $(pidof redis-server)\n"
	"  pcstats cow --watch -i 0.5 $(pidof redis-server)\n"
	"  pcstats cow --next --csv 412 >bgsave.csv",
	children, help_filter,
};

/* PID is there: what is to be said if it has no fork. */
static int no_fork(const struct pcstats_task *task)
{
	char comm[ESCAPED_SIZE];

	escape(task->comm, comm);
	if (task->mm == PCSTATS_UNWATCHED)
		fail("%d (%s) is not recorded: the module had no memory for it",
		     task->pid, comm);
	else if (!task->mm)
		fail("%d (%s) is a kernel thread: it has no memory of its own",
		     task->pid, comm);
	else
		fail("%d (%s) has no fork to tell of: it neither forked, nor was forked without an execve since, while the module was loaded",
		     task->pid, comm);
	return STATUS_NONE;
}

static int cow_once(const struct cow_options *options)
{
	const struct pcstats_task *task;
	struct pcstats_snapshot snap;
	struct cow_fork *forks;
	int status;
	size_t nr;

	status = read_snapshot(&snap, options->file);
	if (status)
		return status;
	task = pcstats_find_task(&snap, options->pid);
	if (!task) {
		fail("no task %d", options->pid);
		status = STATUS_NONE;
	} else {
		nr = cow_forks(&snap, task->mm, &forks);
		status = nr ? cow_print(options, &snap, forks, nr) : no_fork(task);
		free(forks);
	}
	pcstats_free(&snap);
	return status;
}

static int cow(int argc, char **argv)
{
	struct cow_options options = { .seconds = 1 };

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options.watch ? cow_watch(&options) : cow_once(&options);
}

const struct subcommand subcommand_cow = {
	"cow", "what forks shared, and what both sides have copied since", cow,
};
