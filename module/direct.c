// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct hooks: functions that call us themselves, where ftrace would save all
 * registers first, which is dearer than all that we do.
 *
 * The functions are on the way of the two events that must cost the least: a
 * page that is kept, and the first touch of memory, which concerns nobody.  What
 * is called must leave every register as it was, for it runs before the first
 * instruction of the function; the compiler sees to that.  (See
 * samples/ftrace/ftrace-direct-multi.c for the same in assembler.)
 *
 * PREEMPT_RT has ftrace call the handlers: there the page table lock does not
 * keep the task on its CPU, on which these count.
 */
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/preempt.h>

#include "compat.h"
#include "source.h"

#if defined(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) &&			\
	defined(CONFIG_X86_64) && !defined(CONFIG_PREEMPT_RT)

/* sparse does not know it. */
#ifdef __CHECKER__
#define __saves_registers
#else
#define __saves_registers	__attribute__((no_caller_saved_registers))
#endif

/* Apart, for what they use is not worth saving in most calls. */
#define DIRECT_SLOW(name)						\
static noinline notrace __saves_registers void				\
slow_##name(unsigned long parent, unsigned long arg0, unsigned long arg1, \
	    unsigned long arg2, unsigned long arg3)			\
{									\
	preempt_disable_notrace();					\
	pcs_handle_##name(parent, arg0, arg1, arg2, arg3, 0);		\
	preempt_enable_notrace();					\
}
PCSTATS_DIRECT_HOOKS(DIRECT_SLOW)

static __always_inline bool is_at(const struct pcs_source *source,
				  unsigned long ip)
{
	return source->ip == ip;
}

static notrace __saves_registers void
direct_entry(unsigned long arg0, unsigned long arg1, unsigned long arg2,
	     unsigned long arg3)
{
	/* We return behind the call, and the function to its caller. */
	unsigned long ip = (unsigned long)__builtin_return_address(0) -
			   MCOUNT_INSN_SIZE;
	unsigned long parent = *(unsigned long *)__builtin_dwarf_cfa();

	compat_call_depth_account();
	if (is_at(&pcs_source_new_anon, ip)) {
		if (unlikely(!pcs_called_by(&pcs_caller_touch, parent)))
			slow_new_anon(parent, arg0, arg1, arg2, arg3);
	} else if (is_at(&pcs_source_unshare, ip)) {
		const struct vm_fault *fault = (void *)arg0;

		if (unlikely(fault->flags & FAULT_FLAG_UNSHARE))
			slow_unshare(parent, arg0, arg1, arg2, arg3);
	} else if (is_at(&pcs_source_move_anon, ip)) {
		slow_move_anon(parent, arg0, arg1, arg2, arg3);
	} else {
		slow_set_access(parent, arg0, arg1, arg2, arg3);
	}
}

static struct ftrace_ops direct_ops;
static bool registered;

int pcs_direct_add(unsigned long ip)
{
	return ftrace_set_filter_ip(&direct_ops, ip, 0, 0);
}

int pcs_direct_attach(void)
{
	int err = compat_register_direct(&direct_ops,
					 (unsigned long)direct_entry);

	registered = !err;
	/*
	 * Else the sysctl kernel.ftrace_enabled could turn it off unsaid.  Not
	 * before: 6.1 sets all flags itself.
	 */
	if (registered)
		direct_ops.flags |= FTRACE_OPS_FL_PERMANENT;
	return err;
}

void pcs_direct_detach(void)
{
	if (registered)
		compat_unregister_direct(&direct_ops,
					 (unsigned long)direct_entry);
	registered = false;
	ftrace_free_filter(&direct_ops);
}

#else

int pcs_direct_add(unsigned long ip)
{
	return -EOPNOTSUPP;
}

int pcs_direct_attach(void)
{
	return -EOPNOTSUPP;
}

void pcs_direct_detach(void) { }

#endif
