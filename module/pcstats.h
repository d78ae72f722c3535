/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcstats: what the kernel does when programs create processes and threads.
 *
 *   event sources                   store                   presentation
 *   source_task.c  creation         store.c    records      proc.c      the file
 *   source_cow.c   copy-on-write    adopt.c    older tasks  row.c       its rows
 *   source_huge.c  of huge pages    tally.c    counting     line.c      its lines
 *   callers.c      who calls    ->  fork.c     since fork   mm_table.c  sharing
 *   attach.c       hooks them       map.c      named files  viewer.c    who may see
 *   direct.c       without ftrace   history.c  the exited   sequence.c  its text
 *   entry.c        their entry      stock.c    memory
 *   selftest.c     tries them       job*.c     descendants
 *   source_arm64.c arm64's own
 *
 * Calls go from left to right and never back: sources know nothing of
 * seq_file, the presentation nothing of tracepoints, the store neither.
 * This header is the store's; source.h and show.h are those of the others.
 *
 * Locking.  pcs_store.lock (raw, irqsave) guards membership: the hash table's
 * chains, the stock of free memory, the ring of exited records, who is in which
 * job, and in a record everything but its tallies.  It is the only lock but for
 * the mutexes of reader.h and, in that, job.h, outside it, in process context.
 * Critical sections are short and bounded, and no lock of the kernel's is taken
 * in one.  On the fork, exec and exit paths the caller holds no lock of the
 * kernel's; on the fault path, where it is taken at a task's first event after
 * its birth or a reset only, a page table lock.  RCU guards a record's memory:
 * look-ups take no lock.  Tallies have one writer, the task that they belong
 * to, with preemption off; see pcs_task_begin().
 *
 * Handlers run with preemption off, on PREEMPT_RT too: they take raw locks
 * only, never sleep and never allocate.
 */
#ifndef PCSTATS_H
#define PCSTATS_H

#include <linux/hash.h>
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "record.h"

struct vm_area_struct;

/* ---- records (store.c) ------------------------------------------------- */

int pcs_store_init(void);
void pcs_store_exit(void);

/* adopt.c */
/*
 * Give every task that lives already a record with zero tallies, and every
 * address space an id.  Process context, after the sources of the task table
 * are attached and before anything is shown.  -ENOMEM.
 */
int pcs_store_adopt(void);

static __always_inline struct hlist_head *
pcs_chain(const struct task_struct *task)
{
	/* A shift by a constant leaves the registers alone: see entry.c. */
	unsigned long hash = (unsigned long)task * GOLDEN_RATIO_64 >> 40;

	return &pcs_store.table[hash & pcs_store.mask];
}

/*
 * The record of @task, NULL if it has none.  Caller is in an RCU read-side
 * section (preemption off counts), which also bounds the record's life.
 */
static __always_inline struct pcs_record *
pcs_record_find(const struct task_struct *task)
{
	struct pcs_record *rec;

	hlist_for_each_entry_rcu(rec, pcs_chain(task), hash)
		/* One that just leaves another task is not this one's. */
		if (data_race(rec->task) == task)
			return rec;
	return NULL;
}

struct pcs_source;

/*
 * The record of current, made from the stock if it has none yet.  NULL when
 * the stock is empty: the event is then counted as missed by @source, unless
 * that is NULL: what comes before an event is none itself.  Preemption off.
 */
struct pcs_record *pcs_record_make_current(struct pcs_source *source);

static __always_inline struct pcs_record *
pcs_record_current(struct pcs_source *source)
{
	struct pcs_record *rec = pcs_record_find(current);

	return likely(rec) ? rec : pcs_record_make_current(source);
}

/* Life of a task, as the sources see it.  Preemption off. */
/* Returns the record of @child; NULL: no memory. */
struct pcs_record *
pcs_record_born(struct task_struct *child, struct pcs_record *creator,
		enum pcs_call call, bool shares_mm);
void pcs_record_exec(struct pcs_record *rec);
void pcs_record_exit(struct pcs_source *source, struct task_struct *task);
void pcs_record_free(struct task_struct *task);

/* The status that wait(2) gives for a dead @task. */
int pcs_wait_status(struct task_struct *task);

/*
 * Has the task of @rec left the process table?  It does so well before its
 * sched_process_free, and a waiting parent wants to know at once.  Caller is
 * in an RCU read-side section.
 */
bool pcs_record_released(struct pcs_record *rec);

/*
 * The id of @mm, the address space that @rec's @task has now.  It may be newer
 * than the last event: an execve changes it well before its tracepoint.  Caller
 * is in an RCU read-side section.
 */
u64 pcs_record_mm_id(struct pcs_record *rec, const struct task_struct *task,
		     const void *mm);

