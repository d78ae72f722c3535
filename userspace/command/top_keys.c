// SPDX-License-Identifier: GPL-2.0-only
/* What each key of pcstats top does. */
#include "top_screen.h"

static void quit(struct screen *screen)
{
	screen->done = true;
}

static void read_now(struct screen *screen)
{
	screen->read_now = true;
}

static void redraw(struct screen *screen)
{
	(void)screen;
	clearok(stdscr, TRUE);
}

/* ---- order ---- */

static void sort_by(struct screen *screen, size_t column)
{
	screen->top->set.sort = column;
	screen->top->set.shown[column] = true;
	screen->top->set.reverse = false;
	screen_tell(screen, "by %s", top_columns[column].name);
}

static void sort_left(struct screen *screen)
{
	size_t c = screen->top->set.sort;

	while (c--)
		if (screen->top->set.shown[c])
			return sort_by(screen, c);
}

static void sort_right(struct screen *screen)
{
	size_t c;

	for (c = screen->top->set.sort + 1; c < TOP_NR_COLUMNS; c++)
		if (screen->top->set.shown[c])
			return sort_by(screen, c);
}

static void sort_pages(struct screen *screen)
{
	sort_by(screen, TOP_TALLY(copied));
}

static void sort_memory(struct screen *screen)
{
	sort_by(screen, TOP_TALLY(bytes));
}

static void sort_time(struct screen *screen)
{
	sort_by(screen, TOP_TALLY(fork_ns));
}

static void sort_number(struct screen *screen)
{
	sort_by(screen, TOP_PID);
}

static void reverse(struct screen *screen)
{
	screen->top->set.reverse = !screen->top->set.reverse;
}

/* ---- what is shown ---- */

static void toggle_threads(struct screen *screen)
{
	screen->top->set.threads = !screen->top->set.threads;
}

static void toggle_idle(struct screen *screen)
{
	screen->top->set.idle = !screen->top->set.idle;
}

static void toggle_kernel(struct screen *screen)
{
	screen->top->set.filter.kernel = !screen->top->set.filter.kernel;
	screen_tell(screen, "kernel threads: %s",
		    screen->top->set.filter.kernel ? "shown" : "hidden");
}

static void toggle_cumulative(struct screen *screen)
{
	screen->top->set.cumulative = !screen->top->set.cumulative;
}

static void toggle_highlight(struct screen *screen)
{
	screen->highlight = !screen->highlight;
}

static void toggle_colour(struct screen *screen)
{
	screen->colour = !screen->colour && has_colors();
}

/* ---- where one looks ---- */

/* Drawing keeps it within the rows that there are. */
static void scroll_by(struct screen *screen, long rows)
{
	if (rows < 0 && screen->first_row < (size_t)-rows)
		screen->first_row = 0;
	else
		screen->first_row += rows;
}

static void row_up(struct screen *screen)
{
	scroll_by(screen, -1);
}

static void row_down(struct screen *screen)
{
	scroll_by(screen, 1);
}

static void page_up(struct screen *screen)
{
	scroll_by(screen, -(long)screen->room);
}

static void page_down(struct screen *screen)
{
	scroll_by(screen, screen->room);
}

static void go_first(struct screen *screen)
{
	screen->first_row = 0;
	screen->skip = 0;
}

static void go_last(struct screen *screen)
{
	size_t nr = screen->top->nr_rows;

	screen->first_row = nr > screen->room ? nr - screen->room : 0;
}

static void columns_left(struct screen *screen)
{
	screen->skip -= screen->skip > 0;
}

static void columns_right(struct screen *screen)
{
	size_t shown = 0, c;

	for (c = 0; c < TOP_NR_COLUMNS; c++)
		shown += screen->top->set.shown[c];
	screen->skip += screen->skip + 2 < shown;
}

/* ---- the list ---- */

#define CTRL(letter)	((letter) & 0x1f)

const struct screen_key screen_keys[] = {
	{ 'q', 0, "q", "quit", quit },
	{ 'h', '?', "h ?", "this help", screen_help },
	{ ' ', '\n', "Space", "read now (Enter, too)", read_now },
	{ 'd', 's', "d s", "seconds between reads", screen_set_delay },
	{ 'S', 0, "S", "rates, or counts since load", toggle_cumulative },
	{ '<', 0, "<", "sort by the column to the left", sort_left },
	{ '>', 0, ">", "sort by the column to the right", sort_right },
	{ 'P', 0, "P", "sort by pages copied", sort_pages },
	{ 'M', 0, "M", "sort by memory copied, bytes", sort_memory },
	{ 'T', 0, "T", "sort by time of creations", sort_time },
	{ 'N', 0, "N", "sort by number (pid)", sort_number },
	{ 'R', 0, "R", "reverse the order", reverse },
	{ 'H', 0, "H", "by process, or by thread", toggle_threads },
	{ 'i', 0, "i", "those that did nothing, too", toggle_idle },
	{ 'K', 0, "K", "kernel threads, too", toggle_kernel },
	{ 'u', 'U', "u", "only a user's", screen_filter_user },
	{ 'o', 'O', "o", "only those of a name", screen_filter_comm },
	{ '=', 0, "=", "no filters", screen_filter_none },
	{ 'n', '#', "n #", "rows at most", screen_set_max_rows },
	{ 'L', '/', "L /", "find a text", screen_find },
	{ '&', 0, "&", "find the next", screen_find_next },
	{ 'f', 'F', "f", "choose columns", screen_columns },
	{ 'x', 0, "x", "highlight what it is sorted by", toggle_highlight },
	{ 'z', 0, "z", "colours", toggle_colour },
	{ CTRL('L'), 0, "^L", "draw all anew", redraw },
	{ KEY_UP, 0, "Up", "scroll by a row", row_up },
	{ KEY_DOWN, 0, "Down", "scroll by a row", row_down },
	{ KEY_PPAGE, 0, "PgUp", "scroll by a page", page_up },
	{ KEY_NPAGE, 0, "PgDn", "scroll by a page", page_down },
	{ KEY_HOME, 0, "Home", "the first row", go_first },
	{ KEY_END, 0, "End", "the last row", go_last },
	{ KEY_LEFT, 0, "Left", "scroll by a column", columns_left },
	{ KEY_RIGHT, 0, "Right", "scroll by a column", columns_right },
	{ }
};

void screen_act(struct screen *screen, int key)
{
	const struct screen_key *k;

	if (key == KEY_RESIZE)
		return;
	for (k = screen_keys; k->name; k++)
		if (key == k->key || (k->other && key == k->other))
			break;
	if (!k->name) {
		screen_tell(screen, "no such key; h lists them");
		return;
	}
	k->act(screen);
	top_arrange(screen->top);
}
