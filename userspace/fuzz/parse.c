// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reader.h promises of a text holds for any bytes: of one, and of two,
 * one behind the other, and their difference.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../reader.h"
#include "check.h"

static bool is_name(const char *name, size_t size)
{
	return strnlen(name, size) < size;
}

static void check_state(const struct pcstats_state *state)
{
	CHECK((state->letter >= 'A' && state->letter <= 'Z') ||
	      (state->letter >= 'a' && state->letter <= 'z'));
	CHECK(state->exit_code >= -1 && state->exit_code <= 255);
	CHECK(state->signal >= -1 && state->signal <= 127 && state->signal);
	CHECK((state->exit_code >= 0) + (state->signal >= 0) == state->exited);
	CHECK(!state->exited || state->letter == 'X');
}

static void check_identity(const struct pcstats_identity *task)
{
	CHECK(task->pid >= 0 && task->tgid >= 0);
	check_state(&task->state);
	CHECK(is_name(task->comm, sizeof(task->comm)));
}

static void check_rows(const struct pcstats_snapshot *snap)
{
	size_t nr_cows = 0, i, t;

	for (t = 0; t < PCSTATS_NR_COW_TABLES; t++) {
		nr_cows += snap->cow[t].nr;
		for (i = 0; i < snap->cow[t].nr; i++)
			check_identity(&snap->cow[t].rows[i].task);
	}
	CHECK(nr_cows == snap->nr_cows);
	for (i = 0; i < snap->nr_mms; i++)
		CHECK(is_name(snap->mms[i].comm, sizeof(snap->mms[i].comm)));
	for (i = 0; i < snap->nr_maps; i++) {
		check_identity(&snap->maps[i].task);
		CHECK(is_name(snap->maps[i].name, sizeof(snap->maps[i].name)));
	}
	for (i = 0; i < snap->nr_forks; i++)
		check_identity(&snap->forks[i].task);
	for (i = 0; i < snap->nr_borns; i++) {
		check_identity(&snap->borns[i].task);
		CHECK(snap->borns[i].call <= PCSTATS_CALL_CLONE);
	}
	for (i = 0; i < snap->nr_most; i++) {
		CHECK(snap->most[i].pid >= 0);
		CHECK(is_name(snap->most[i].name, sizeof(snap->most[i].name)));
		CHECK(is_name(snap->most[i].comm, sizeof(snap->most[i].comm)));
	}
}

static void check_hooks(const struct pcstats_snapshot *snap)
{
	const struct pcstats_hook *hook, *found;
	size_t i;

	for (i = 0; i < snap->nr_hooks; i++) {
		hook = &snap->hooks[i];
		CHECK(*hook->name && is_name(hook->name, sizeof(hook->name)));
		CHECK(*hook->mechanism &&
		      is_name(hook->mechanism, sizeof(hook->mechanism)));
		CHECK(is_name(hook->reason, sizeof(hook->reason)));
		found = pcstats_find_hook(snap, hook->name);
		CHECK(found && found <= hook);
	}
}

static void check_total(const struct pcstats_snapshot *snap)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++) {
		CHECK(snap->total.present ||
		      snap->total.tally[t] == PCSTATS_UNWATCHED);
		CHECK(snap->job.present ||
		      snap->job.tally[t] == PCSTATS_UNWATCHED);
	}
}

/* What a task has of @tally is what one of its rows says, or stands for none. */
static bool has_source(const struct pcstats_snapshot *snap,
		       const struct pcstats_task *task, size_t tally)
{
	unsigned long long value = task->tally[tally];
	const struct pcstats_cow *row;
	size_t t;

	for (t = 0; t < PCSTATS_NR_COW_TABLES; t++) {
		row = pcstats_find_cow(snap, t, task);
		if (row && row->tally[tally] == value)
			return true;
	}
	return !value || value == PCSTATS_UNWATCHED;
}

static void check_of_task(const struct pcstats_snapshot *snap,
			  const struct pcstats_task *task)
{
	const struct pcstats_map *map = NULL, *last;
	const struct pcstats_fork *fork;
	const struct pcstats_cow *row;
	size_t t;

	for (t = 0; t < PCSTATS_NR_COW_TABLES; t++) {
		row = pcstats_find_cow(snap, t, task);
		CHECK(!row || (row->task.pid == task->pid &&
			       row->task.state.exited == task->state.exited));
	}
	for (t = PCSTATS_NR_TASK_TALLIES; t < PCSTATS_NR_TALLIES; t++)
		CHECK(has_source(snap, task, t));
	do {
		last = map;
		map = pcstats_next_map(snap, task, last);
		CHECK(!map || ((!last || map > last) &&
			       map < snap->maps + snap->nr_maps &&
			       map->task.pid == task->pid));
	} while (map);
	fork = pcstats_find_fork(snap, task);
	CHECK(!fork || fork->task.tgid == task->tgid);
}

