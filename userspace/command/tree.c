// SPDX-License-Identifier: GPL-2.0-only
/* pcstats tree: who created whom. */
#include <limits.h>
#include <stdlib.h>

#include "command.h"
#include "document.h"
#include "source.h"
#include "table.h"
#include "tree.h"

enum {
	COLUMN_COMM,
	COLUMN_PID,
	COLUMN_TGID,
	COLUMN_PPID,
	COLUMN_STATE,
	COLUMN_MM,
	COLUMN_ID,
	COLUMN_CREATOR,
	COLUMN_CALL,
	COLUMN_NS,
	COLUMN_PAGES,
	COLUMN_TASKS,
	COLUMN_FIRST_TALLY,
	NR_COLUMNS = COLUMN_FIRST_TALLY + PCSTATS_NR_TALLIES
};

#define TALLY(tally, table, text) \
	[COLUMN_FIRST_TALLY + PCSTATS_##tally] = { \
		#tally, text, .group = #table, \
		.hidden = PCSTATS_##tally != PCSTATS_copied && \
			  PCSTATS_##tally != PCSTATS_bytes, \
		.spare = PCSTATS_##tally == PCSTATS_bytes, \
	},
#define TASK(tally, sources, text)	TALLY(tally, task, text)
#define COW(tally, sources, text)	TALLY(tally, cow, text)
#define RARE(tally, sources, text)	TALLY(tally, rare, text)
#define HUGE(tally, sources, text)	TALLY(tally, huge, text)
#define WHY(tally, sources, text)	TALLY(tally, why, text)
#define WHERE(tally, sources, text)	TALLY(tally, where, text)

static const struct column columns[NR_COLUMNS] = {
	[COLUMN_COMM] = { "comm", "name of the program or thread, with the tree",
			  .text = true, .tree = true, .trunc = true },
	[COLUMN_PID] = { "pid", "the task" },
	[COLUMN_TGID] = { "tgid", "its process", .hidden = true },
	[COLUMN_PPID] = { "ppid", "its parent process", .hidden = true },
	[COLUMN_STATE] = { "state", "as in ps; exited: X and its status, X0 or X/9",
			   .text = true },
	[COLUMN_MM] = { "mm", "id of its address space; 0: a kernel thread", .hidden = true },
	[COLUMN_ID] = { "id", "its number, never used twice", .hidden = true },
	[COLUMN_CREATOR] = { "creator", "id of the task that made it; 0: not known", .hidden = true },
	[COLUMN_CALL] = { "call", "that made it: fork, vfork, thread, clone; in text in (), if it hangs below another task than its creator",
			  .text = true },
	[COLUMN_NS] = { "ns", "nanoseconds that making it took in the kernel" },
	[COLUMN_PAGES] = { "pages", "anonymous pages that its fork shared with it", .spare = 2 },
	[COLUMN_TASKS] = { "tasks", "how many tasks it and those below it are", .hidden = true },
	PCSTATS_TASK_COUNTERS(TASK)
	PCSTATS_COW_COUNTERS(COW)
	PCSTATS_RARE_COUNTERS(RARE)
	PCSTATS_HUGE_COUNTERS(HUGE)
	PCSTATS_WHY_COUNTERS(WHY)
	PCSTATS_WHERE_COUNTERS(WHERE)
};

enum { KEY_LIVE = 256, KEY_SORT };

struct options {
	const char *file;
	enum format format;
	const char *columns, *sort;
	pid_t pid;		/* 0: none */
	bool sum;
	struct tree_filter filter;
};

static void set_pid(struct options *options, const char *arg,
		    struct argp_state *state)
{
	unsigned long long pid;

	if (options->pid)
		argp_error(state, "one PID, not more");
	if (!parse_pid(arg, &pid))
		argp_error(state, "\"%s\" is no PID", arg);
	options->pid = pid;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		state->child_inputs[1] = &options->file;
		return 0;
	case 's':
		options->filter.above = true;
		return 0;
	case 'T':
		options->filter.threads = false;
		return 0;
	case KEY_LIVE:
		options->filter.live = true;
		return 0;
	case 'k':
		options->filter.kernel = true;
		return 0;
	case 'S':
		options->sum = true;
		return 0;
	case 'o':
		options->columns = arg;
		return 0;
	case KEY_SORT:
		options->sort = arg;
		return 0;
	case ARGP_KEY_ARG:
		set_pid(options, arg, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "show-parents", 's', NULL, 0, "With PID: what is above it, too" },
	{ "hide-threads", 'T', NULL, 0, "Processes only" },
	{ "live", KEY_LIVE, NULL, 0, "Only tasks that have not exited" },
	{ "kernel-threads", 'k', NULL, 0, "Kernel threads, too" },
	{ "sum", 'S', NULL, 0,
	  "Count for each task all that are below it, too, be they shown or not" },
	{ "output", 'o', "LIST", 0,
	  "Show these columns, or groups of columns; +LIST: these too" },
	{ "sort", KEY_SORT, "LIST", 0,
	  "Sort those below one task by these columns; -COLUMN: largest first (default: as they were made); in CSV, all" },
	{ }
};

static const struct argp_child children[] = {
	{ &format_argp }, { &file_argp }, { }
};

