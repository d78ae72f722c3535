/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcstats: what the kernel does when programs create processes and threads.
 *
 *   event sources                  store                   presentation
 *   source_task.c  creation        store.c    records      proc.c      the file
 *   source_cow.c   copy-on-write   adopt.c    older tasks  row.c       its rows
 *   attach.c       hooks them  ->  tally.c    counting ->  mm_table.c  sharing
 *                                  history.c  the exited   viewer.c    who may see
 *                                  stock.c    memory
 *
 * Calls go from left to right and never back: sources know nothing of
 * seq_file, the presentation nothing of tracepoints, the store neither.
 *
 * Locking.  pcs_store.lock (raw, irqsave; the only lock) guards membership:
 * the hash table's chains, the stock of free records, the ring of exited
 * records, and in a record everything but its tallies.
 * Critical sections are short and bounded; it nests inside nothing of ours
 * and, on the fork, exec and exit paths, inside no lock of the kernel's.  RCU
 * guards a record's memory: look-ups take no lock.  Tallies have one writer,
 * the task that they belong to, with preemption off; see pcs_tally_begin().
 *
 * Handlers run with preemption off, on PREEMPT_RT too: they take raw locks
 * only, never sleep and never allocate.
 */
#ifndef PCSTATS_H
#define PCSTATS_H

#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "counters.h"

struct tracepoint;
struct vm_fault;

/* ---- tallies ---------------------------------------------------------- */

enum pcs_tally_id {
#define x(name, sources, help) PCS_##name,
	PCSTATS_TASK_COUNTERS(x)
	PCS_NR_TASK_TALLIES,
	PCS_FIRST_COW_TALLY = PCS_NR_TASK_TALLIES,
	PCS_BEFORE_COW = PCS_FIRST_COW_TALLY - 1,
	PCSTATS_COW_COUNTERS(x)
#undef x
	PCS_NR_TALLIES
};

/* ---- records ---------------------------------------------------------- */

enum pcs_state {
	PCS_ALIVE,	/* not yet through sched_process_exit */
	PCS_EXITED,	/* through it; a zombie until released */
	PCS_RELEASED,	/* no longer in the process table */
};

/* What is kept of a task that has gone through sched_process_exit. */
struct pcs_exit {
	struct pid	*pid;		/* references, for numbers in any ns */
	struct pid	*tgid;
	struct pid	*ppid;
	const struct cred *cred;	/* reference, for hidepid */
	char		comm[TASK_COMM_LEN];
	int		code;		/* wait status; valid once released */
	bool		dumpable;	/* for hidepid, as proc judges it */
	u64		nr;		/* number in the history */
};

/*
 * One for each task.  module/ABI says how many bytes this is; store_init()
 * refuses to compile above the promised 256.
 */
struct pcs_record {
	struct hlist_node hash;		/* by task; RCU.  Or in the stock */
	struct task_struct *task;	/* key; NULL after sched_process_free */
	const void	*mm;		/* last mm seen; compared, never followed */
	u64		mm_id;		/* of that mm; 0: none or not yet given */
	u32		epoch;		/* pcs_store.epoch that the tallies are of */
	u8		state;		/* enum pcs_state */
	bool		hashed;		/* held by the hash table */
	bool		kept;		/* held by the ring of exited records */
	/* Written by the task itself only, like the tallies. */
	const struct vm_fault *fault;	/* see source_cow.c */
	u64		clone_start;	/* ns; see source_task.c */
	u64		tally[PCS_NR_TALLIES];
	struct pcs_exit	exit;		/* from PCS_EXITED on */
	struct rcu_head	rcu;
};

/* The tallies of all tasks, by the CPU on which they happened. */
struct pcs_cpu_totals {
	u64		tally[PCS_NR_TALLIES];
	u32		epoch;
};

struct pcs_store {
	struct hlist_head *table;	/* 1 << bits chains of records */
	unsigned int	bits;
	u32		epoch;		/* raised by each reset */
	struct pcs_cpu_totals __percpu *totals;

	raw_spinlock_t	lock ____cacheline_aligned_in_smp;
	struct hlist_head stock;	/* free records for handlers to take */
	unsigned int	nr_stock;
	unsigned long	nr_tasks;	/* records in PCS_ALIVE */
	u64		next_mm_id;
};

extern struct pcs_store pcs_store;

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
	return &pcs_store.table[hash_ptr(task, pcs_store.bits)];
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
		if (rec->task == task)
			return rec;
	return NULL;
}

struct pcs_source;

/*
 * The record of current, made from the stock if it has none yet.  NULL when
 * the stock is empty: the event is then counted as missed by @source.
 * Preemption off.
 */
struct pcs_record *pcs_record_make_current(struct pcs_source *source);

static __always_inline struct pcs_record *
pcs_record_current(struct pcs_source *source)
{
	struct pcs_record *rec = pcs_record_find(current);

	return likely(rec) ? rec : pcs_record_make_current(source);
}

/* Life of a task, as the sources see it.  Preemption off. */
void pcs_record_born(struct pcs_source *source, struct task_struct *child,
		     const struct pcs_record *creator, bool shares_mm);
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
	return task->flags & PF_KTHREAD ? NULL : READ_ONCE(task->mm);
}

