/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows kernel versions.  The rest of the module is written
 * against the newest supported kernel (6.12); what older ones lack is supplied
 * here.  Functions that were renamed are not: attach.c looks names up.
 */
#ifndef PCSTATS_COMPAT_H
#define PCSTATS_COMPAT_H

#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/version.h>
#ifdef CONFIG_X86
#include <asm/nospec-branch.h>
#endif

/* 6.2 made struct ftrace_regs opaque and gave it accessors. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static __always_inline unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(&fregs->regs, n);
}
#endif

/*
 * Pages of @mm of one kind, exactly, when nothing runs in it yet.  6.2 made the
 * counters per-CPU ones, where get_mm_counter() may be off by a batch for each
 * CPU (include/linux/percpu_counter.h).  percpu_counter_sum() takes a raw lock.
 */
static inline unsigned long compat_mm_pages(struct mm_struct *mm, int kind)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return get_mm_counter(mm, kind);
#else
	return percpu_counter_sum_positive(&mm->rss_stat[kind]);
#endif
}

/*
 * Does proc let go of a task without an mm?  Late stable kernels remember the
 * dumpability past exit_mm() (kernel/ptrace.c, task_still_dumpable()); earlier
 * ones ask no more.  It came in stable updates, so Kbuild looks for the field.
 */
static inline bool compat_user_dumpable(const struct task_struct *task)
{
#ifdef PCSTATS_HAVE_USER_DUMPABLE
	return task->user_dumpable;
#else
	return true;
#endif
}

/*
 * How many page table entries map @page, of @folio.  6.1 accounted for the
 * pages of a huge one that is mapped in both ways with PageDoubleMap
 * (mm/util.c, __page_mapcount()).
 */
static inline int compat_page_mapcount(const struct page *page,
				       struct folio *folio)
{
	int count = atomic_read(&page->_mapcount) + 1;

	if (likely(!folio_test_large(folio)))
		return count;
	count += folio_entire_mapcount(folio);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	if (PageDoubleMap(&folio->page))
		count--;
#endif
	return count;
}

/* What hugetlb_wp() is called with; in 6.12 it is all in struct vm_fault. */
struct compat_hugetlb_wp {
	const struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags;
};

static inline struct compat_hugetlb_wp
compat_hugetlb_wp(unsigned long arg0, unsigned long arg1, unsigned long arg2,
		  unsigned long arg4)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	/* (mm, vma, address, ptep, flags, ...) */
	return (struct compat_hugetlb_wp){ (void *)arg1, arg2, arg4 };
#else
	const struct vm_fault *fault = (void *)arg0;

	return (struct compat_hugetlb_wp){
		fault->vma, fault->address, fault->flags
	};
#endif
}

/*
 * What a function that ftrace calls directly begins with, where calls are
 * counted to keep speculated returns in bounds; 6.2 began with that.
 */
static __always_inline void compat_call_depth_account(void)
{
#ifdef CALL_DEPTH_ACCOUNT
	asm volatile(CALL_DEPTH_ACCOUNT);
#endif
}

/*
 * Has a tracer replaced a return address of current's, to be called when the
 * function ends (function_graph, kretprobes)?
 */
static __always_inline bool compat_returns_traced(void)
{
	bool traced = false;

#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	/* -1 was none until 6.11. */
	traced = current->curr_ret_stack >=
		 (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0));
#endif
#ifdef CONFIG_RETHOOK
	traced |= current->rethooks.first != NULL;
#endif
	return traced;
}

/* 6.4 took the old names away, and 6.1 sets the flags of the ops itself. */
static inline int compat_register_direct(struct ftrace_ops *ops,
					 unsigned long addr)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	return register_ftrace_direct_multi(ops, addr);
#else
	return register_ftrace_direct(ops, addr);
#endif
}

static inline void compat_unregister_direct(struct ftrace_ops *ops,
					    unsigned long addr)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	unregister_ftrace_direct_multi(ops, addr);
#else
	unregister_ftrace_direct(ops, addr, false);
#endif
}

#endif /* PCSTATS_COMPAT_H */