/* A kernel thread has no address space of its own, even while it uses one. */
static inline const void *pcs_task_mm(const struct task_struct *task)
{
	/* Of the flags that change this is none. */
	return data_race(task->flags) & PF_KTHREAD ? NULL : READ_ONCE(task->mm);
}

/* For adopt.c alone; the caller holds pcs_store.lock. */
void pcs_record_insert(struct pcs_record *rec, struct task_struct *task,
		       const void *mm, u64 mm_id);
void pcs_record_set_mm(struct pcs_record *rec, const void *mm, u64 id);
u64 pcs_new_mm_id(void);

/* ---- memory (stock.c) -------------------------------------------------- */

#define PCSTATS_STOCKS(x)	x(record) x(cow) x(map) x(space) x(process)

enum pcs_stock_id {
#define x(name) PCS_STOCK_##name,
	PCSTATS_STOCKS(x)
#undef x
	PCS_NR_STOCKS
};

int pcs_stock_init(void);
void pcs_stock_exit(void);
/* A zeroed object for a handler, NULL: none.  Caller holds pcs_store.lock. */
void *pcs_stock_take(enum pcs_stock_id id);
/*
 * Fill it from now on, if it was not: what most machines never need.  Process
 * context; -ENOMEM.
 */
int pcs_stock_want(enum pcs_stock_id id);
/* It comes back at the end of its grace period, or from where it was not seen. */
void pcs_stock_give(enum pcs_stock_id id, void *object);
/*
 * Free @rec after a grace period if neither hash table nor history holds it.
 * Caller holds pcs_store.lock.
 */
void pcs_record_put(struct pcs_record *rec);
/* Past the stock: for load and unload, in process context; zeroed. */
struct pcs_record *pcs_record_alloc(void);
void pcs_record_destroy(struct pcs_record *rec);

/* ---- counting (tally.c) ------------------------------------------------ */

/* Start all tallies from zero, in one step.  Any context. */
void pcs_store_reset(void);

/* Sum of a tally over all CPUs since the last reset. */
u64 pcs_store_total(enum pcs_tally_id id);

void __pcs_tally_new_epoch(u64 *tally, int nr, u32 *old_epoch, u32 epoch);
void __pcs_task_new_epoch(struct pcs_record *rec, u32 epoch);
void __pcs_cow_new_epoch(struct pcs_cow *cow, u32 epoch);

/*
 * Counting.  Between pcs_task_begin() or pcs_cow_begin() and the last
 * pcs_task_add() or pcs_cow_add() of one event preemption stays off and rec
 * belongs to current, so each tally has one writer and needs no atomic.  Both
 * sides belong to one epoch, sampled once: after a reset the totals are still
 * the sum of the rows.
 */
static __always_inline struct pcs_cpu_totals *pcs_totals_begin(u32 epoch)
{
	struct pcs_cpu_totals *totals = this_cpu_ptr(&pcs_cpu_totals);

	if (unlikely(totals->epoch != epoch))
		__pcs_tally_new_epoch(totals->tally, PCS_NR_TALLIES,
				      &totals->epoch, epoch);
	return totals;
}

static __always_inline struct pcs_cpu_totals *
pcs_task_begin(struct pcs_record *rec)
{
	u32 epoch = READ_ONCE(pcs_store.epoch);

	if (unlikely(rec->epoch != epoch))
		__pcs_task_new_epoch(rec, epoch);
	return pcs_totals_begin(epoch);
}

static __always_inline struct pcs_cpu_totals *pcs_cow_begin(struct pcs_cow *cow)
{
	u32 epoch = READ_ONCE(pcs_store.epoch);

	if (unlikely(cow->epoch != epoch))
		__pcs_cow_new_epoch(cow, epoch);
	return pcs_totals_begin(epoch);
}

static __always_inline void __pcs_add(u64 *tally, u64 n)
{
	WRITE_ONCE(*tally, *tally + n);
}

static __always_inline void
pcs_task_add(struct pcs_record *rec, struct pcs_cpu_totals *totals,
	     enum pcs_tally_id id, u64 n)
{
	__pcs_add(&rec->tally[id], n);
	__pcs_add(&totals->tally[id], n);
}

static __always_inline void
pcs_cow_add(struct pcs_cow *cow, struct pcs_cpu_totals *totals,
	    enum pcs_tally_id id, u64 n)
{
	__pcs_add(&cow->tally[id - PCS_FIRST_COW_TALLY], n);
	__pcs_add(&totals->tally[id], n);
}

/*
 * The cow part of current's record @rec, made from the stock if it has none
 * yet; NULL: the event is counted as missed by @source.  Preemption off.
 */
struct pcs_cow *pcs_cow_make(struct pcs_record *rec, struct pcs_source *source);

