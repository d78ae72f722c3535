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
#include <linux/sched.h>

#include "pcstats.h"

struct tracepoint;

/*
 * Every source; counters.h names which of them a tally needs.
 */
#define PCSTATS_TRACEPOINTS(x)						\
	x(newtask) x(exec) x(exit) x(free)
/* Called by ftrace like any tracer; the first ones are found quickest. */
#define PCSTATS_FTRACE_HOOKS(x)						\
	x(clear_flush) x(copy_process) x(pmd_set_access) x(split)	\
	x(withdraw) x(hugetlb) x(unmap_hugetlb)
/* Called directly from the hooked function where that can be; see attach.c. */
#define PCSTATS_DIRECT_HOOKS(x)						\
	x(new_anon) x(move_anon) x(set_access) x(unshare)
#define PCSTATS_HOOKS(x)						\
	PCSTATS_FTRACE_HOOKS(x)						\
	PCSTATS_DIRECT_HOOKS(x)
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
 * At entry to the hooked function: where it returns to, and its first
 * arguments as far as it has them.
 */
#define PCS_HOOK_ARGS							\
	unsigned long parent, unsigned long arg0, unsigned long arg1,	\
	unsigned long arg2, unsigned long arg3, unsigned long arg4
#define x(name) void pcs_handle_##name(PCS_HOOK_ARGS);
PCSTATS_HOOKS(x)
#undef x

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
 * Hooking functions for pcs_direct_entry() (direct.c).  pcs_direct_add() before
 * pcs_direct_attach(); an errno means that ftrace has to call their handlers.
 */
int pcs_direct_add(unsigned long ip);
int pcs_direct_attach(void);
void pcs_direct_detach(void);

/* ---- who calls (callers.c) ---------------------------------------------- */

/*
 * The hooked functions are helpers that many call.  An event is a call from one
 * of these functions, told by the return address.
 */
#define PCSTATS_CALLERS(x)						\
	x(wp_copy) x(wp_reuse) x(huge_wp) x(hugetlb_wp) x(fork)		\
	x(file) x(uprobe) x(touch)

/* A compiler may have inlined one into another: the parts that it can be in. */
#define PCS_CALLER_PARTS	2

struct pcs_caller {
	const char	*names[4];	/* any of them that exists */
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
	       unlikely(parent - caller->part[1].start < caller->part[1].size);
}

/* Where the functions are, in the running kernel. */
void pcs_callers_find(void);
/* Where a function is entered; 0 and an errno in *err if there is none. */
unsigned long pcs_find_function(const char *name, int *err);

/* ---- notes from one hook to another, within one fault --------------------- */

/*
 * Faults that current has completed (mm_account_fault() in mm/memory.c), its
 * own and those that it caused by get_user_pages().  A note that was left
 * behind by an attempt that came to nothing is known by this.
 */
static __always_inline unsigned long pcs_faults(void)
{
	return current->min_flt + current->maj_flt;
}

static __always_inline void pcs_note_set(struct pcs_note *note,
					 unsigned long what)
{
	note->what = what;
	note->faults = pcs_faults();
}

/* Is there such a note, of this fault?  It is used up then. */
static __always_inline bool pcs_note_take(struct pcs_note *note,
					  unsigned long what)
{
	if (likely(note->what != what))
		return false;
	note->what = 0;
	return note->faults == pcs_faults();
}

/* What notes say: an address, and in its low bits what is to be done there. */
#define PCS_NOTE_UNSHARE	1UL
#define PCS_NOTE_SPLIT		2UL
#define PCS_NOTE_STEAL		3UL

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
bool pcs_event_begin(struct pcs_event *event, struct pcs_source *source,
		     const struct mm_struct *mm);
/* @bytes of memory were copied to a new page in @vma. */
void pcs_event_copied(const struct pcs_event *event,
		      const struct vm_area_struct *vma, enum pcs_tally_id kind,
		      u64 bytes);
/* Has folio_move_anon_rmap() just made @page current's own? */
bool pcs_moved_take(struct pcs_record *rec, const struct page *page);

/* Of hugetlb_wp(): @old was replaced by a copy, or @entry made writable. */
void pcs_hugetlb_copied(const struct vm_area_struct *vma,
			unsigned long address);
void pcs_hugetlb_kept(const struct vm_area_struct *vma, pte_t entry);

/* ---- self-test at load (selftest.c) --------------------------------------- */

/*
 * Makes faults of known kinds in the memory of the process that loads the
 * module, and distrusts the sources whose tallies do not come out.  Process
 * context, sources attached, nothing shown yet.
 */
void pcs_selftest(void);

#endif /* PCSTATS_SOURCE_H */
