// SPDX-License-Identifier: GPL-2.0-only
/* pcstats share: groups of tasks that share something. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "document.h"
#include "share.h"
#include "source.h"

struct options {
	const char *file;
	enum format format;
	const char *columns, *sort;
	enum share_which which;
	bool kernel, tids;
	pid_t pid;		/* 0: none */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	unsigned long long pid;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		state->child_inputs[1] = &options->file;
		return 0;
	case 'a':
		options->which = SHARE_ALL;
		return 0;
	case 't':
		if (options->which == SHARE_SHARED)
			options->which = SHARE_THREADS;
		options->tids = true;
		return 0;
	case 'k':
		options->kernel = true;
		return 0;
	case 'o':
		options->columns = arg;
		return 0;
	case 's':
		options->sort = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (options->pid)
			argp_error(state, "one PID, not more");
		if (!parse_pid(arg, &pid))
			argp_error(state, "\"%s\" is no PID", arg);
		options->pid = pid;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "all", 'a', NULL, 0, "Groups of one task, too" },
	{ "threads", 't', NULL, 0,
	  "Groups that are all threads of one process, too, and thread ids; with PID, a row for each thread" },
	{ "kernel-threads", 'k', NULL, 0, "Kernel threads, too" },
	{ "output", 'o', "LIST", 0, "Show these columns; +LIST: these too" },
	{ "sort", 's', "LIST", 0, "Sort by these columns; -COLUMN: largest first" },
	{ }
};

static const struct argp_child children[] = {
	{ &format_argp }, { &file_argp }, { }
};

static char *help(int key, const char *text, void *input)
{
	char *groups, *matrix, *all;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	groups = columns_help(share_group_columns, nr_share_group_columns);
	matrix = columns_help(share_matrix_columns, nr_share_matrix_columns);
	all = xasprintf("Columns:\n%s\nColumns with PID (none: it has nothing of the kind):\n%s\n%s",
			groups, matrix, text);
	free(groups);
	free(matrix);
	return all;
}

static const struct argp argp = {
	argp_options, parse, "[PID]",
	"Which tasks share an address space, files, fs, or signal handlers: the groups that are not just the threads of one process; or, for PID, a table of who shares what with it.\v"
	"Address spaces are known of all tasks; the rest is asked of the kernel with kcmp(2), which wants the permission to ptrace, and of a saved copy (-f) cannot be known.\n\n"
	"Examples:\n"
	"  pcstats share              who shares what across processes\n"
	"  pcstats share -t --sort=-tasks   and the processes with most threads\n"
	"  pcstats share 412          who shares what with process 412\n",
	children, help,
};

static void print(const struct table *table, const struct options *options)
{
	json_t *document = document_new("share");

	if (options->pid)
		json_object_set_new(document, "pid", json_integer(options->pid));
	document_print_table(document, options->pid ? "tasks" : "groups", table,
			     options->format);
}

static void tell_unknown(const struct sharing *sharing)
{
	if (sharing->error)
		fail("kcmp: %s; only address spaces are known",
		     strerror(sharing->error));
	else if (sharing->nr_forbidden)
		fail("no permission to compare more than the address space of %zu tasks",
		     sharing->nr_forbidden);
	if (sharing->nr_gone && !sharing->error)
		fail("%zu tasks have ended before more than their address space was compared",
		     sharing->nr_gone);
}

static int fill(struct table *table, const struct sharing *sharing,
		const struct options *options)
{
	if (!options->pid) {
		share_groups(sharing, options->which, table);
	} else if (!share_matrix(sharing, options->pid, options->tids, table)) {
		fail("no task %d that lives", options->pid);
		return STATUS_NONE;
	}
	return table_sort(table, options->sort);
}

static bool wants_kernel(const struct pcstats_snapshot *snap,
			 const struct options *options)
{
	const struct pcstats_task *task =
		options->pid ? pcstats_find_live(snap, options->pid) : NULL;

	return options->kernel || (task && !task->mm);
}

static int share_snapshot(struct table *table, const struct options *options)
{
	struct pcstats_snapshot snap;
	struct sharing sharing;
	int status;

	status = read_snapshot(&snap, options->file);
	if (status)
		return status;
	sharing_find(&sharing, &snap, wants_kernel(&snap, options), !options->file);
	status = fill(table, &sharing, options);
	if (!status) {
		print(table, options);
		if (!options->file)
			tell_unknown(&sharing);
	}
	sharing_free(&sharing);
	pcstats_free(&snap);
	return status;
}

static int share(int argc, char **argv)
{
	struct options options = { };
	struct table *table;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.pid)
		table = table_new(share_matrix_columns, nr_share_matrix_columns);
	else
		table = table_new(share_group_columns, nr_share_group_columns);
	if (options.tids && !options.pid && !options.columns)
		options.columns = "+tids";
	status = table_select(table, options.columns) ?:
		 share_snapshot(table, &options);
	table_free(table);
	return status;
}

const struct subcommand subcommand_share = {
	"share", "who shares an address space, files, fs, signal handlers", share,
};
