// SPDX-License-Identifier: GPL-2.0-only
/* pcstats top on a terminal: what is drawn, and the wait for keys. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "top_screen.h"

#define FIRST_RATES	0.5	/* seconds: the first interval is a short one */

enum {
	PAIR_ALARM = 1,
	PAIR_HEADING,
};

/* ---- what is drawn ---- */

static void draw_text(int y, int x, attr_t attributes, const char *text)
{
	attrset(attributes);
	mvaddnstr(y, x, text, COLS - x);
	attrset(A_NORMAL);
}

static void draw_heading(const struct screen *screen, int y,
			 const struct top_place *places, size_t nr)
{
	attr_t heading = A_REVERSE | (screen->colour ? COLOR_PAIR(PAIR_HEADING) : 0);
	char cell[TOP_CELL_SIZE];
	size_t i;

	attrset(heading);
	mvhline(y, 0, ' ' | heading, COLS);
	for (i = 0; i < nr; i++) {
		bool sorts = places[i].column == screen->top->set.sort;

		top_heading(&places[i], cell);
		draw_text(y, places[i].x, sorts ? A_BOLD | A_UNDERLINE : heading,
			  cell);
	}
}

static void draw_row(const struct screen *screen, int y,
		     const struct top_row *row,
		     const struct top_place *places, size_t nr)
{
	attr_t base = row->task->state.exited ? A_DIM : A_NORMAL;
	char cell[TOP_CELL_SIZE];
	size_t i;

	for (i = 0; i < nr; i++) {
		bool bold = screen->highlight &&
			    places[i].column == screen->top->set.sort;

		top_cell(screen->top, row, &places[i], cell);
		draw_text(y, places[i].x, bold ? A_BOLD : base, cell);
	}
}

static void draw_rows(struct screen *screen, int y)
{
	const struct top *top = screen->top;
	struct top_place places[TOP_NR_COLUMNS];
	size_t nr = top_fit(top, screen->skip, COLS, places), i;

	screen->room = LINES > y + 1 ? LINES - y - 1 : 0;
	if (screen->first_row >= top->nr_rows)
		screen->first_row = top->nr_rows ? top->nr_rows - 1 : 0;
	draw_heading(screen, y, places, nr);
	for (i = 0; i < screen->room && screen->first_row + i < top->nr_rows; i++)
		draw_row(screen, y + 1 + i, &top->rows[screen->first_row + i],
			 places, nr);
}

static void draw_message(const struct screen *screen, int y)
{
	const struct top *top = screen->top;
	char text[128] = "";

	if (*screen->message)
		snprintf(text, sizeof(text), "%s", screen->message);
	else if (top->trouble)
		snprintf(text, sizeof(text), "waiting for it");
	else if (!top_has_rows(top))
		snprintf(text, sizeof(text), "rates from the next read on");
	else if (!top->nr_rows)
		snprintf(text, sizeof(text), "no task did anything%s",
			 top->set.idle ? " that is not filtered" : " (i: idle ones)");
	else if (screen->first_row)
		snprintf(text, sizeof(text), "row %zu of %zu",
			 screen->first_row + 1, top->nr_rows);
	draw_text(y, 0, *screen->message ? A_BOLD : A_DIM, text);
}

void screen_draw(struct screen *screen)
{
	attr_t alarm = A_BOLD | (screen->colour ? COLOR_PAIR(PAIR_ALARM) : 0);
	struct top_line lines[TOP_HEAD_LINES];
	int nr = top_head(screen->top, COLS, lines), y;

	/* Half of a small terminal is for the rows. */
	if (nr > (LINES - 2) / 2)
		nr = LINES > 2 ? (LINES - 2) / 2 : 0;
	erase();
	for (y = 0; y < nr; y++)
		draw_text(y, 0, lines[y].alarm ? alarm : A_NORMAL, lines[y].text);
	screen->message_y = LINES > 2 ? y++ : LINES - 1;
	draw_rows(screen, y);
	if (LINES > 2 || *screen->message)
		draw_message(screen, screen->message_y);
	move(screen->message_y, 0);
	refresh();
}

/* ---- keys, and time ---- */

static int milliseconds(unsigned long long until)
{
	unsigned long long now = clock_ns(CLOCK_MONOTONIC);
	unsigned long long left = until > now ? (until - now + 999999) / 1000000 : 0;

	return left < 60000 ? (int)left : 60000;
}

static void take_signal(struct screen *screen)
{
	struct signalfd_siginfo info;

	if (read(screen->signals, &info, sizeof(info)) == sizeof(info))
		screen->signal = info.ssi_signo;
	screen->done = true;
}

int screen_key(struct screen *screen, unsigned long long until)
{
	struct pollfd fds[] = {
		{ STDIN_FILENO, POLLIN }, { screen->signals, POLLIN },
	};

	int key = ERR, left;

	while (!screen->done) {
		/* curses may hold keys that poll() knows nothing of. */
		key = getch();
		if (key != ERR)
			break;
		left = milliseconds(until);
		if (!left)
			break;
		if (poll(fds, 2, left) <= 0)
			continue;
		if (fds[1].revents)
			take_signal(screen);
		/* The terminal has gone. */
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			screen->done = true;
	}
	return key;
}

static void loop(struct screen *screen, unsigned long long times)
{
	struct top *top = screen->top;
	double seconds = top->set.delay < FIRST_RATES ? top->set.delay : FIRST_RATES;
	unsigned long long done = 0;
	int key;

	top_arrange(top);
	while (!screen->done) {
		unsigned long long next = top->read_ns + seconds * 1e9;

		screen_draw(screen);
		key = screen->read_now ? ERR : screen_key(screen, next);
		if (screen->done)
			break;
		if (key != ERR) {
			*screen->message = '\0';
			screen_act(screen, key);
			continue;
		}
		screen->read_now = false;
		top_read(top);
		top_arrange(top);
		seconds = top->set.delay;
		if (times && ++done == times)
			break;
	}
}

static void begin_colours(struct screen *screen)
{
	if (!has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_ALARM, COLOR_RED, -1);
	init_pair(PAIR_HEADING, COLOR_GREEN, -1);
	screen->colour = true;
}

static int run(struct screen *screen, unsigned long long times)
{
	SCREEN *terminal = newterm(NULL, stdout, stdin);

	if (!terminal)
		return fail("no terminal of the type \"%s\" ($TERM) is known; --batch needs none",
			    getenv("TERM") ?: "");
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	begin_colours(screen);
	loop(screen, times);
	endwin();
	delscreen(terminal);
	return STATUS_OK;
}

int top_screen(struct top *top, unsigned long long times)
{
	struct screen screen = { .top = top };
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail("top: stdin and stdout must be a terminal; --batch needs none");
	top_read(top);
	if (top->trouble)
		return fail("%s", top->trouble);
	interval_begin(&screen.interval, top->set.delay, false);
	screen.signals = signalfd(-1, &screen.interval.awaited, SFD_CLOEXEC);
	status = run(&screen, times);
	close(screen.signals);
	/* ^C is another way to quit; what else came ends us as it would have. */
	if (screen.signal == SIGINT)
		screen.signal = 0;
	sigprocmask(SIG_SETMASK, &screen.interval.before, NULL);
	if (screen.signal) {
		/* curses has handlers of its own. */
		signal(screen.signal, SIG_DFL);
		raise(screen.signal);
	}
	return status;
}
