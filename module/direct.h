/* SPDX-License-Identifier: GPL-2.0-only */
/* Between direct.c and entry.c. */
#ifndef PCSTATS_DIRECT_H
#define PCSTATS_DIRECT_H

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) &&			\
	defined(CONFIG_X86_64) && defined(CONFIG_CC_IS_GCC) &&		\
	!defined(CONFIG_PREEMPT_RT) && !defined(PCSTATS_TEST_NO_DIRECT)
#define PCS_DIRECT
#endif

/* sparse does not know it. */
#ifdef __CHECKER__
#define __builtin_dwarf_cfa()	NULL
#endif

/*
 * What ftrace has the hooked functions call, not to be called from C: those on
 * the fault path have an entry of their own, which spares them to look which of
 * them it is.
 */
#define PCSTATS_DIRECT_HOOKS(x)						\
	x(clear_flush) x(set_access) x(move_anon) x(new_anon) x(unshare)
#define x(name) void pcs_direct_##name(void);
PCSTATS_DIRECT_HOOKS(x)
x(other)
#undef x

/*
 * Calls the handler, with the six arguments that a call has in registers.
 * @frame: where the hooked function will return to, and before that where the
 * entry will return to in it.
 */
void pcs_direct_call(const unsigned long *args, const unsigned long *frame);

#endif /* PCSTATS_DIRECT_H */
