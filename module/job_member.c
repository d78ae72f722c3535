// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: who is in them, at births and exits; job_read.c has what they did.
 *
 * Who descends from a member is a member, by what the kernel says at the birth,
 * so nothing is ever looked for in the tree of processes, and it does not matter
 * how deep that is and who became whose parent.  A birth and an exit cost a few
 * additions for each job around, of which there are at most PCS_JOB_DEPTH_MAX.
 */
#include <linux/rcupdate.h>

#include "job.h"

/* ---- processes in a job ---- */

static void process_free_rcu(struct rcu_head *rcu)
{
	struct pcs_process *process = container_of(rcu, struct pcs_process, rcu);

	pcs_maps_free(process->maps);
	pcs_stock_give(PCS_STOCK_process, process);
}

void pcs_process_put(struct pcs_process *process)
{
	lockdep_assert_held(&pcs_store.lock);
	if (!--process->threads)
		call_rcu(&process->rcu, process_free_rcu);
}

struct pcs_process *pcs_process_make(struct pcs_job *job)
{
	struct pcs_process *process = pcs_stock_take(PCS_STOCK_process);

	if (process) {
		process->job = job;
		process->threads = 1;
	}
	return process;
}

/* ---- membership ---- */

void pcs_job_count_birth(struct pcs_job *job, bool process)
{
	job->nr_members++;
	job->nr_processes += process;
	WRITE_ONCE(job->tasks, job->tasks + 1);
	job->peak = max(job->peak, job->tasks);
}

void pcs_job_enter(struct pcs_record *rec, struct pcs_process *process)
{
	struct pcs_job *job = process->job;

	rec->process = process;
	rec->visited = job->pass;
	list_add_tail(&rec->member, &job->members);
}

void pcs_job_take_out(struct pcs_record *rec, struct task_struct *task)
{
	struct pcs_process *process = rec->process;

	pcs_job_fold(rec, 0, PCS_NR_TALLIES);
	list_del(&rec->member);
	rec->process = NULL;
	if (process->threads == 1)
		pcs_job_process_end(process, task);
	pcs_process_put(process);
}

void pcs_job_lost(const struct pcs_record *creator)
{
	struct pcs_job *job;

	lockdep_assert_held(&pcs_store.lock);
	if (creator->state != PCS_ALIVE || !creator->process)
		return;
	for (job = creator->process->job; job; job = job->parent)
		job->lost++;
}

void pcs_job_born(struct pcs_record *child, const struct pcs_record *creator)
{
	struct pcs_process *process;
	struct pcs_job *job;
	bool thread = child->call == PCS_CALL_THREAD;

	lockdep_assert_held(&pcs_store.lock);
	if (creator->state != PCS_ALIVE || !creator->process)
		return;
	process = creator->process;
	if (thread)
		process->threads++;
	else
		process = pcs_process_make(process->job);
	if (!process) {
		pcs_job_lost(creator);
		return;
	}
	pcs_job_enter(child, process);
	for (job = process->job; job; job = job->parent)
		pcs_job_count_birth(job, !thread);
}

struct pcs_job *pcs_job_leave(struct pcs_record *rec, struct task_struct *task)
{
	struct pcs_job *job, *outer;

	lockdep_assert_held(&pcs_store.lock);
	if (!rec->process)
		return NULL;
	job = rec->process->job;
	pcs_job_take_out(rec, task);
	for (outer = job; outer; outer = outer->parent)
		WRITE_ONCE(outer->tasks, outer->tasks - 1);
	return job;
}

void pcs_job_flush(struct pcs_record *rec, int first, int end)
{
	lockdep_assert_held(&pcs_store.lock);
	if (rec->state == PCS_ALIVE && rec->process)
		pcs_job_fold(rec, first, end);
}

void pcs_job_wake(struct pcs_job *job)
{
	for (; job; job = READ_ONCE(job->parent))
		if (!READ_ONCE(job->tasks))
			swake_up_one(&job->empty);
}