static void check_tasks(const struct pcstats_snapshot *snap)
{
	const struct pcstats_task *task, *found;
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++) {
		task = &snap->tasks[i];
		CHECK(task->pid >= 0 && task->tgid >= 0 && task->ppid >= 0);
		CHECK(task->call <= PCSTATS_CALL_CLONE);
		CHECK(is_name(task->comm, sizeof(task->comm)));
		check_state(&task->state);
		if (task->state.exited) {
			found = pcstats_find_exited(snap, task->pid);
			CHECK(found && found >= task && found->state.exited);
		} else {
			found = pcstats_find_live(snap, task->pid);
			CHECK(found && found <= task && !found->state.exited);
		}
		CHECK(found->pid == task->pid);
		found = pcstats_find_task(snap, task->pid);
		CHECK(found && (task->state.exited || !found->state.exited));
		check_of_task(snap, task);
	}
	for (i = 0; i < snap->nr_mms; i++)
		CHECK(pcstats_find_mm(snap, snap->mms[i].id) <= &snap->mms[i]);
}

static void check_refused(const struct pcstats_snapshot *snap, int error,
			  const struct pcstats_error *err, size_t size)
{
	static const struct pcstats_snapshot empty;
	const char *c;

	CHECK(error == -EPROTO || error == -EPROTONOSUPPORT);
	CHECK(!memcmp(snap, &empty, sizeof(empty)));
	CHECK(*err->reason && is_name(err->reason, sizeof(err->reason)));
	for (c = err->reason; *c; c++)
		CHECK(*c >= ' ' && *c <= '~');
	CHECK(err->line <= size + 1);
}

/* A copy of its own: a byte read behind it is seen. */
static bool parse(struct pcstats_snapshot *snap, const uint8_t *data,
		  size_t size)
{
	char *text = malloc(size ? size : 1);
	struct pcstats_error err;
	int error;

	CHECK(text);
	memcpy(text, data, size);
	error = pcstats_parse(snap, text, size, &err);
	free(text);
	if (error) {
		check_refused(snap, error, &err, size);
		return false;
	}
	check_total(snap);
	check_hooks(snap);
	check_rows(snap);
	check_tasks(snap);
	return true;
}

static void check_diff(const struct pcstats_snapshot *before,
		       const struct pcstats_snapshot *after)
{
	bool *met = calloc(before->nr_tasks + 1, sizeof(*met));
	const struct pcstats_change *change;
	struct pcstats_diff diff;
	size_t i, t;

	CHECK(met && !pcstats_diff(&diff, before, after));
	CHECK(diff.nr_tasks >= after->nr_tasks &&
	      diff.nr_tasks <= after->nr_tasks + before->nr_tasks);
	for (i = 0; i < diff.nr_tasks; i++) {
		change = &diff.tasks[i];
		CHECK(change->after == (i < after->nr_tasks ?
					&after->tasks[i] : NULL));
		CHECK(change->before || change->after);
		CHECK(before != after || change->before == change->after);
		if (change->before) {
			size_t nr = change->before - before->tasks;

			CHECK(nr < before->nr_tasks && !met[nr]);
			met[nr] = true;
		}
		for (t = 0; t < PCSTATS_NR_TALLIES; t++)
			CHECK(change->tally[t] ==
			      (change->after ?
			       pcstats_delta(change->before ?
					     change->before->tally[t] : 0,
					     change->after->tally[t]) :
			       PCSTATS_DELTA_UNWATCHED));
		CHECK(pcstats_diff_find(&diff, (change->after ? change->after :
						change->before)->pid));
	}
	/* Nothing is left out but rows that history has dropped. */
	for (i = 0; i < before->nr_tasks; i++)
		CHECK(met[i] || before->tasks[i].state.exited);
	pcstats_diff_free(&diff);
	free(met);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char begin[] = "\npcstats ";
	const uint8_t *second = memmem(data, size, begin, strlen(begin));
	struct pcstats_snapshot one, two;
	bool parsed;

	if (parse(&one, data, size))
		check_diff(&one, &one);
	pcstats_free(&one);
	if (!second)
		return 0;
	second++;
	parsed = parse(&one, data, second - data);
	if (parse(&two, second, size - (second - data)) && parsed)
		check_diff(&one, &two);
	pcstats_free(&two);
	pcstats_free(&one);
	return 0;
}