/* For adopt.c alone; the caller holds pcs_store.lock. */
void pcs_record_insert(struct pcs_record *rec, struct task_struct *task,
		       const void *mm, u64 mm_id);
void pcs_record_set_mm(struct pcs_record *rec, const void *mm, u64 id);
u64 pcs_new_mm_id(void);

/* ---- memory of records (stock.c) ---------------------------------------- */

int pcs_stock_init(void);
void pcs_stock_exit(void);
/* A free record for a handler, NULL: none.  Caller holds pcs_store.lock. */
struct pcs_record *pcs_stock_take(void);
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

void __pcs_tally_new_epoch(u64 *tally, u32 *old_epoch, u32 epoch);

/*
 * Counting.  Between pcs_tally_begin() and the last pcs_tally_add() of one
 * event preemption stays off and rec belongs to current, so each tally has
 * one writer and needs no atomic.  Both sides belong to one epoch, sampled
 * once: after a reset the totals are still the sum of the rows.
 */
static __always_inline struct pcs_cpu_totals *
pcs_tally_begin(struct pcs_record *rec)
{
	struct pcs_cpu_totals *totals = this_cpu_ptr(pcs_store.totals);
	u32 epoch = READ_ONCE(pcs_store.epoch);

	if (unlikely(rec->epoch != epoch))
		__pcs_tally_new_epoch(rec->tally, &rec->epoch, epoch);
	if (unlikely(totals->epoch != epoch))
		__pcs_tally_new_epoch(totals->tally, &totals->epoch, epoch);
	return totals;
}

static __always_inline void
pcs_tally_add(struct pcs_record *rec, struct pcs_cpu_totals *totals,
	      enum pcs_tally_id id, u64 n)
{
	WRITE_ONCE(rec->tally[id], rec->tally[id] + n);
	WRITE_ONCE(totals->tally[id], totals->tally[id] + n);
}

/* A record's tally as of now; 0 when it is of an earlier epoch. */
static inline u64 pcs_tally_read(const u64 *tally, const u32 *epoch,
				 enum pcs_tally_id id)
{
	/* Pairs with __pcs_tally_new_epoch(). */
	if (smp_load_acquire(epoch) != READ_ONCE(pcs_store.epoch))
		return 0;
	return READ_ONCE(tally[id]);
}

/* ---- history: the last exited tasks (history.c) ------------------------ */

int pcs_history_init(void);
void pcs_history_exit(void);
/* Adds a row for a task that has just exited.  Caller holds pcs_store.lock. */
void pcs_history_push(struct pcs_record *rec);
/* Rows are numbered from 1; no row if oldest is behind newest. */
void pcs_history_range(u64 *oldest, u64 *newest);
/* Row @nr, NULL if it has left.  RCU read-side section. */
struct pcs_record *pcs_history_row(u64 nr);

/* ---- event sources ---------------------------------------------------- */

/*
 * Every source; counters.h names which of them a tally needs.  The first of the
 * ftrace ones is found quickest by their common entry: it sees most calls.
 */
#define PCSTATS_TRACEPOINTS(x)						\
	x(newtask) x(exec) x(exit) x(free)
#define PCSTATS_FTRACE_HOOKS(x)						\
	x(new_anon) x(wp) x(finish_fault) x(move_anon) x(copy_process)
#define PCSTATS_SOURCES(x)						\
	PCSTATS_TRACEPOINTS(x)						\
	PCSTATS_FTRACE_HOOKS(x)

enum pcs_source_id {
#define x(name) PCS_SOURCE_##name,
	PCSTATS_SOURCES(x)
#undef x
	PCS_NR_SOURCES
};

struct pcs_source {
	unsigned long	ip;		/* ftrace: the hooked function; 0: off */
	/* Names to look for, in this order: kernels renamed functions. */
	const char	*names[2];
	void		*probe;		/* of a tracepoint; NULL: ftrace */
	bool		required;	/* the module does not load without it */

	/* Written by attach.c before anything is shown. */
	const char	*name;		/* the one found, else names[0] */
	const char	*reason;	/* why it is off; NULL when on */
	int		error;		/* errno that goes with reason, or 0 */
	struct tracepoint *tracepoint;
	/* Events seen here that found no record: want of memory. */
	atomic64_t	missed;
};

#define x(name) extern struct pcs_source pcs_source_##name;
PCSTATS_SOURCES(x)
#undef x
extern struct pcs_source *const pcs_sources[PCS_NR_SOURCES];

/* At entry to the hooked function, with its arguments.  Preemption off. */
#define x(name) void pcs_handle_##name(struct ftrace_regs *fregs);
PCSTATS_FTRACE_HOOKS(x)
#undef x

/*
 * Attach all sources: those of the task table first.  -ENOENT or what the
 * kernel said when a required one cannot be had; nothing is attached then.
 */
int pcs_sources_attach(void);
/* Detach all, and wait until no handler runs any more. */
void pcs_sources_detach(void);
/* Are all sources attached that @id needs? */
bool pcs_tally_watched(enum pcs_tally_id id);
/* Sum of missed events over all sources. */
u64 pcs_sources_lost(void);

/* ---- the file (proc.c); show.h has what lies behind it ----------------- */

int pcs_proc_init(void);
void pcs_proc_exit(void);

#endif /* PCSTATS_H */
