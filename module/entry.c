// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hooked functions call directly, before their first instruction.
 *
 * Their arguments must survive it, though this is a function in C (it is one of
 * assembler in samples/ftrace/ftrace-direct-multi.c).  Kbuild compiles this file,
 * and so nothing else may be in it, with -ffixed for the registers of arguments,
 * and the one call saves them itself.  No other call may come out of it, from
 * lockdep or a sanitizer for instance; .ci/check looks.
 *
 * What must cost the least is done here: a page that is kept, and the calls that
 * are no event, like the first touch of memory.
 */
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <asm/asm.h>

#include "compat.h"
#include "direct.h"
#include "source.h"

#ifdef PCS_DIRECT

register const void *first_argument asm("rdi");

/* As pcs_record_find(), which may ask lockdep. */
static __always_inline struct pcs_record *find(const struct task_struct *task)
{
	struct hlist_node *node = READ_ONCE(pcs_chain(task)->first);
	struct pcs_record *rec;

	for (; node; node = READ_ONCE(node->next)) {
		rec = hlist_entry(node, struct pcs_record, hash);
		if (rec->task == task)
			return rec;
	}
	return NULL;
}

/*
 * A page that is kept, in the ordinary case: memory of the task's own process,
 * not the first event, nothing reset.  False: pcs_handle_set_access() does it.
 */
static __always_inline bool kept(const struct vm_area_struct *vma,
				 unsigned long parent)
{
	enum pcs_tally_id kind = PCS_exclusive;
	struct pcs_record *rec;
	struct pcs_cow *cow;
	u32 epoch;

	if (!pcs_called_by_first(&pcs_caller_wp_reuse, parent))
		return false;
	rec = find(current);
	/* A kernel thread has no mm there, even while it uses one. */
	if (!rec || rec->mm != vma->vm_mm)
		return false;
	cow = rec->cow;
	epoch = READ_ONCE(pcs_store.epoch);
	if (!cow || cow->epoch != epoch ||
	    raw_cpu_read(pcs_cpu_totals.epoch) != epoch)
		return false;
	if (raw_cpu_read(pcs_moved_cpu) == pcs_fault_id())
		kind = PCS_reused;
	else if (vma->vm_flags & VM_SHARED)
		return false;
	__pcs_add(&cow->tally[kind - PCS_FIRST_COW_TALLY], 1);
	raw_cpu_inc(pcs_cpu_totals.tally[kind]);
	return true;
}

void notrace pcs_direct_entry(void)
{
	/* We return behind the call, and the function to its caller. */
	const unsigned long *frame = __builtin_dwarf_cfa();
	unsigned long ip = frame[-1] - MCOUNT_INSN_SIZE;
	unsigned long parent = frame[0];
	const struct vm_fault *fault = first_argument;

	compat_call_depth_account();
	if (ip == pcs_source_set_access.ip) {
		if (likely(kept(first_argument, parent)))
			return;
	} else if (ip == pcs_source_clear_flush.ip) {
		;
	} else if (ip == pcs_source_move_anon.ip) {
		if (likely(!pcs_called_by_first(&pcs_caller_hugetlb_wp, parent))) {
			raw_cpu_write(pcs_moved_cpu, pcs_fault_id());
			return;
		}
	} else if (ip == pcs_source_new_anon.ip) {
		if (likely(pcs_called_by_first(&pcs_caller_touch, parent)) ||
		    pcs_called_by_first(&pcs_caller_wp_copy, parent))
			return;
	} else if (ip == pcs_source_unshare.ip) {
		if (likely(!(fault->flags & FAULT_FLAG_UNSHARE)))
			return;
	}
	/* An array of arguments on the stack, as samples/ftrace saves them. */
	asm volatile("push %%r9; push %%r8; push %%rcx\n\t"
		     "push %%rdx; push %%rsi; push %%rdi\n\t"
		     "mov %[frame], %%rsi\n\t"
		     "mov %%rsp, %%rdi\n\t"
		     "call pcs_direct_call\n\t"
		     "pop %%rdi; pop %%rsi; pop %%rdx\n\t"
		     "pop %%rcx; pop %%r8; pop %%r9"
		     : ASM_CALL_CONSTRAINT
		     : [frame] "r" (frame)
		     : "rax", "r10", "r11", "cc", "memory");
}

#endif
