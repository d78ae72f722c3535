/* SPDX-License-Identifier: GPL-2.0-only */
/* Jobs, as job*.c see them, and the file that they belong to. */
#ifndef PCSTATS_JOB_H
#define PCSTATS_JOB_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/swait.h>

#include "pcstats.h"

/* ---- for the file; process context ---- */

/* The processes that copied most pages, most first. */
#define PCS_NR_MOST	8

struct pcs_most {
	const struct pcs_process *process; /* compared, while it is alive */
	s64	copies;
	pid_t	pid;			/* in the job's PID namespace */
	char	comm[TASK_COMM_LEN];
	char	name[sizeof_field(struct pcs_map, name)];
	u64	tally[PCS_NR_COW_TALLIES];
};

/* What a read shows of a job. */
struct pcs_job_view {
	unsigned long tasks, peak;
	u64	members, processes, lost;
	u64	sum[PCS_NR_TALLIES];
	unsigned int nr_most;
	struct pcs_most most[PCS_NR_MOST];
};

/*
 * All threads of the process of @task, whom the caller has found fit, join *@job,
 * which is made if it is NULL.  Errors are in ioctl.h.
 */
int pcs_job_add(struct pcs_job **job, struct task_struct *task);
/* Until no task of @job is alive.  -ERESTARTSYS, -ENODEV. */
int pcs_job_wait(struct pcs_job *job);
void pcs_job_close(struct pcs_job *job);
/* No wait goes on and none begins any more. */
void pcs_jobs_exit(void);
/* Whose numbers the pids of a view are. */
struct pid_namespace *pcs_job_ns(const struct pcs_job *job);
/* Fill in *@view, zeroed.  Process context (job_read.c). */
void pcs_job_read(struct pcs_job *job, struct pcs_job_view *view);

/* ---- for each other ---- */

/* Bounds what a birth and an exit in a job cost. */
#define PCS_JOB_DEPTH_MAX	8

struct pcs_job {
	struct list_head jobs;		/* all of them; pcs_jobs_lock */
	struct pid_namespace *ns;	/* reference: numbers pids */
	struct swait_queue_head empty;	/* until no task is left, or leaving */
	struct rcu_head	rcu;

	/* pcs_store.lock from here on. */
	bool		joined;		/* somebody has: parent is known */
	struct pcs_job	*parent;	/* the job around it, or NULL */
	struct list_head members;	/* records; not those of jobs in it */

	/* With those of the jobs in it. */
	unsigned long	tasks, peak;
	u64		nr_members, nr_processes, lost;

	/* Of members that have left, without those of jobs in it. */
	u64		sum[PCS_NR_TALLIES];
	unsigned int	nr_most;
	struct pcs_most	most[PCS_NR_MOST];

	/*
	 * The read that is going on, or NULL, and which value of .visited its
	 * members have when it has met them.  Those born meanwhile have it too,
	 * and are no part of that read.
	 */
	struct pcs_job_view *read;
	bool		pass;
};

/* Guards the list of jobs, their making and end, and that there is one read. */
extern struct mutex pcs_jobs_lock;
extern struct list_head pcs_jobs;

/* Is @job @outer, or in it? */
static inline bool pcs_job_within(const struct pcs_job *job,
				  const struct pcs_job *outer)
{
	while (job && job != outer)
		job = job->parent;
	return job;
}

/* job_member.c; pcs_store.lock is held. */

/* With one thread, the caller's to put; NULL: no memory. */
struct pcs_process *pcs_process_make(struct pcs_job *job);
void pcs_process_put(struct pcs_process *process);
/* One task more in @job, which begins a process or does not. */
void pcs_job_count_birth(struct pcs_job *job, bool process);
/* The caller counts @rec among the threads of @process. */
void pcs_job_enter(struct pcs_record *rec, struct pcs_process *process);
/* @rec, of @task, leaves its process, but not the jobs around. */
void pcs_job_take_out(struct pcs_record *rec, struct task_struct *task);

/* job_read.c; pcs_store.lock is held. */

/*
 * @rec's tallies from @first to @end, and with in_file its maps, go into the
 * sums of its job and its process; a read that has not met it counts them too.
 */
void pcs_job_fold(struct pcs_record *rec, int first, int end);
/* What @rec has done so far is no part of @job and @process, which it joins. */
void pcs_job_unfold(struct pcs_job *job, struct pcs_process *process,
		    struct pcs_record *rec);
/* @process has ended, with @task: among those of its job that copied most? */
void pcs_job_process_end(const struct pcs_process *process,
			 struct task_struct *task);
/* @job ends; what its members did stays in @parent. */
void pcs_job_merge(struct pcs_job *parent, const struct pcs_job *job);

#endif /* PCSTATS_JOB_H */
