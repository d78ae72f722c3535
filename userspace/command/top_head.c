// SPDX-License-Identifier: GPL-2.0-only
/* The lines above the rows of pcstats top. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "top.h"

struct head {
	const struct top *top;
	struct top_line *lines;
	size_t nr, room;	/* room: of each line, without the terminator */
	bool begun, full;	/* of the last line */
};

static void begin(struct head *head, bool alarm, const char *label)
{
	struct top_line *line = &head->lines[head->nr++];

	line->alarm = alarm;
	snprintf(line->text, head->room + 1, "%s", label);
	head->begun = false;
	head->full = false;
}

/* One more piece of the last line, if there is room for all of it. */
static void __attribute__((format(printf, 2, 3)))
add(struct head *head, const char *format, ...)
{
	struct top_line *line = &head->lines[head->nr - 1];
	size_t used = strlen(line->text);
	char piece[sizeof(line->text)];
	const char *comma = head->begun ? ", " : "";
	va_list args;

	va_start(args, format);
	vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	if (used + strlen(comma) + strlen(piece) > head->room)
		head->full = true;
	if (head->full)
		return;
	strcat(strcat(line->text, comma), piece);
	head->begun = true;
}

/* What is said in one piece is cut where it does not fit. */
static void say(struct head *head, const char *text)
{
	if (head->nr < TOP_HEAD_LINES)
		begin(head, true, text);
}

static size_t alive(const struct pcstats_snapshot *snap)
{
	size_t nr = 0, i;

	if (snap->total.present && snap->total.tasks != PCSTATS_UNWATCHED)
		return snap->total.tasks;
	for (i = 0; i < snap->nr_tasks; i++)
		nr += !snap->tasks[i].state.exited;
	return nr;
}

static void title(struct head *head)
{
	const struct top *top = head->top;
	struct timespec up;
	time_t now = time(NULL);
	struct tm tm;
	char clock[16], text[64];

	clock_gettime(CLOCK_BOOTTIME, &up);
	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "pcstats - %s up %ld:%02ld", clock,
		 up.tv_sec / 3600, up.tv_sec / 60 % 60);
	begin(head, false, text);
	head->begun = true;
	if (top->nr_snapshots)
		add(head, "%zu tasks", alive(&top->after));
	if (top->set.cumulative)
		add(head, "since load");
	else if (top->nr_snapshots == 2)
		add(head, "rates over %.1f s", top->seconds);
	add(head, "by %s", top->set.threads ? "thread" : "process");
	if (top_has_rows(top))
		add(head, "%zu row%s", top->nr_rows, top->nr_rows == 1 ? "" : "s");
}

struct piece {
	enum pcstats_tally tally;
	const char *name;
};

static const struct piece creations[] = {
	{ PCSTATS_forks, "forks" }, { PCSTATS_threads, "threads" },
	{ PCSTATS_execs, "execs" }, { PCSTATS_vforks, "vforks" },
	{ PCSTATS_clones, "clones" }, { }
};

static const struct piece pages[] = {
	{ PCSTATS_copied, "copied" }, { PCSTATS_bytes, "bytes" },
	{ PCSTATS_reused, "reused" }, { PCSTATS_file, "file" },
	{ PCSTATS_zeroed, "zeroed" }, { }
};

static const struct piece loaded[] = {
	{ PCSTATS_forks, "forks" }, { PCSTATS_threads, "threads" },
	{ PCSTATS_execs, "execs" }, { PCSTATS_copied, "copied" },
	{ PCSTATS_bytes, "bytes" }, { PCSTATS_reused, "reused" }, { }
};

static void numbers(struct head *head, const struct top *top,
		    const char *label, const struct piece *piece)
{
	char number[16];

	begin(head, false, label);
	for (; piece->name; piece++) {
		top_number(top_total(top, piece->tally), top->set.cumulative,
			   piece->tally == PCSTATS_bytes, number,
			   sizeof(number));
		add(head, "%5s %s", number, piece->name);
	}
}

static void totals(struct head *head)
{
	struct top since_load = *head->top;
	bool rates = !head->top->set.cumulative;

	since_load.set.cumulative = true;
	numbers(head, head->top, rates ? "Tasks/s: " : "Tasks:   ", creations);
	numbers(head, head->top, rates ? "Pages/s: " : "Pages:   ", pages);
	if (rates)
		numbers(head, &since_load, "Loaded:  ", loaded);
}

static void hooks(struct head *head)
{
	const struct pcstats_snapshot *snap = &head->top->after;
	unsigned long long lost = snap->total.lost;
	size_t nr = 0, i;

	for (i = 0; i < snap->nr_hooks; i++)
		nr += !snap->hooks[i].on;
	if (lost == PCSTATS_UNWATCHED)
		lost = 0;
	if ((!nr && !lost) || head->nr == TOP_HEAD_LINES)
		return;
	begin(head, true, "");
	if (lost)
		add(head, "%llu events lost for want of memory", lost);
	if (nr)
		add(head, "%zu hook%s off", nr, nr == 1 ? "" : "s");
	for (i = 0; i < snap->nr_hooks; i++)
		if (!snap->hooks[i].on)
			add(head, "%s", snap->hooks[i].name);
}

/* The totals have what these did, the rows have not. */
static void unseen(struct head *head)
{
	size_t nr = head->top->nr_unseen;
	char text[sizeof(head->lines[0].text)];

	if (!nr)
		return;
	snprintf(text, sizeof(text),
		 "%zu task%s ended and left no row (history=)", nr,
		 nr == 1 ? "" : "s");
	say(head, text);
}

static void filters(struct head *head)
{
	const struct filter *filter = &head->top->set.filter;
	size_t i;

	if (!filter_is_set(filter) || head->nr == TOP_HEAD_LINES)
		return;
	begin(head, false, "Only:    ");
	if (filter->by_user)
		add(head, "user %u", filter->user);
	for (i = 0; i < filter->nr_comms; i++)
		add(head, "comm %s", filter->comms[i]);
	for (i = 0; i < filter->nr_pids; i++)
		add(head, "pid %d", (int)filter->pids[i]);
	if (filter->cgroup)
		add(head, "cgroup %s", filter->cgroup);
	if (filter->live || filter->exited)
		add(head, "%s", filter->live ? "live" : "exited");
}

size_t top_head(const struct top *top, int width,
		struct top_line lines[TOP_HEAD_LINES])
{
	struct head head = { top, lines };

	head.room = sizeof(lines->text) - 1;
	if (width < (int)head.room)
		head.room = width;
	title(&head);
	if (top->trouble) {
		say(&head, top->trouble);
		return head.nr;
	}
	if (top->reset)
		say(&head, "the tallies were set back to zero; counting anew");
	totals(&head);
	hooks(&head);
	unseen(&head);
	filters(&head);
	return head.nr;
}
