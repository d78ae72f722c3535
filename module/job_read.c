// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: what their members did.
 *
 * A job has the sum of what its members did that have left; a read adds what
 * those alive have.  It meets them one by one, in steps, without keeping any of
 * them from exiting meanwhile: who exits unmet is counted by the read then and
 * there, who is born meanwhile is no part of it.  So each is counted once, and at
 * a moment between the read's beginning and end.
 *
 * Sums are modulo 2^64: what a task did before it joined is subtracted when it
 * does, and comes back when it leaves.  A reset changes nothing, since a task
 * tells its job what it has before it begins from zero.
 */
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "job.h"

/* Members met in one critical section. */
#define READ_BATCH	8

/* Which read it is; pcs_jobs_lock, and pcs_store.lock to change it. */
static u32 read_nr;

/* As it stands, whatever reset it is from. */
static u64 raw_tally(const struct pcs_record *rec, int id)
{
	if (id < PCS_FIRST_COW_TALLY)
		return READ_ONCE(rec->tally[id]);
	return rec->cow ? READ_ONCE(rec->cow->tally[id - PCS_FIRST_COW_TALLY]) : 0;
}

/* ---- files that pages were copied from ---- */

static const struct pcs_map *maps_of(const struct pcs_record *rec)
{
	/* Pairs with new_map(): the task itself takes no lock to add one. */
	return rec->cow ? smp_load_acquire(&rec->cow->maps) : NULL;
}

/* NULL: too many already, or no memory. */
static struct pcs_map *map_like(struct pcs_process *process,
				const struct pcs_map *like)
{
	struct pcs_map *map;
	unsigned int nr = 0;

	for (map = process->maps; map; map = map->next, nr++)
		if (map->key == like->key)
			return map;
	if (nr == PCS_MAPS_MAX)
		return NULL;
	map = pcs_stock_take(PCS_STOCK_map);
	if (map) {
		map->key = like->key;
		memcpy(map->name, like->name, sizeof(map->name));
		map->next = process->maps;
		process->maps = map;
	}
	return map;
}

/*
 * What @rec copied of files, @sum and @seen times, to what @process has of
 * threads that have left and to what the read that goes on has met.
 */
static void add_maps(struct pcs_process *process, const struct pcs_record *rec,
		     int sum, int seen)
{
	const struct pcs_map *from;
	struct pcs_map *map;
	s64 copies;

	for (from = maps_of(rec); from; from = from->next) {
		map = map_like(process, from);
		if (!map)
			continue;
		copies = READ_ONCE(from->copies);
		map->copies += sum * copies;
		map->seen += seen * copies;
	}
}

/* ---- who copied most ---- */

#define COW(id)	((id) - PCS_FIRST_COW_TALLY)

/* What @process did: threads that have left, or what a read has @seen of all. */
static void set_most(struct pcs_most *one, const struct pcs_process *process,
		     struct task_struct *task, bool seen)
{
	const u64 *tally = seen ? process->seen : process->sum;
	const struct pcs_map *map;
	s64 copies, most = 0;

	memset(one, 0, sizeof(*one));
	memcpy(one->tally, tally, sizeof(one->tally));
	pcs_cow_add_bytes(one->tally);
	one->copies = tally[COW(PCS_in_heap)] + tally[COW(PCS_in_stack)] +
		      tally[COW(PCS_in_anon)] + tally[COW(PCS_in_file)];
	one->process = seen ? process : NULL;
	one->pid = task_tgid_nr_ns(task, process->job->ns);
	memcpy(one->comm, task->comm, sizeof(one->comm));
	one->comm[sizeof(one->comm) - 1] = '\0';
	for (map = process->maps; map; map = map->next) {
		copies = seen ? map->seen : map->copies;
		if (copies <= most)
			continue;
		most = copies;
		memcpy(one->name, map->name, sizeof(one->name));
	}
}

/* In the place of what was said of the same process before. */
static void put_most(struct pcs_most *most, unsigned int *nr,
		     const struct pcs_most *one)
{
	unsigned int i;

	for (i = 0; one->process && i < *nr; i++) {
		if (most[i].process != one->process)
			continue;
		memmove(&most[i], &most[i + 1], (--*nr - i) * sizeof(*most));
		break;
	}
	/* Below zero, for a moment: not all of its threads are in it yet. */
	if (one->copies <= 0)
		return;
	for (i = *nr; i > 0 && most[i - 1].copies < one->copies; i--)
		if (i < PCS_NR_MOST)
			most[i] = most[i - 1];
	if (i == PCS_NR_MOST)
		return;
	most[i] = *one;
	*nr = min_t(unsigned int, *nr + 1, PCS_NR_MOST);
}

/* What the read @view has met of @process so far. */
static void say_most(struct pcs_job_view *view,
		     const struct pcs_process *process,
		     struct task_struct *task)
{
	struct pcs_most one;

	set_most(&one, process, task, true);
	put_most(view->most, &view->nr_most, &one);
}

/* Its memory may be another process's from now on. */
static void forget_process(struct pcs_job_view *view,
			   const struct pcs_process *process)
{
	unsigned int i;

	for (i = 0; i < view->nr_most; i++)
		if (view->most[i].process == process)
			view->most[i].process = NULL;
}

void pcs_job_process_end(const struct pcs_process *process,
			 struct task_struct *task)
{
	struct pcs_job *job = process->job;
	struct pcs_job_view *view = job->read;
	struct pcs_most one;

