// SPDX-License-Identifier: GPL-2.0-only
/* What pcstats top asks for in words: a delay, filters, a text to find. */
#include <ctype.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "top_screen.h"

void screen_tell(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(screen->message, sizeof(screen->message), format, args);
	va_end(args);
}

#define ESCAPE	27

static void draw_question(const struct screen *screen, const char *question,
			  const char *answer)
{
	int y = screen->message_y;

	move(y, 0);
	clrtoeol();
	attrset(A_BOLD);
	addnstr(question, COLS);
	addnstr(": ", COLS - getcurx(stdscr));
	attrset(A_NORMAL);
	if (getcury(stdscr) == y)
		addnstr(answer, COLS - getcurx(stdscr));
	refresh();
}

static bool ask(struct screen *screen, const char *question, char *answer,
		size_t size)
{
	size_t len = 0;
	int key;

	for (*answer = '\0'; ; answer[len] = '\0') {
		draw_question(screen, question, answer);
		key = screen_key(screen, SCREEN_FOREVER);
		if (key == '\n' || key == KEY_ENTER)
			return true;
		if (key == ERR || key == ESCAPE)
			return false;
		if (key == KEY_RESIZE)
			screen_draw(screen);
		else if (key == KEY_BACKSPACE || key == '\b' || key == 127)
			len -= len > 0;
		else if (key == ('U' & 0x1f))
			len = 0;
		else if (key < 127 && isprint(key) && len + 1 < size)
			answer[len++] = key;
	}
}

void screen_set_delay(struct screen *screen)
{
	char answer[16], *question;
	double seconds;
	bool given;

	question = xasprintf("Seconds between reads, now %g", screen->top->set.delay);
	given = ask(screen, question, answer, sizeof(answer));
	free(question);
	if (!given || !*answer)
		return;
	if (parse_seconds(answer, &seconds))
		screen->top->set.delay = seconds;
	else
		screen_tell(screen, "\"%s\" is not 0.1 to 86400 seconds", answer);
}

void screen_set_max_rows(struct screen *screen)
{
	unsigned long long rows = 0;
	char answer[16];

	if (!ask(screen, "Rows at most (nothing: all)", answer,
			sizeof(answer)))
		return;
	if (*answer && !parse_number(answer, INT_MAX, &rows))
		screen_tell(screen, "\"%s\" is not a number", answer);
	else
		screen->top->set.max_rows = rows;
}

/* ---- filters ---- */

void screen_filter_user(struct screen *screen)
{
	struct filter *filter = &screen->top->set.filter;
	const struct passwd *user;
	unsigned long long uid;
	char answer[64];

	if (!ask(screen, "User, name or number (nothing: all)", answer,
			sizeof(answer)))
		return;
	filter->by_user = false;
	if (!*answer)
		return;
	user = getpwnam(answer);
	if (!user && !parse_number(answer, UINT_MAX, &uid)) {
		screen_tell(screen, "there is no user \"%s\"", answer);
		return;
	}
	filter->user = user ? user->pw_uid : uid;
	filter->by_user = true;
}

void screen_filter_comm(struct screen *screen)
{
	struct filter *filter = &screen->top->set.filter;
	char answer[PCSTATS_COMM_SIZE];

	if (!ask(screen, "Names, as a pattern like py* (nothing: all)",
			answer, sizeof(answer)))
		return;
	while (filter->nr_comms)
		free(filter->comms[--filter->nr_comms]);
	if (!*answer)
		return;
	filter->comms = xreallocarray(filter->comms, 1, sizeof(*filter->comms));
	filter->comms[filter->nr_comms++] = xstrdup(answer);
}

void screen_filter_none(struct screen *screen)
{
	bool kernel = screen->top->set.filter.kernel;

	filter_free(&screen->top->set.filter);
	memset(&screen->top->set.filter, 0, sizeof(screen->top->set.filter));
	screen->top->set.filter.kernel = kernel;
	screen_tell(screen, "no filters");
}

/* ---- finding ---- */

static bool row_has(const struct top *top, const struct top_row *row,
		    const char *text)
{
	struct top_place places[TOP_NR_COLUMNS];
	size_t nr = top_fit(top, 0, INT_MAX, places), i;
	char cell[TOP_CELL_SIZE];

	for (i = 0; i < nr; i++) {
		top_cell(top, row, &places[i], cell);
		if (strstr(cell, text))
			return true;
	}
	return false;
}

static void find_from(struct screen *screen, size_t from)
{
	const struct top *top = screen->top;
	size_t i;

	for (i = from; i < top->nr_rows; i++) {
		if (!row_has(top, &top->rows[i], screen->search))
			continue;
		screen->first_row = i;
		return;
	}
	screen_tell(screen, "no \"%s\" from here on", screen->search);
}

void screen_find(struct screen *screen)
{
	if (ask(screen, "Find", screen->search, sizeof(screen->search)) &&
	    *screen->search)
		find_from(screen, 0);
}

void screen_find_next(struct screen *screen)
{
	if (*screen->search)
		find_from(screen, screen->first_row + 1);
}
