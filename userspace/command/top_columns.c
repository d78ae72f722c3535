// SPDX-License-Identifier: GPL-2.0-only
/* The columns of pcstats top: how they sort, fit and read. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "source.h"
#include "top.h"

#define TALLY(name, sources, text) [TOP_TALLY(name)] = { #name, text },

const struct column top_columns[TOP_NR_COLUMNS] = {
	[TOP_PID] = { "pid", "of the process, or the thread" },
	[TOP_TGID] = { "tgid", "of the process" },
	[TOP_PPID] = { "ppid", "of the parent process" },
	[TOP_USER] = { "user", "who runs it, effectively", .text = true },
	[TOP_STATE] = { "state", "as in ps(1); X and the wait status if exited", .text = true },
	[TOP_MM] = { "mm", "its address space" },
	PCSTATS_COUNTERS(TALLY)
	[TOP_COMM] = { "comm", "name of the program or thread", .text = true },
};

/* Shown unless one chooses; where room is short, the last ones go first. */
static const unsigned char by_weight[] = {
	TOP_PID, TOP_COMM, TOP_TALLY(copied), TOP_TALLY(forks),
	TOP_TALLY(execs), TOP_TALLY(threads), TOP_TALLY(bytes),
	TOP_TALLY(reused), TOP_STATE, TOP_USER, TOP_TALLY(file),
	TOP_TALLY(zeroed), TOP_TALLY(vforks),
};

void top_show_defaults(bool shown[TOP_NR_COLUMNS])
{
	size_t i;

	memset(shown, 0, TOP_NR_COLUMNS * sizeof(shown[0]));
	for (i = 0; i < sizeof(by_weight); i++)
		shown[by_weight[i]] = true;
}

static int width_of(size_t column)
{
	int width = strlen(top_columns[column].name);

	switch (column) {
	case TOP_PID:
	case TOP_TGID:
	case TOP_PPID:
	case TOP_MM:
		return 7;
	case TOP_USER:
	case TOP_COMM:	/* and all that is left */
	case TOP_TALLY(bytes):
		return 8;
	}
	return width < 6 && column >= TOP_FIRST_TALLY ? 6 : width;
}

/* The larger, the sooner it goes; what one sorts by stays to the end. */
static size_t weight_of(const struct top *top, size_t column)
{
	size_t i;

	for (i = 0; i < sizeof(by_weight); i++)
		if (by_weight[i] == column)
			break;
	return column == top->set.sort && i > 1 ? 2 : i + 1;
}

static void drop_one(const struct top *top, struct top_place *places, size_t nr)
{
	size_t worst = 0, i;

	for (i = 1; i < nr; i++)
		if (weight_of(top, places[i].column) >=
		    weight_of(top, places[worst].column))
			worst = i;
	memmove(&places[worst], &places[worst + 1],
		(nr - worst - 1) * sizeof(places[0]));
}

static int width_needed(const struct top_place *places, size_t nr)
{
	int width = -1;
	size_t i;

	for (i = 0; i < nr; i++)
		width += places[i].width + 1;
	return width;
}

size_t top_fit(const struct top *top, size_t skip, int width,
	       struct top_place places[TOP_NR_COLUMNS])
{
	size_t nr = 0, c, i;
	int x = 0;

	for (c = 0; c < TOP_NR_COLUMNS; c++) {
		if (!top->set.shown[c] || (nr && skip && skip--))
			continue;
		places[nr].column = c;
		places[nr++].width = width_of(c);
	}
	while (nr > 1 && width_needed(places, nr) > width)
		drop_one(top, places, nr--);
	for (i = 0; i < nr; i++) {
		if (i)
			x += places[i - 1].width + 1;
		places[i].x = x;
		if (places[i].column == TOP_COMM || places[i].width > width - x)
			places[i].width = width - x;
	}
	return nr;
}

/* ---- cells ---- */

void top_number(double value, bool whole, bool bytes, char *to, size_t size)
{
	static const char units[] = "KMGTPE";
	double step = bytes ? 1024 : 1000;
	size_t unit = 0;

	if (isnan(value)) {
		snprintf(to, size, "-");
	} else if (value < (bytes ? 9999.5 : 999999.5)) {
		/* An event in a minute is not none. */
		if (value > 0 && value < 0.05)
			snprintf(to, size, "<0.1");
		else
			snprintf(to, size, "%.*f",
				 !whole && !bytes && value && value < 1000, value);
	} else {
		for (value /= step; value >= 999.95 && units[unit + 1]; unit++)
			value /= step;
		snprintf(to, size, "%.1f%c", value, units[unit]);
	}
}

