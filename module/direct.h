/* SPDX-License-Identifier: GPL-2.0-only */
/* Between direct.c and entry.c. */
#ifndef PCSTATS_DIRECT_H
#define PCSTATS_DIRECT_H

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) &&			\
	defined(CONFIG_X86_64) && defined(CONFIG_SMP) &&			\
	defined(CONFIG_CC_IS_GCC) &&					\
	!defined(CONFIG_PREEMPT_RT) && !defined(PCSTATS_TEST_NO_DIRECT)
#define PCS_DIRECT
#endif

/* sparse does not know it. */
#ifdef __CHECKER__
#define __builtin_dwarf_cfa()	NULL
#endif

/*
 * What ftrace has the hooked functions call, not to be called from C: where there
 * is most to do, ptep_clear_flush() and ptep_set_access_flags(), and elsewhere.
 */
void pcs_direct_clear_flush(void);
void pcs_direct_set_access(void);
void pcs_direct_other(void);

/*
 * Calls the handler, with the six arguments that a call has in registers.
 * @frame: where the hooked function will return to, and before that where the
 * entry will return to in it.
 */
void pcs_direct_call(const unsigned long *args, const unsigned long *frame);

#endif /* PCSTATS_DIRECT_H */
