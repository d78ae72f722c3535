/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept of tasks and address spaces: the data of the store.  pcstats.h
 * has what is done with it, and says what locks what.
 */
#ifndef PCSTATS_RECORD_H
#define PCSTATS_RECORD_H

#include <linux/atomic.h>
#include <linux/percpu-defs.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "counters.h"

/* ---- tallies ---------------------------------------------------------- */

enum pcs_tally_id {
#define x(name, sources, help) PCS_##name,
	PCSTATS_TASK_COUNTERS(x)
	PCS_NR_TASK_TALLIES,
	PCS_FIRST_COW_TALLY = PCS_NR_TASK_TALLIES,
	PCS_BEFORE_COW = PCS_FIRST_COW_TALLY - 1,
	PCSTATS_ALL_COW_COUNTERS(x)
#undef x
	PCS_NR_TALLIES,
	PCS_NR_COW_TALLIES = PCS_NR_TALLIES - PCS_FIRST_COW_TALLY
};

/* ---- records ---------------------------------------------------------- */

enum pcs_state {
	PCS_ALIVE,	/* not yet through sched_process_exit */
	PCS_EXITED,	/* through it; a zombie until released */
	PCS_RELEASED,	/* no longer in the process table */
};

/* The call that made a task. */
enum pcs_call {
	PCS_CALL_UNKNOWN,	/* it is older than the module */
	PCS_CALL_FORK,
	PCS_CALL_VFORK,
	PCS_CALL_THREAD,
	PCS_CALL_CLONE,
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

/* What a hook leaves for another one of the same fault; see source.h. */
struct pcs_note {
	unsigned long	what;
	unsigned long	fault;
};

/* An address space that a fork had to do with (fork.c). */
struct pcs_space {
	union {
		struct hlist_node stock;
		struct rcu_head rcu;
	};
	atomic64_t	copied;		/* pages that are not shared any more */
	u64		mm_id;
	unsigned int	holders;	/* records */
};

/* Pages copied in one named mapping, of one task (map.c). */
struct pcs_map {
	union {
		struct hlist_node stock;
		struct {
			struct pcs_map *next;
			const void *key; /* the inode; compared, never followed */
		};
	};
	u64		copies;
	u64		seen;		/* of a process in a job: see there */
	char		name[28];	/* terminated */
};

/* A process in a job (job.c). */
struct pcs_process {
	union {
		struct hlist_node stock;
		struct rcu_head rcu;
	};
	struct pcs_job	*job;		/* the innermost one */
	unsigned int	threads;	/* records that point here */
	u32		seen_by;	/* number of the last read that met it */
	struct pcs_map	*maps;		/* at most PCS_MAPS_MAX; as these: */
	u64		sum[PCS_NR_COW_TALLIES]; /* of threads that have left */
	u64		seen[PCS_NR_COW_TALLIES]; /* what that read has met */
};

/* What only tasks with a copy-on-write event have. */
struct pcs_cow {
	union {
		struct hlist_node stock;
		struct pcs_map *maps;	/* added at the head; RCU */
	};
	u32		epoch;		/* that the tallies are of */
	u32		remote_epoch;	/* the same of PCS_remote's */
	u64		tally[PCS_NR_COW_TALLIES];
	u32		nr_maps;
};

/* The last fork that an address space took part in. */
struct pcs_fork {
	struct pcs_space *other;	/* NULL: none */
	u64		shared;		/* pages */
	u64		copied;		/* what the two spaces' copied were then */
	u64		other_copied;
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
	u8		call;		/* that made it: enum pcs_call */
	bool		hashed : 1;	/* held by the hash table */
	bool		kept : 1;	/* held by the ring of exited records */
	bool		fork_child : 1;	/* which side of .fork it is */
	bool		visited : 1;	/* by a read of its job; see pcs_job.pass */
	u32		born_pages;	/* that its fork shared with it */
	u32		born_ns;	/* what making it took; 0: not known */
	u64		id;		/* never used twice */
	u64		creator;	/* id of who made it, 0: not known */
	u64		tally[PCS_NR_TASK_TALLIES];
	struct pcs_cow	*cow;		/* NULL: no event yet; RCU */
	/* Of the mm that this task owns. */
	struct pcs_space *space;	/* NULL: no fork yet; RCU */
	struct pcs_fork	fork;
	union {
		/* Alive: the task's own scratch, written by itself only. */
		struct {
			u64		clone_start;	/* ns; see source_task.c */
			u64		not_shared;	/* pages that it copied */
			struct pcs_note	note;
			unsigned long	moved;	/* PREEMPT_RT; pcs_moved() */
			/* NULL: in no job.  Guarded by the lock, as all else. */
			struct pcs_process *process;
			struct list_head member;	/* of pcs_job.members */
		};
		struct pcs_exit	exit;	/* from PCS_EXITED on */
	};
	struct rcu_head	rcu;
};

/* The tallies of all tasks, by the CPU on which they happened. */
struct pcs_cpu_totals {
	u64		tally[PCS_NR_TALLIES];
	u32		epoch;
};

struct pcs_store {
	struct hlist_head *table;	/* mask + 1 chains of records */
	unsigned long	mask;
	u32		epoch;		/* raised by each reset */

	raw_spinlock_t	lock ____cacheline_aligned_in_smp;
	unsigned long	nr_tasks;	/* records in PCS_ALIVE */
	u64		next_mm_id;
	u64		next_id;
};

extern struct pcs_store pcs_store;
DECLARE_PER_CPU(struct pcs_cpu_totals, pcs_cpu_totals);

#endif /* PCSTATS_RECORD_H */
