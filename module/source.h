/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event sources: what source_task.c, source_cow.c, source_huge.c and selftest.c
 * share with attach.c, which hooks them, and callers.c.
 *
 * Handlers run with preemption off, in the context of the hooked function: the
 * ones on the fault path below a page table lock (mm/memory.c, mm/huge_memory.c,
 * mm/hugetlb.c; 6.1, 6.12).
 */
#ifndef PCSTATS_SOURCE_H
#define PCSTATS_SOURCE_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "arch.h"
#include "pcstats.h"

struct tracepoint;

/* Every source; counters.h names which of them a tally needs. */
#define PCSTATS_TRACEPOINTS(x)						\
	x(newtask) x(exec) x(exit) x(free)
/* The first ones are found quickest, and need it most. */
#define PCSTATS_HOOKS(x)						\
	x(clear_flush) x(set_access) x(move_anon) x(new_anon)		\
	x(unshare) x(copy_process) ARCH_HOOKS(x) x(split)		\
	x(withdraw) x(hugetlb) x(new_hugetlb) x(unmap_hugetlb)
#define PCSTATS_SOURCES(x)						\
	PCSTATS_TRACEPOINTS(x)						\
	PCSTATS_HOOKS(x)

enum pcs_source_id {
#define x(name) PCS_SOURCE_##name,
	PCSTATS_SOURCES(x)
#undef x
	PCS_NR_SOURCES
};

struct pcs_source {
	unsigned long	ip;		/* of the hooked function; 0: off */
	unsigned long	behind;		/* its call of us, as entry.c sees it */
	/* Names to look for, in this order: kernels renamed functions. */
	const char	*names[2];
	void		*probe;		/* of a tracepoint; NULL: a function */
	bool		required;	/* the module does not load without it */

	/* Written by attach.c before anything is shown. */
	const char	*name;		/* the one found, else names[0] */
	const char	*mechanism;
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

/*
 * At entry to the hooked function: where it returns to, and its first five
 * arguments as far as it has them.
 */
#define x(name) void pcs_handle_##name(unsigned long parent,		\
				       const unsigned long *args);
PCSTATS_HOOKS(x)
#undef x

/*
 * The function at @ip was entered: calls its handler.  Not all hooked functions
 * are called below a lock, and on PREEMPT_RT a page table lock does not turn
 * preemption off.
 */
static __always_inline void pcs_handle(unsigned long ip, unsigned long parent,
				       const unsigned long *args)
{
	preempt_disable_notrace();
#define x(name) if (ip == pcs_source_##name.ip)				\
			pcs_handle_##name(parent, args); else
	PCSTATS_HOOKS(x) { }
#undef x
	preempt_enable_notrace();
}

/*
 * Attach all sources: those of the task table first.  -ENOENT or what the
 * kernel said when a required one cannot be had; nothing is attached then.
 */
int pcs_sources_attach(void);
/* Detach all, and wait until no handler runs any more. */
void pcs_sources_detach(void);
/* What @source sees is not what it should: its tallies read "-" from now on. */
void pcs_source_distrust(struct pcs_source *source, const char *reason);

/*
 * Have all hooked functions call us themselves (direct.c).  An errno: they
 * cannot, and ftrace has to call the handlers.
 */
int pcs_direct_attach(void);
void pcs_direct_detach(void);

/* ---- who calls (callers.c) ---------------------------------------------- */

/*
 * The hooked functions are helpers that many call.  An event is a call from one
 * of these functions, told by the return address.
 */
#define PCSTATS_CALLERS(x)						\
	x(wp_copy) x(wp_reuse) x(huge_wp) x(hugetlb_wp) x(fork)		\
	x(hugetlb_fork) x(file) x(uprobe) x(touch)

/* A compiler may have inlined one into another: the parts that it can be in. */
#define PCS_CALLER_PARTS	3

struct pcs_caller {
	const char	*names[5];	/* any of them that exists */
	struct {
		unsigned long start, size;
	} part[PCS_CALLER_PARTS];	/* size 0: none */
};

#define x(name) extern struct pcs_caller pcs_caller_##name;
PCSTATS_CALLERS(x)
#undef x

static __always_inline bool pcs_called_by(const struct pcs_caller *caller,
					  unsigned long parent)
{
	return parent - caller->part[0].start < caller->part[0].size ||
	       unlikely(parent - caller->part[1].start < caller->part[1].size ||
			parent - caller->part[2].start < caller->part[2].size);
}

/* The same where only the first part matters, as it does in stock kernels. */
static __always_inline bool
pcs_called_by_first(const struct pcs_caller *caller, unsigned long parent)
{
	return parent - caller->part[0].start < caller->part[0].size;
}

/*
 * Where the functions are, in the running kernel.  -ENOMEM: a function that is
 * there may not have been found, and calls from it would not be seen.
 */
int pcs_callers_find(void);
/*
 * Where a function is entered; 0 and an errno in *err if there is none.
 * pcs_find_end() after the last one.
 */
unsigned long pcs_find_function(const char *name, int *err);
void pcs_find_end(void);

/* ---- notes from one hook to another, within one fault --------------------- */

