// SPDX-License-Identifier: GPL-2.0-only
/*
 * Jobs: joining one, waiting for its end, ending it, in process context;
 * job_member.c has what births and exits do.
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "job.h"

/* Members that are moved in one critical section. */
#define MOVE_BATCH	64

DEFINE_MUTEX(pcs_jobs_lock);
LIST_HEAD(pcs_jobs);
static bool closing;

/* ---- joining ---- */

/* How many jobs lie one in the other; fewer when one around has ended. */
static unsigned int depth_of(const struct pcs_job *job)
{
	unsigned int depth;

	for (depth = 0; job; job = job->parent)
		depth++;
	return depth;
}

/* 1: @task has joined; 0: nothing to do; or an error of PCSTATS_JOB_ADD. */
static int join(struct pcs_process *process, struct task_struct *task)
{
	struct pcs_record *rec = pcs_record_find(task);
	struct pcs_job *job = process->job, *now;

	lockdep_assert_held(&pcs_store.lock);
	if (!rec || rec->state != PCS_ALIVE)
		return 0;
	now = rec->process ? rec->process->job : NULL;
	if (pcs_job_within(now, job))
		return 0;
	if (!job->joined) {
		if (depth_of(now) >= PCS_JOB_DEPTH_MAX)
			return -ENOSPC;
		job->parent = now;
		job->joined = true;
	} else if (now != job->parent) {
		return -EBUSY;
	}

	/* In the jobs around it is already. */
	if (now)
		pcs_job_take_out(rec, task);
	pcs_job_count_birth(job, process->threads == 1);
	process->threads++;
	pcs_job_enter(rec, process);
	pcs_job_unfold(job, process, rec);
	return 1;
}

/*
 * A thread that is made meanwhile joins with the one that makes it, if that has
 * joined; else it is in the list by the next round.
 */
static int join_threads(struct pcs_process *process, struct task_struct *task)
{
	struct task_struct *thread;
	bool any = false, more;
	int joined = 0;

	do {
		more = false;
		rcu_read_lock();
		for_each_thread(task, thread) {
			raw_spin_lock_irq(&pcs_store.lock);
			joined = join(process, thread);
			raw_spin_unlock_irq(&pcs_store.lock);
			if (joined < 0)
				break;
			more |= joined;
		}
		rcu_read_unlock();
		any |= more;
		cond_resched();
	} while (more && joined >= 0);
	if (joined < 0)
		return joined;
	/* One that is in it already is no error; one that has just ended is. */
	return any || pid_alive(task) ? 0 : -ESRCH;
}

static int add_process(struct pcs_job *job, struct task_struct *task)
{
	struct pcs_process *process;
	int err;

	raw_spin_lock_irq(&pcs_store.lock);
	process = pcs_process_make(job);
	raw_spin_unlock_irq(&pcs_store.lock);
	if (!process)
		return -ENOMEM;
	err = join_threads(process, task);
	/* All of its threads may have left again: it ends with us. */
	raw_spin_lock_irq(&pcs_store.lock);
	if (process->threads == 1)
		pcs_job_process_end(process, task);
	pcs_process_put(process);
	raw_spin_unlock_irq(&pcs_store.lock);
	return err;
}

static struct pcs_job *job_make(void)
{
	struct pcs_job *job;

	if (pcs_stock_want(PCS_STOCK_process))
		return NULL;
	job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);
	if (!job)
		return NULL;
	job->ns = get_pid_ns(task_active_pid_ns(current));
	init_swait_queue_head(&job->empty);
	INIT_LIST_HEAD(&job->members);
	list_add_tail(&job->jobs, &pcs_jobs);
	return job;
}

/* The list is the caller's, and no member is left. */
static void job_free(struct pcs_job *job)
{
	put_pid_ns(job->ns);
	/* An exit may be just about to wake somebody here. */
	kfree_rcu(job, rcu);
}

static int add_locked(struct pcs_job **job, struct task_struct *task)
{
	struct pcs_job *to = *job;
	int err;

	if (closing)
		return -ENODEV;
	if (!to)
		to = job_make();
	if (!to)
		return -ENOMEM;
	err = add_process(to, task);
	if (*job)
		return err;
	/* A job that nobody has ever been in is none. */
	if (to->nr_members) {
		WRITE_ONCE(*job, to);
	} else {
		list_del(&to->jobs);
		job_free(to);
		/* A zombie can be found, but there is nothing to count. */
		err = err ?: -ESRCH;
	}
	return err;
}

struct pid_namespace *pcs_job_ns(const struct pcs_job *job)
{
	return job->ns;
}

int pcs_job_add(struct pcs_job **job, struct task_struct *task)
{
	int err;

	mutex_lock(&pcs_jobs_lock);
	err = add_locked(job, task);
	mutex_unlock(&pcs_jobs_lock);
	return err;
}

/* ---- waiting, and the end ---- */

int pcs_job_wait(struct pcs_job *job)
{
	int err;

	err = swait_event_interruptible_exclusive(job->empty,
						  !READ_ONCE(job->tasks) ||
						  READ_ONCE(closing));
	/* Who leaves wakes one of us. */
	swake_up_one(&job->empty);
	if (err)
		return err;
	return READ_ONCE(closing) ? -ENODEV : 0;
}

/* To the job around @job, or out of all jobs. */
static void move_out(struct pcs_job *job, struct pcs_record *rec)
{
	struct pcs_process *process = rec->process;

	if (job->parent) {
		process->job = job->parent;
		list_move_tail(&rec->member, &job->parent->members);
		rec->visited = job->parent->pass;
	} else {
		list_del(&rec->member);
		rec->process = NULL;
		pcs_process_put(process);
	}
}

/* Up to MOVE_BATCH members; true: there are more. */
static bool move_some(struct pcs_job *job)
{
	unsigned int batch = MOVE_BATCH;
	struct pcs_record *rec;
	bool more;

	raw_spin_lock_irq(&pcs_store.lock);
	while (batch-- && !list_empty(&job->members)) {
		rec = list_first_entry(&job->members, struct pcs_record, member);
		move_out(job, rec);
	}
	more = !list_empty(&job->members);
	if (!more && job->parent)
		pcs_job_merge(job->parent, job);
	raw_spin_unlock_irq(&pcs_store.lock);
	return more;
}

void pcs_job_close(struct pcs_job *job)
{
	struct pcs_job *inner;

	mutex_lock(&pcs_jobs_lock);
	list_del(&job->jobs);
	while (move_some(job))
		cond_resched();
	list_for_each_entry(inner, &pcs_jobs, jobs) {
		raw_spin_lock_irq(&pcs_store.lock);
		if (inner->parent == job)
			WRITE_ONCE(inner->parent, job->parent);
		raw_spin_unlock_irq(&pcs_store.lock);
	}
	mutex_unlock(&pcs_jobs_lock);
	job_free(job);
}

void pcs_jobs_exit(void)
{
	struct pcs_job *job;

	mutex_lock(&pcs_jobs_lock);
	WRITE_ONCE(closing, true);
	list_for_each_entry(job, &pcs_jobs, jobs)
		swake_up_one(&job->empty);
	mutex_unlock(&pcs_jobs_lock);
}
