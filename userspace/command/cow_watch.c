// SPDX-License-Identifier: GPL-2.0-only
/* pcstats cow --watch: one fork, from its beginning or from now, to its end. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "cow.h"
#include "source.h"

/* So often one looks whether there is a fork. */
#define WAIT_SECONDS	0.1

static int look(struct cow_watch *w)
{
	pcstats_free(&w->snap);
	w->last_ns = w->now_ns;
	w->now_ns = clock_ns(CLOCK_MONOTONIC);
	return read_snapshot(&w->snap, w->options->file);
}

/* ---- which fork ---- */

static void choose(struct cow_watch *w, unsigned long long parent_mm,
		   unsigned long long child_mm)
{
	w->parent_mm = parent_mm;
	w->child_mm = child_mm;
}

/* The one under way that PID made last, or the one that made PID. */
static bool choose_current(struct cow_watch *w, unsigned long long mm)
{
	struct cow_fork *forks;
	size_t nr = cow_forks(&w->snap, mm, &forks), i;

	for (i = nr; i-- > 0 && !w->child_mm;)
		if (forks[i].parent.alive && forks[i].child.alive)
			choose(w, forks[i].parent.mm, forks[i].child.mm);
	free(forks);
	return w->child_mm;
}

/* The child of the last fork of @mm, 0: there was none. */
static unsigned long long last_child(const struct pcstats_snapshot *snap,
				     unsigned long long mm)
{
	const struct pcstats_fork *row;

	for (row = snap->forks; row < snap->forks + snap->nr_forks; row++)
		if (!row->child && row->task.mm == mm)
			return row->other;
	return 0;
}

static void say_waiting(const struct pcstats_task *task)
{
	char comm[ESCAPED_SIZE];

	fprintf(stderr, "pcstats: waiting for %d (%s) to fork\n", task->pid,
		escape(task->comm, comm));
}

static int no_task(const struct cow_watch *w, const char *what)
{
	fail("%s %d", what, w->options->pid);
	return STATUS_NONE;
}

static bool has_task(const struct pcstats_snapshot *snap, unsigned long long mm)
{
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++)
		if (snap->tasks[i].mm == mm)
			return true;
	return false;
}

/*
 * Until PID has made a child, of memory @mm.  The table of forks is read after
 * that of the tasks: a child that was made in between has a row in the next
 * snapshot, or has none any more.
 */
static int await_fork(struct cow_watch *w, unsigned long long mm)
{
	unsigned long long known = last_child(&w->snap, mm), made, rowless = 0;
	const struct pcstats_task *task;
	int status;

	interval_set(&w->interval, WAIT_SECONDS);
	for (;;) {
		cow_tallies(&w->snap, mm, w->before);
		if (interval_wait(&w->interval))
			return no_task(w, "no fork of");
		status = look(w);
		if (status)
			return status;
		task = pcstats_find_task(&w->snap, w->options->pid);
		if (!task)
			return no_task(w, "no fork of, and no more task");
		/* What it executes has not forked before. */
		if (task->mm != mm && !cow_gone(&task->state)) {
			mm = task->mm;
			known = 0;
		}
		made = last_child(&w->snap, mm);
		if (made && made != known &&
		    (made == rowless || has_task(&w->snap, made)))
			break;
		rowless = made;
		if (cow_gone(&task->state))
			return no_task(w, "no fork until the end of");
	}
	choose(w, mm, made);
	w->from_fork = true;
	interval_set(&w->interval, w->options->seconds);
	return STATUS_OK;
}

static int begin(struct cow_watch *w)
{
	const struct pcstats_task *task;
	int status = look(w);

	if (status)
		return status;
	task = pcstats_find_task(&w->snap, w->options->pid);
	if (!task)
		return no_task(w, "no task");
	if (!w->options->next && choose_current(w, task->mm)) {
		cow_tallies(&w->snap, w->parent_mm, w->before);
		return STATUS_OK;
	}
	if (cow_gone(&task->state))
		return no_task(w, "no fork is under way, nor will be, of the exited task");
	if (!task->mm || task->mm == PCSTATS_UNWATCHED)
		return no_task(w, "no memory is known of task");
	say_waiting(task);
	return await_fork(w, task->mm);
}

/* ---- its course ---- */

/* False: nothing tells of it any more; the last counts stand. */
static bool update(struct cow_watch *w)
{
	struct cow_fork fork;

	w->fork.parent.task = w->fork.child.task = NULL;
	if (!cow_find(&w->snap, w->parent_mm, w->child_mm, &fork))
		return false;
	w->fork = fork;
	if (fork.parent.task)
		w->parent = fork.parent.task->tgid;
	if (fork.child.task)
		w->child = fork.child.task->tgid;
	return true;
}

static void update_rate(struct cow_watch *w)
{
	unsigned long long copied = cow_copied(&w->fork);
	double seconds = (w->now_ns - w->last_ns) / 1e9;

	w->rate = NAN;
	if (w->last_ns && seconds > 0 && copied != PCSTATS_UNWATCHED &&
	    copied >= w->last_copied)
		w->rate = (copied - w->last_copied) / seconds;
	w->peak = fmax(w->peak, w->rate);
	w->last_copied = copied;
}

static char *side_end(const struct cow_watch *w, const struct cow_side *side,
		      const char *name, pid_t pid)
{
	const struct pcstats_task *now = pcstats_find_live(&w->snap, pid);
	char state[STATE_SIZE];

	if (now && now->mm != side->mm && !cow_gone(&now->state))
		return xasprintf("The %s, %d, called execve.", name, pid);
	return xasprintf("The %s, %d, ended%s%s.", name, pid,
			 side->task ? ": " : "",
			 side->task ? state_text(&side->task->state, state) : "");
}

/* How it ended, malloc()ed; NULL: it goes on. */
static char *ended(const struct cow_watch *w)
{
	if (!w->fork.child.alive)
		return side_end(w, &w->fork.child, "child", w->child);
	if (!w->fork.parent.alive)
		return side_end(w, &w->fork.parent, "parent", w->parent);
	return NULL;
}

/* @how becomes how it ended, malloc()ed, if it was followed at all. */
static int follow(struct cow_watch *w, char **how)
{
	bool interrupted = false, first = true;
	int status = STATUS_OK;

	w->began_ns = w->now_ns;
	/* Before the fork nothing of it was copied. */
	if (!w->from_fork)
		w->last_ns = 0;
	while (!*how && !ferror(stdout)) {
		if (!update(w)) {
			*how = xstrdup("No row tells of this fork any more.");
			break;
		}
		update_rate(w);
		cow_course_line(w, first);
		first = false;
		*how = ended(w);
		if (!*how && interrupted)
			*how = xstrdup("It goes on.");
		if (*how)
			break;
		interrupted = interval_wait(&w->interval);
		status = look(w);
		if (status) {
			w->fork.parent.task = w->fork.child.task = NULL;
			*how = xstrdup("It cannot be watched any more.");
		}
	}
	return status;
}

int cow_watch(const struct cow_options *options)
{
	struct cow_watch w = { .options = options, .peak = NAN };
	char *how = NULL;
	int status;

	interval_begin(&w.interval, options->seconds, false);
	status = begin(&w);
	if (!status) {
		status = follow(&w, &how);
		if (how)
			cow_course_end(&w, how);
	}
	free(how);
	pcstats_free(&w.snap);
	return status;
}