/*
 * A number for the fault that @task, current, is in: its address and how many
 * faults it has completed (mm_account_fault() in mm/memory.c), its own and those
 * that it caused by get_user_pages().  A note that was left behind by an attempt
 * that came to nothing is known by this.
 */
static __always_inline unsigned long
pcs_fault_id(const struct task_struct *task)
{
	return (unsigned long)task + ((task->min_flt + task->maj_flt) << 48);
}

static __always_inline void pcs_note_set(struct pcs_note *note,
					 unsigned long what)
{
	note->what = what;
	note->fault = pcs_fault_id(current);
}

/* Is there such a note, of this fault? */
static __always_inline bool pcs_note_is(const struct pcs_note *note,
					unsigned long what)
{
	return note->what == what && note->fault == pcs_fault_id(current);
}

/*
 * The fault in which *_move_anon_rmap() made a page current's own, which tells
 * ptep_set_access_flags() and the like why the page is kept.  In between the
 * page table lock is held and so, but for PREEMPT_RT, the CPU.
 */
#ifdef CONFIG_PREEMPT_RT
static inline void pcs_moved_set(struct pcs_record *rec)
{
	rec->moved = pcs_fault_id(current);
}

static inline bool pcs_moved(const struct pcs_record *rec)
{
	return rec->moved == pcs_fault_id(current);
}
#else
DECLARE_PER_CPU(unsigned long, pcs_moved_cpu);

static __always_inline void pcs_moved_set(struct pcs_record *rec)
{
	__this_cpu_write(pcs_moved_cpu, pcs_fault_id(current));
}

static __always_inline bool pcs_moved(const struct pcs_record *rec)
{
	return __this_cpu_read(pcs_moved_cpu) == pcs_fault_id(current);
}
#endif

/* What notes say: an address, and in its low bits what is to be done there. */
#define PCS_NOTE_UNSHARE	1UL
#define PCS_NOTE_SPLIT		2UL
#define PCS_NOTE_STEAL		3UL
#define PCS_NOTE_NEW		4UL
#define PCS_NOTE_MASK		7UL

/* ---- counting copy-on-write (source_cow.c) -------------------------------- */

struct pcs_event {
	struct pcs_record *rec;
	struct pcs_cow	*cow;
	struct pcs_cpu_totals *totals;
};

/*
 * Current did something in @mm, seen by @source.  False: there is no memory to
 * count it, and it is missed.  Tells the owner of @mm where that is another
 * process.
 */
static __always_inline bool pcs_event_begin(struct pcs_event *event,
					    struct pcs_source *source,
					    const struct mm_struct *mm)
{
	event->rec = pcs_record_current(source);
	if (unlikely(!event->rec))
		return false;
	/* pcs_cow_remote() of another task may make it. */
	event->cow = READ_ONCE(event->rec->cow);
	if (unlikely(!event->cow)) {
		event->cow = pcs_cow_make(event->rec, source);
		if (!event->cow)
			return false;
	}
	event->totals = pcs_cow_begin(event->cow);
	/*
	 * Or rec is not up to date yet: an execve changes mm before its event.  A
	 * reader may bring it up to date just now; pcs_cow_remote() finds out.
	 */
	if (unlikely(mm != data_race(event->rec->mm)))
		pcs_cow_remote(mm, source);
	return true;
}

static __always_inline void pcs_event_count(const struct pcs_event *event,
					    enum pcs_tally_id id, u64 n)
{
	pcs_cow_add(event->cow, event->totals, id, n);
}

/* The regions of /proc/PID/maps, in its order (fs/proc/task_mmu.c). */
static __always_inline enum pcs_tally_id
pcs_anon_region_of(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	/* Another thread's brk(2), or fault below its stack, may move an end. */
	if (data_race(vma->vm_start < mm->brk && vma->vm_end > mm->start_brk))
		return PCS_in_heap;
	/* The same. */
	if (data_race(vma->vm_start <= mm->start_stack &&
		      vma->vm_end >= mm->start_stack))
		return PCS_in_stack;
	return PCS_in_anon;
}

static __always_inline enum pcs_tally_id
pcs_region_of(const struct vm_area_struct *vma)
{
	return vma->vm_file ? PCS_in_file : pcs_anon_region_of(vma);
}

/* A page was copied to a new one in @vma. */
void pcs_event_copied(const struct pcs_event *event,
		      const struct vm_area_struct *vma, enum pcs_tally_id kind);

/* For arm64, where ptep_set_access_flags() is that of huge pages, too. */
void pcs_handle_pmd_set_access(unsigned long parent, const unsigned long *args);

/* Of hugetlb_wp(): a copy was put in place, or the page made writable. */
void pcs_hugetlb_copied(const struct vm_area_struct *vma,
			unsigned long address);
void pcs_hugetlb_kept(const struct vm_area_struct *vma);
/* Is current in it for the sake of a pin? */
bool pcs_hugetlb_unsharing(const struct pcs_record *rec);

/* ---- self-test at load (selftest.c) --------------------------------------- */

/*
 * Makes faults of known kinds in the memory of the process that loads the
 * module, and distrusts the sources whose tallies do not come out.  Process
 * context, sources attached, nothing shown yet.
 */
void pcs_selftest(void);

#endif /* PCSTATS_SOURCE_H */