static bool is_tally(size_t column)
{
	return column >= TOP_FIRST_TALLY && column < TOP_COMM;
}

static void tally_cell(const struct top *top, const struct top_row *row,
		       size_t column, char *to, size_t size)
{
	top_number(top_value(top, row, column - TOP_FIRST_TALLY),
		   top->set.cumulative, column == TOP_TALLY(bytes), to, size);
}

static void id_cell(unsigned long long id, char *to, size_t size)
{
	if (id == PCSTATS_UNWATCHED)
		snprintf(to, size, "-");
	else
		snprintf(to, size, "%llu", id);
}

static void cell_content(const struct top *top, const struct top_row *row,
			 size_t column, char to[TOP_CELL_SIZE])
{
	const struct pcstats_task *task = row->task;

	switch (column) {
	case TOP_PID:
		id_cell(top->set.threads ? task->pid : task->tgid, to, TOP_CELL_SIZE);
		break;
	case TOP_TGID:
		id_cell(task->tgid, to, TOP_CELL_SIZE);
		break;
	case TOP_PPID:
		id_cell(task->ppid, to, TOP_CELL_SIZE);
		break;
	case TOP_USER:
		snprintf(to, TOP_CELL_SIZE, "%s", *row->user ? row->user : "-");
		break;
	case TOP_STATE:
		state_text(&task->state, to);
		break;
	case TOP_MM:
		id_cell(task->mm, to, TOP_CELL_SIZE);
		break;
	case TOP_COMM:
		escape(task->comm, to);
		break;
	default:
		tally_cell(top, row, column, to, TOP_CELL_SIZE);
	}
}

/* A name too long for its place ends in "+", as in top; a number begins with it. */
static void put(const struct top_place *place, char *content, char *to,
		size_t size)
{
	int width = place->width < (int)size ? place->width : (int)size - 1;
	int excess = (int)strlen(content) - width;
	bool text = top_columns[place->column].text;

	if (text && excess > 0 && width > 0)
		content[width - 1] = '+';
	if (!text && excess > 0) {
		content += excess;
		if (width > 0)
			*content = '+';
	}
	snprintf(to, size, "%*.*s", text ? -width : width, width, content);
}

void top_cell(const struct top *top, const struct top_row *row,
	      const struct top_place *place, char to[TOP_CELL_SIZE])
{
	char content[TOP_CELL_SIZE];

	cell_content(top, row, place->column, content);
	put(place, content, to, TOP_CELL_SIZE);
}

void top_heading(const struct top_place *place, char to[TOP_CELL_SIZE])
{
	char content[TOP_CELL_SIZE];

	snprintf(content, sizeof(content), "%s", top_columns[place->column].name);
	put(place, content, to, TOP_CELL_SIZE);
}

/* ---- order ---- */

size_t top_find_column(const char *name)
{
	size_t c;

	for (c = 0; c < TOP_NR_COLUMNS; c++)
		if (!strcmp(top_columns[c].name, name))
			break;
	return c;
}

bool top_ascends(size_t column)
{
	return !is_tally(column);
}

static double number_of(const struct top *top, const struct top_row *row,
			size_t column)
{
	switch (column) {
	case TOP_PID:
		return top->set.threads ? row->task->pid : row->task->tgid;
	case TOP_TGID:
		return row->task->tgid;
	case TOP_PPID:
		return row->task->ppid;
	case TOP_MM:
		return row->task->mm == PCSTATS_UNWATCHED ? NAN : row->task->mm;
	}
	return top_value(top, row, column - TOP_FIRST_TALLY);
}

static int compare_texts(const struct top *top, const struct top_row *a,
			 const struct top_row *b)
{
	char left[TOP_CELL_SIZE], right[TOP_CELL_SIZE];

	cell_content(top, a, top->set.sort, left);
	cell_content(top, b, top->set.sort, right);
	return strcmp(left, right);
}

int top_compare(const struct top *top, const struct top_row *a,
		const struct top_row *b)
{
	size_t column = top->set.sort;
	double left, right;
	int order;

	if (top_columns[column].text) {
		order = compare_texts(top, a, b);
	} else {
		left = number_of(top, a, column);
		right = number_of(top, b, column);
		/* What is not known comes last, whichever the direction. */
		if (isnan(left) != isnan(right))
			return isnan(left) ? 1 : -1;
		order = (left > right) - (left < right);
	}
	if (top_ascends(column) == top->set.reverse)
		order = -order;
	/* Rows that are equal stay where they are. */
	return order ?: (a->task->pid > b->task->pid) -
			(a->task->pid < b->task->pid);
}