static char *help(int key, const char *text, void *input)
{
	char *list, *all;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	list = columns_help(columns, NR_COLUMNS);
	all = xasprintf("Columns:\n%s\n%s", list, text);
	free(list);
	return all;
}

static const struct argp argp = {
	argp_options, parse, "[PID]",
	"Who created whom, by which call, and what that cost; exited tasks, too, as long as the module keeps their rows. With PID: that task and what is below it.\v"
	"A task hangs below the one that called the kernel to make it, whatever its parent is by now. If that has no row any more, or is not known (call is -: it is older than the module), then below its parent; a thread, below its process. What is deeper than 64 levels is shown on the last of them. JSON has what is below a task as its \"children\"; CSV has \"creator\", the \"id\" of another row.\n\n"
	"Examples:\n"
	"  pcstats tree -T            the processes, exited ones, too\n"
	"  pcstats tree -s 412        task 412, what it made, and who made it\n"
	"  pcstats tree -S --sort=-bytes    where the copying went on\n",
	children, help,
};

/* The process below which it is shown is another one than made it. */
static bool elsewhere(const struct tree_node *node)
{
	return node->shown_above &&
	       !(node->by_creator && node->shown_above->task->tgid ==
				     node->above->task->tgid);
}

static void set_call(struct row *row, const struct tree_node *node,
		     enum format format)
{
	const char *call = call_text(node->task->call);
	char *marked;

	if (!call || format != FORMAT_TEXT || !elsewhere(node)) {
		row_string(row, COLUMN_CALL, call);
		return;
	}
	marked = xasprintf("(%s)", call);
	row_string(row, COLUMN_CALL, marked);
	free(marked);
}

static void set_values(struct row *row, const struct tree_node *node, bool sum)
{
	const struct pcstats_task *task = node->task;
	const unsigned long long *tally = sum ? node->sum.tally : task->tally;
	size_t i;

	row_unsigned(row, COLUMN_NS, sum ? node->sum.ns : task->born_ns);
	row_unsigned(row, COLUMN_PAGES, sum ? node->sum.pages : task->born_pages);
	row_unsigned(row, COLUMN_TASKS, node->sum.tasks);
	for (i = 0; i < PCSTATS_NR_TALLIES; i++)
		row_unsigned(row, COLUMN_FIRST_TALLY + i, tally[i]);
}

static struct row *add_node(struct table *table, const struct tree_node *node,
			    struct row *above, const struct options *options)
{
	const struct pcstats_task *task = node->task;
	struct row *row = table_add(table, above);
	char comm[ESCAPED_SIZE], state[STATE_SIZE];

	row_string(row, COLUMN_COMM, escape(task->comm, comm));
	row_unsigned(row, COLUMN_PID, task->pid);
	row_unsigned(row, COLUMN_TGID, task->tgid);
	row_unsigned(row, COLUMN_PPID, task->ppid);
	row_string(row, COLUMN_STATE, state_text(&task->state, state));
	row_unsigned(row, COLUMN_MM, task->mm);
	row_unsigned(row, COLUMN_ID, task->id);
	row_unsigned(row, COLUMN_CREATOR, task->creator);
	set_call(row, node, options->format);
	set_values(row, node, options->sum);
	return row;
}

static void add_rows(struct table *table, const struct tree *tree,
		     const struct options *options)
{
	struct row **rows = xcalloc(tree->nr, sizeof(*rows));
	struct tree_node *node, *above;
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		node = tree->order[i];
		above = node->shown_above;
		if (node->shown)
			rows[node - tree->nodes] =
				add_node(table, node, above ? rows[above - tree->nodes] : NULL,
					 options);
	}
	free(rows);
}

static int fill(struct table *table, struct options *options,
		const struct pcstats_snapshot *snap)
{
	struct tree tree = { };

	if (options->pid) {
		options->filter.top = pcstats_find_task(snap, options->pid);
		if (!options->filter.top) {
			fail("no task %d, nor a row of one that has exited",
			     options->pid);
			return STATUS_NONE;
		}
	}
	tree_build(&tree, snap);
	tree_sum(&tree);
	tree_hang(&tree, &options->filter);
	add_rows(table, &tree, options);
	tree_free(&tree);
	return table_sort(table, options->sort);
}

static int select_columns(struct table *table, const struct options *options)
{
	int status = STATUS_OK;

	if (options->sum && !options->columns)
		status = table_select(table, "+tasks");
	/* What makes a tree again of flat rows. */
	if (!status && options->format != FORMAT_TEXT && !options->columns)
		status = table_select(table, "+id,creator");
	return status ?: table_select(table, options->columns);
}

static int tree(int argc, char **argv)
{
	struct options options = { .filter.threads = true };
	struct table *table = table_new(columns, NR_COLUMNS);
	struct pcstats_snapshot snap;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	status = select_columns(table, &options) ?:
		 read_snapshot(&snap, options.file);
	if (!status) {
		status = fill(table, &options, &snap);
		pcstats_free(&snap);
		if (!status)
			document_print_table(document_new("tree"), "tasks", table,
					     options.format);
	}
	table_free(table);
	return status;
}

const struct subcommand subcommand_tree = {
	"tree", "who created whom, by which call, with what it cost", tree,
};
