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

/* 6.2 made struct ftrace_regs opaque and gave it accessors. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
static __always_inline unsigned long
ftrace_regs_get_argument(struct ftrace_regs *fregs, unsigned int n)
{
	return regs_get_kernel_argument(&fregs->regs, n);
}
#endif

/*
 * Anonymous pages of @mm, exactly, when nothing runs in it yet.  6.2 made the
 * counters per-CPU ones, where get_mm_counter() may be off by a batch for each
 * CPU (include/linux/percpu_counter.h).  percpu_counter_sum() takes a raw lock.
 */
static inline unsigned long compat_mm_anon_pages(struct mm_struct *mm)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return get_mm_counter(mm, MM_ANONPAGES);
#else
	return percpu_counter_sum_positive(&mm->rss_stat[MM_ANONPAGES]);
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

#endif /* PCSTATS_COMPAT_H */