	lockdep_assert_held(&pcs_store.lock);
	set_most(&one, process, task, false);
	put_most(job->most, &job->nr_most, &one);
	if (!view || process->seen_by != read_nr)
		return;
	say_most(view, process, task);
	forget_process(view, process);
}

/* ---- sums ---- */

/* The read that is going on meets a thread of @process. */
static void meet_process(struct pcs_process *process)
{
	struct pcs_map *map;

	if (process->seen_by == read_nr)
		return;
	process->seen_by = read_nr;
	memcpy(process->seen, process->sum, sizeof(process->seen));
	for (map = process->maps; map; map = map->next)
		map->seen = map->copies;
}

void pcs_job_fold(struct pcs_record *rec, int first, int end)
{
	struct pcs_process *process = rec->process;
	struct pcs_job *job = process->job;
	bool unmet = job->read && rec->visited != job->pass;
	int id;
	u64 n;

	lockdep_assert_held(&pcs_store.lock);
	if (unmet)
		meet_process(process);
	for (id = first; id < end; id++) {
		n = raw_tally(rec, id);
		job->sum[id] += n;
		if (id >= PCS_FIRST_COW_TALLY)
			process->sum[COW(id)] += n;
		if (!unmet)
			continue;
		job->read->sum[id] += n;
		if (id >= PCS_FIRST_COW_TALLY)
			process->seen[COW(id)] += n;
	}
	if (first <= PCS_in_file && PCS_in_file < end)
		add_maps(process, rec, 1, unmet);
	if (unmet)
		say_most(job->read, process, rec->task);
}

/* No read goes on: who lets tasks join holds pcs_jobs_lock. */
void pcs_job_unfold(struct pcs_job *job, struct pcs_process *process,
		    struct pcs_record *rec)
{
	int id;
	u64 n;

	lockdep_assert_held(&pcs_jobs_lock);
	for (id = 0; id < PCS_NR_TALLIES; id++) {
		n = raw_tally(rec, id);
		job->sum[id] -= n;
		if (id >= PCS_FIRST_COW_TALLY)
			process->sum[COW(id)] -= n;
	}
	add_maps(process, rec, -1, 0);
}

void pcs_job_merge(struct pcs_job *parent, const struct pcs_job *job)
{
	unsigned int i;
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++)
		parent->sum[id] += job->sum[id];
	for (i = 0; i < job->nr_most; i++)
		put_most(parent->most, &parent->nr_most, &job->most[i]);
}

/* ---- reading ---- */

/* @rec, which is alive. */
static void meet(struct pcs_job *job, struct pcs_record *rec,
		 struct pcs_job_view *view)
{
	struct pcs_process *process = rec->process;
	int id;
	u64 n;

	meet_process(process);
	for (id = 0; id < PCS_NR_TALLIES; id++) {
		n = raw_tally(rec, id);
		view->sum[id] += n;
		if (id >= PCS_FIRST_COW_TALLY)
			process->seen[COW(id)] += n;
	}
	add_maps(process, rec, 0, 1);
	say_most(view, process, rec->task);
	rec->visited = job->pass;
	/* So the unmet are in front. */
	list_move_tail(&rec->member, &job->members);
}

/* Up to READ_BATCH members; true: there may be more. */
static bool meet_some(struct pcs_job *job, struct pcs_job_view *view)
{
	unsigned int batch = READ_BATCH;
	struct pcs_record *rec;

	while (batch--) {
		rec = list_first_entry_or_null(&job->members, struct pcs_record,
					       member);
		if (!rec || rec->visited == job->pass)
			return false;
		meet(job, rec, view);
	}
	return true;
}

static void begin(struct pcs_job *job, struct pcs_job_view *view)
{
	unsigned int i;
	int id;

	read_nr++;
	job->pass = !job->pass;
	job->read = view;
	for (id = 0; id < PCS_NR_TALLIES; id++)
		view->sum[id] += job->sum[id];
	for (i = 0; i < job->nr_most; i++)
		put_most(view->most, &view->nr_most, &job->most[i]);
}

/* @job's own members, without those of jobs in it. */
static void read_one(struct pcs_job *job, struct pcs_job_view *view)
{
	unsigned int i;
	bool more;

	raw_spin_lock_irq(&pcs_store.lock);
	begin(job, view);
	do {
		more = meet_some(job, view);
		if (!more)
			break;
		raw_spin_unlock_irq(&pcs_store.lock);
		cond_resched();
		raw_spin_lock_irq(&pcs_store.lock);
	} while (more);
	job->read = NULL;
	raw_spin_unlock_irq(&pcs_store.lock);
	for (i = 0; i < view->nr_most; i++)
		view->most[i].process = NULL;
}

void pcs_job_read(struct pcs_job *job, struct pcs_job_view *view)
{
	struct pcs_job *inner;

	mutex_lock(&pcs_jobs_lock);
	raw_spin_lock_irq(&pcs_store.lock);
	view->tasks = job->tasks;
	view->peak = job->peak;
	view->members = job->nr_members;
	view->processes = job->nr_processes;
	view->lost = job->lost;
	raw_spin_unlock_irq(&pcs_store.lock);
	/* Parents change under pcs_jobs_lock alone. */
	list_for_each_entry(inner, &pcs_jobs, jobs)
		if (pcs_job_within(inner, job))
			read_one(inner, view);
	mutex_unlock(&pcs_jobs_lock);
	pcs_cow_add_bytes(&view->sum[PCS_FIRST_COW_TALLY]);
}