/*
 * One event that current caused in @mm: if that is the memory of another task's
 * process it is told to the task that owns it.  Missed by @source if that has no
 * record.  Preemption off.
 */
void pcs_cow_remote(const struct mm_struct *mm, struct pcs_source *source);

/*
 * A record's tally as of now.  RCU read-side section.  Of the bytes only those
 * are stored that a page copied has beyond PAGE_SIZE; these two know the rest.
 */
u64 pcs_record_tally(const struct pcs_record *rec, enum pcs_tally_id id);

/* Of a sum of tallies, by id - PCS_FIRST_COW_TALLY: make its bytes complete. */
void pcs_cow_add_bytes(u64 *cow);

/* ---- since which fork (fork.c) ------------------------------------------ */

/*
 * The record of the task that @mm belongs to, in whose row stands what
 * concerns the process: the kernel's mm->owner.  NULL: it is just exiting, or
 * unknown.  RCU read-side section; CONFIG_MEMCG.
 */
struct pcs_record *pcs_record_owner(const struct mm_struct *mm);

/* That task: not to be followed but in an RCU read-side section. */
static __always_inline const struct task_struct *
pcs_mm_owner(const struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	return rcu_access_pointer(mm->owner);
#else
	return NULL;
#endif
}

/*
 * @shared pages are shared between current's memory and that of @child, which
 * is new.  False: this could not be recorded, for want of memory or because
 * there is no record of either side.  Preemption off.
 */
bool pcs_fork_shared(struct task_struct *child, u64 shared);
/* A page of @mm is not shared any more because current copied it. */
static __always_inline void pcs_fork_copied(struct pcs_record *owner)
{
	struct pcs_space *space = owner ? READ_ONCE(owner->space) : NULL;

	if (space)
		atomic64_inc(&space->copied);
}

/* @rec lets go of what it has.  Caller holds pcs_store.lock. */
void pcs_fork_end(struct pcs_record *rec);

/* What the fork table shows of @rec; false: nothing. */
struct pcs_fork_row {
	bool	child;
	u64	other_mm_id;
	u64	shared;
	u64	copied;
	u64	other_copied;
};

bool pcs_fork_read(struct pcs_record *rec, struct pcs_fork_row *row);

/* ---- jobs: a process and its descendants (job.c; more in job.h) ---------- */

/*
 * A job belongs to an open file of /proc/pcstats.  What its members do costs
 * nothing that it would not cost without: when one exits, is reset or leaves,
 * its tallies are added to the sum of its job, and a read adds what the members
 * alive have.
 *
 * Called with pcs_store.lock held, which guards all of it.
 */
/* @child, just made by @creator, is in the job that @creator is in. */
void pcs_job_born(struct pcs_record *child, const struct pcs_record *creator);
/* A child of @creator could not be recorded. */
void pcs_job_lost(const struct pcs_record *creator);
/* @rec has done all that it ever will; the job it was in, or NULL. */
struct pcs_job *pcs_job_leave(struct pcs_record *rec, struct task_struct *task);
/* The tallies of @rec from @first to @end are about to be set to zero. */
void pcs_job_flush(struct pcs_record *rec, int first, int end);

/*
 * Without the lock: wake who waits for @job, or one around it, to have no task
 * left.  RCU read-side section that has begun before pcs_job_leave().
 */
void pcs_job_wake(struct pcs_job *job);

/* ---- named mappings (map.c) ---------------------------------------------- */

/* Of a program and its libraries, and of what the task was before execve(2). */
#define PCS_MAPS_MAX	16

/* A page was copied in @vma, which maps a file.  Preemption off. */
void pcs_map_copied(struct pcs_cow *cow, const struct vm_area_struct *vma);
/* Give back a whole list; not under the lock. */
void pcs_maps_free(struct pcs_map *map);

/* ---- history: the last exited tasks (history.c) ------------------------ */

int pcs_history_init(void);
void pcs_history_exit(void);
/* Adds a row for a task that has just exited.  Caller holds pcs_store.lock. */
void pcs_history_push(struct pcs_record *rec);
/* Rows are numbered from 1; no row if oldest is behind newest. */
void pcs_history_range(u64 *oldest, u64 *newest);
/* Row @nr, NULL if it has left.  RCU read-side section. */
struct pcs_record *pcs_history_row(u64 nr);

/* ---- what the sources tell (attach.c, source.h) ------------------------- */

/* Are all sources attached that @id needs? */
bool pcs_tally_watched(enum pcs_tally_id id);
/* Sum of missed events over all sources. */
u64 pcs_sources_lost(void);

/* ---- the file (proc.c); reader.h and show.h have the rest ----------------- */

int pcs_proc_init(void);
void pcs_proc_exit(void);

#endif /* PCSTATS_H */
