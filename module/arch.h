/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that knows processors, but for files of their own: direct.c and
 * entry.c are x86's (elsewhere ftrace calls the handlers), source_arm64.c is
 * arm64's.
 *
 *   ARCH_HOOKS(x)	hooks that not all processors have
 *   PCS_SOURCE_*	what is hooked instead where one has not got them
 *   ARCH_PMD_IS_PTE	the entry of a huge page is changed by the functions that
 *			change one of a page
 *   ARCH_HUGETLB_WP	a part of hugetlb_wp() that is a function of its own
 */
#ifndef PCSTATS_ARCH_H
#define PCSTATS_ARCH_H

#include <linux/sched.h>

#if defined(CONFIG_X86_64)

#define ARCH_HOOKS(x)			x(pmd_set_access)
#define PCS_SOURCE_huge_clear_flush	PCS_SOURCE_clear_flush
#define PCS_SOURCE_huge_set_access	PCS_SOURCE_set_access
#define ARCH_PMD_IS_PTE			0
#define ARCH_HUGETLB_WP			NULL

/* Where ftrace has its call in the function that a kprobe finds at @addr. */
static inline unsigned long arch_ftrace_ip(unsigned long addr)
{
	return addr;
}

/* Of current's address space, where no other CPU has seen @addr. */
static inline void arch_flush_page(unsigned long addr)
{
	asm volatile("invlpg (%0)" : : "r" (addr) : "memory");
}

#elif defined(CONFIG_ARM64)

#include <asm/insn.h>
#include <asm/mmu.h>
#include <asm/tlbflush.h>

#define ARCH_HOOKS(x)			x(huge_clear_flush) x(huge_set_access)
#define PCS_SOURCE_pmd_set_access	PCS_SOURCE_set_access
#define pcs_source_pmd_set_access	pcs_source_set_access
#define ARCH_PMD_IS_PTE			1
#define ARCH_HUGETLB_WP			"set_huge_ptep_writable"

/*
 * The call is the second of two instructions; the first one saves the link
 * register (arch/arm64/kernel/ftrace.c).  ftrace refuses where it is the third,
 * behind a BTI.
 */
static inline unsigned long arch_ftrace_ip(unsigned long addr)
{
	return addr + AARCH64_INSN_SIZE;
}

/* As flush_tlb_page(), which wants a vma. */
static inline void arch_flush_page(unsigned long addr)
{
	unsigned long page = __TLBI_VADDR(addr, ASID(current->mm));

	dsb(ishst);
	__tlbi(vale1is, page);
	__tlbi_user(vale1is, page);
	dsb(ish);
}

#else
#error "processor not known"
#endif

#endif /* PCSTATS_ARCH_H */
