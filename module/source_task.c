// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event sources of the task table: creation, exec and exit.
 *
 * The tracepoints' probes run with preemption off.  task_newtask comes from
 * copy_process() in the creator, when the child is complete, in the process
 * table and not yet running; it is the only tracepoint that tells the clone
 * flags.  sched_process_exit comes from do_exit() in the dying task, after
 * exit_mm(); sched_process_free from an RCU callback, as the last event before
 * the task_struct is given back (kernel/fork.c, kernel/exit.c; 6.1, 6.12).
 */
#include <linux/binfmts.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "source.h"

static enum pcs_call call_of(unsigned long clone_flags)
{
	if (clone_flags & CLONE_THREAD)
		return PCS_CALL_THREAD;
	if (!(clone_flags & CLONE_VM))
		return PCS_CALL_FORK;
	return clone_flags & CLONE_VFORK ? PCS_CALL_VFORK : PCS_CALL_CLONE;
}

static const enum pcs_tally_id call_tally[] = {
	[PCS_CALL_FORK] = PCS_forks,
	[PCS_CALL_VFORK] = PCS_vforks,
	[PCS_CALL_THREAD] = PCS_threads,
	[PCS_CALL_CLONE] = PCS_clones,
};

/* Current has made @child, of which is @child_rec; false: not all is recorded. */
static bool count_creation(struct pcs_record *rec, struct task_struct *child,
			   struct pcs_record *child_rec,
			   unsigned long clone_flags)
{
	struct pcs_cpu_totals *totals = pcs_task_begin(rec);
	u64 pages, shared = 0, ns = 0;
	bool whole = child_rec;

	pcs_task_add(rec, totals, call_tally[call_of(clone_flags)], 1);
	if (!(clone_flags & CLONE_VM) && child->mm) {
		pages = compat_mm_pages(child->mm, MM_ANONPAGES);
		pcs_task_add(rec, totals, PCS_fork_pages, pages);
		shared = pages + compat_mm_pages(child->mm, MM_SWAPENTS) -
			 rec->not_shared;
		whole &= pcs_fork_shared(child, shared);
	}
	if (rec->clone_start) {
		ns = ktime_get_mono_fast_ns() - rec->clone_start;
		pcs_task_add(rec, totals, PCS_fork_ns, ns);
		rec->clone_start = 0;
	}
	if (child_rec) {
		WRITE_ONCE(child_rec->born_pages, min_t(u64, shared, U32_MAX));
		WRITE_ONCE(child_rec->born_ns, min_t(u64, ns, U32_MAX));
	}
	return whole;
}

static void handle_newtask(void *data, struct task_struct *child,
			   unsigned long clone_flags)
{
	struct pcs_record *rec = pcs_record_current(NULL);
	struct pcs_record *child_rec;

	child_rec = pcs_record_born(child, rec, call_of(clone_flags),
				    clone_flags & CLONE_VM);
	/* However much of it is missing, it is one event. */
	if (!rec || !count_creation(rec, child, child_rec, clone_flags))
		atomic64_inc(&pcs_source_newtask.missed);
}

/* The beginning of what task_newtask ends; failed attempts leave no trace. */
void notrace pcs_handle_copy_process(unsigned long parent,
				     const unsigned long *args)
{
	struct pcs_record *rec = pcs_record_current(NULL);

	if (!rec)
		return;
	rec->clone_start = ktime_get_mono_fast_ns();
	rec->not_shared = 0;
}

static void handle_exec(void *data, struct task_struct *task, pid_t old_pid,
			struct linux_binprm *bprm)
{
	struct pcs_record *rec = pcs_record_current(&pcs_source_exec);

	if (!rec)
		return;
	pcs_record_exec(rec);
	pcs_task_add(rec, pcs_task_begin(rec), PCS_execs, 1);
}

static void handle_exit(void *data, struct task_struct *task)
{
	pcs_record_exit(&pcs_source_exit, task);
}

static void handle_free(void *data, struct task_struct *task)
{
	pcs_record_free(task);
}

struct pcs_source pcs_source_newtask = {
	.names = { "task_newtask" },
	.required = true,
	.probe = handle_newtask,
};

struct pcs_source pcs_source_exec = {
	.names = { "sched_process_exec" },
	.required = true,
	.probe = handle_exec,
};

struct pcs_source pcs_source_exit = {
	.names = { "sched_process_exit" },
	.required = true,
	.probe = handle_exit,
};

struct pcs_source pcs_source_free = {
	.names = { "sched_process_free" },
	.required = true,
	.probe = handle_free,
};

struct pcs_source pcs_source_copy_process = {
	.names = { "copy_process" },
};
