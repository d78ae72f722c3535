// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct hooks: functions that call us themselves, where ftrace would save all
 * registers first, which is dearer than all that we do.  They call what is in
 * entry.c; that calls here.
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

/*
 * An ops has one function for all that it hooks.  Those with most to do have one
 * of their own and need not find out which they are; more than these would not be
 * worth the time that an unload waits for each.
 */
#define OWN (BIT(PCS_SOURCE_clear_flush) | BIT(PCS_SOURCE_set_access))
static struct group {
	void (*entry)(void);
	unsigned long sources;	/* as bits */
	struct ftrace_ops ops;
	bool registered;
	bool filtered;		/* ftrace_free_filter() must not come twice */
} groups[] = {
	{ pcs_direct_clear_flush, BIT(PCS_SOURCE_clear_flush) },
	{ pcs_direct_set_access, BIT(PCS_SOURCE_set_access) },
	{ pcs_direct_other, ~OWN },
};

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
	struct group *group;

	for (group = groups; group < groups + ARRAY_SIZE(groups); group++) {
		if (group->registered)
			compat_unregister_direct(&group->ops,
						 (unsigned long)group->entry);
		group->registered = false;
		if (group->filtered)
			ftrace_free_filter(&group->ops);
		group->filtered = false;
	}
}

static int attach_group(struct group *group)
{
	int err, i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		if (!pcs_sources[i]->ip || !(group->sources & BIT(i)))
			continue;
		pcs_sources[i]->behind = pcs_sources[i]->ip + MCOUNT_INSN_SIZE;
		group->filtered = true;
		err = ftrace_set_filter_ip(&group->ops, pcs_sources[i]->ip, 0, 0);
		if (err)
			return err;
	}
	/* An ops without a filter would trace every function of the kernel. */
	if (!group->filtered)
		return 0;
	err = compat_register_direct(&group->ops, (unsigned long)group->entry);
	group->registered = !err;
	return err;
}

int pcs_direct_attach(void)
{
	struct group *group;
	int err = 0;

	for (group = groups; group < groups + ARRAY_SIZE(groups) && !err; group++)
		err = attach_group(group);
	if (!err && !calls_us())
		err = -EBUSY;
	if (err) {
		pcs_direct_detach();
		return err;
	}
	/* From now on the sysctl cannot be turned off.  6.1 sets all flags. */
	for (group = groups; group < groups + ARRAY_SIZE(groups); group++)
		group->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	return 0;
}

#else

int pcs_direct_attach(void)
{
	return -EOPNOTSUPP;
}

void pcs_direct_detach(void) { }

#endif
