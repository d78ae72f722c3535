// SPDX-License-Identifier: GPL-2.0-only
/* The two other screens of pcstats top: help, and the choice of columns. */
#include <string.h>

#include "top_screen.h"

#define ESCAPE	27

static void put(int y, int x, const char *text)
{
	if (x < COLS)
		mvaddnstr(y, x, text, COLS - x);
}

/* Lines of a list that fit below a title. */
static size_t list_room(void)
{
	return LINES > 2 ? LINES - 1 : 1;
}

static void title(const char *text)
{
	erase();
	attrset(A_BOLD);
	if (LINES > 1)
		put(0, 0, text);
	attrset(A_NORMAL);
}

/* ---- help ---- */

#define HELP_WIDTH	40

/* As many as fit, in one column or more. */
static size_t help_room(void)
{
	return list_room() * (COLS < HELP_WIDTH ? 1 : COLS / HELP_WIDTH);
}

static void draw_help(size_t first, size_t nr)
{
	size_t room = list_room(), i;

	title(first + help_room() < nr ? "Keys (any key: more, q: back)" :
					 "Keys (any key: back)");
	for (i = 0; first + i < nr && i < help_room(); i++) {
		int y = i % room + (LINES > 1), x = i / room * HELP_WIDTH;

		put(y, x + 1, screen_keys[first + i].name);
		put(y, x + 8, screen_keys[first + i].help);
	}
	refresh();
}

void screen_help(struct screen *screen)
{
	size_t first = 0, nr = 0;
	int key;

	while (screen_keys[nr].name)
		nr++;
	while (first < nr) {
		draw_help(first, nr);
		key = screen_key(screen, SCREEN_FOREVER);
		if (key == KEY_RESIZE)
			continue;
		if (key == ERR || key == 'q' || key == ESCAPE)
			break;
		first += help_room();
	}
}

/* ---- columns ---- */

static void draw_columns(const struct top_settings *set, size_t at)
{
	size_t room = list_room(), first = at < room ? 0 : at - room + 1, c;
	int y = LINES > 1;

	title("Columns (Space: show or hide, s: sort by, q: back)");
	for (c = first; c < TOP_NR_COLUMNS && c < first + room; c++, y++) {
		attrset(c == at ? A_REVERSE : A_NORMAL);
		put(y, 0, set->shown[c] ? " *" : "  ");
		put(y, 2, c == set->sort ? ">" : " ");
		put(y, 3, top_columns[c].name);
		attrset(A_NORMAL);
		put(y, 19, top_columns[c].help);
	}
	move(LINES > 1 ? at - first + 1 : 0, 0);
	refresh();
}

static size_t move_cursor(size_t at, int key)
{
	size_t last = TOP_NR_COLUMNS - 1, page = list_room();

	switch (key) {
	case KEY_UP:
		return at - (at > 0);
	case KEY_DOWN:
		return at + (at < last);
	case KEY_PPAGE:
		return at > page ? at - page : 0;
	case KEY_NPAGE:
		return at + page < last ? at + page : last;
	case KEY_HOME:
		return 0;
	case KEY_END:
		return last;
	}
	return at;
}

void screen_columns(struct screen *screen)
{
	struct top_settings *set = &screen->top->set;
	size_t at = 0;
	int key;

	do {
		draw_columns(set, at);
		key = screen_key(screen, SCREEN_FOREVER);
		at = move_cursor(at, key);
		if (key == ' ' || key == 'd')
			set->shown[at] = !set->shown[at];
		if (key == 's') {
			set->sort = at;
			set->reverse = false;
			set->shown[at] = true;
		}
	} while (key != ERR && key != 'q' && key != ESCAPE && key != '\n');
	/* The pid tells one row from another. */
	set->shown[TOP_PID] = true;
}
