// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct hooks: functions that call us themselves, where ftrace would save all
 * registers first, which is dearer than all that we do.  They call
 * pcs_direct_entry(), which is in entry.c; that calls here.
 *
 * PREEMPT_RT has ftrace call the handlers: there the page table lock does not
 * keep the task on its CPU, on which these count.
 */
#include <linux/ftrace.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "direct.h"
#include "source.h"

#ifdef PCS_DIRECT

#include <asm/text-patching.h>
#include <asm/unwind.h>

/*
 * Where the function will return to in the end: a tracer that wants to be called
 * then has put itself there.  ftrace tells its own ops the right one.
 */
static noinline notrace unsigned long traced_parent(const unsigned long *frame)
{
	struct unwind_state state;

	unwind_start(&state, current, NULL, (unsigned long *)frame);
	return unwind_get_return_address(&state);
}

void notrace pcs_direct_call(const unsigned long *args,
			     const unsigned long *frame)
{
	unsigned long parent = frame[0];

	if (unlikely(compat_returns_traced()))
		parent = traced_parent(frame);
	pcs_handle(frame[-1] - MCOUNT_INSN_SIZE, parent, args);
}

static struct ftrace_ops direct_ops;
static bool registered;
static bool filtered;	/* ftrace_free_filter() must not come twice */

/* With kernel.ftrace_enabled off ftrace takes the call and makes none. */
static bool calls_us(void)
{
	u8 opcode;
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++)
		if (pcs_sources[i]->ip &&
		    (copy_from_kernel_nofault(&opcode, (void *)pcs_sources[i]->ip,
					      sizeof(opcode)) ||
		     opcode != CALL_INSN_OPCODE))
			return false;
	return true;
}

void pcs_direct_detach(void)
{
	if (registered)
		compat_unregister_direct(&direct_ops,
					 (unsigned long)pcs_direct_entry);
	registered = false;
	if (filtered)
		ftrace_free_filter(&direct_ops);
	filtered = false;
}

int pcs_direct_attach(void)
{
	int err = 0;
	int i;

	filtered = true;
	for (i = 0; i < PCS_NR_SOURCES && !err; i++)
		if (pcs_sources[i]->ip)
			err = ftrace_set_filter_ip(&direct_ops,
						   pcs_sources[i]->ip, 0, 0);
	if (!err)
		err = compat_register_direct(&direct_ops,
					     (unsigned long)pcs_direct_entry);
	registered = !err;
	if (!err && !calls_us())
		err = -EBUSY;
	if (err) {
		pcs_direct_detach();
		return err;
	}
	/* From now on the sysctl cannot be turned off.  6.1 sets all flags. */
	direct_ops.flags |= FTRACE_OPS_FL_PERMANENT;
	return 0;
}

#else

int pcs_direct_attach(void)
{
	return -EOPNOTSUPP;
}

void pcs_direct_detach(void) { }

#endif
