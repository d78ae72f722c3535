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
 * What must cost the least is done here, in its ordinary case: a page that is
 * copied or kept, and the calls that are no event, like the first touch of
 * memory.  For all else the handler of the hook is called.
 */
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <asm/asm.h>

#include "compat.h"
#include "direct.h"
#include "source.h"

#ifdef PCS_DIRECT

/* The arguments of most. */
register const struct vm_area_struct *vma asm("rdi");
register unsigned long address asm("rsi");
register const pte_t *pte asm("rdx");

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

/* Is this CPU's *@where @what?  As raw_cpu_read(), which takes a register. */
#define this_cpu_is(cmp, where, what) ({					\
	bool same;							\
									\
	asm volatile(#cmp " %[is], %%gs:%[var]" : "=@cce" (same)		\
		     : [is] "r" (what),					\
		       [var] "m" (*(typeof(what) __force *)(where)));	\
	same;								\
})

/*
 * What counts @rec's events as they come; NULL: it has had none yet, or there was
 * a reset.
 */
static __always_inline struct pcs_cow *ready(const struct pcs_record *rec)
{
	struct pcs_cow *cow = rec->cow;
	u32 epoch = READ_ONCE(pcs_store.epoch);

	if (cow && cow->epoch == epoch &&
	    this_cpu_is(cmpl, &pcs_cpu_totals.epoch, epoch))
		return cow;
	return NULL;
}

/* As pcs_cow_add(), which takes three instructions for one. */
static __always_inline void add(struct pcs_cow *cow, enum pcs_tally_id id)
{
	asm volatile("incq %0" : "+m" (cow->tally[id - PCS_FIRST_COW_TALLY]));
	raw_cpu_inc(pcs_cpu_totals.tally[id]);
}

/* ---- pages copied ---- */

/* An anonymous page that others map; as pte_page(), but not on Xen PV. */
static __always_inline bool is_shared(pte_t entry)
{
	const struct page *page =
		pfn_to_page((native_pte_val(entry) & PTE_PFN_MASK) >> PAGE_SHIFT);

	return !pte_special(entry) && !(READ_ONCE(page->compound_head) & 1) &&
	       !(page->flags & BIT(PG_head)) &&
	       ((unsigned long)page->mapping & PAGE_MAPPING_FLAGS) ==
	       PAGE_MAPPING_ANON && atomic_read(&page->_mapcount) > 0;
}

/*
 * Such a page, copied in a mapping without a file.  False: it may be something
 * else, which pcs_handle_clear_flush() finds out.
 */
static __always_inline bool copied(unsigned long parent)
{
	const struct task_struct *task = current, *owner;
	struct pcs_record *rec;
	struct pcs_cow *cow;

	if (cpu_feature_enabled(X86_FEATURE_XENPV) ||
	    !pcs_called_by_first(&pcs_caller_wp_copy, parent))
		return false;
	rec = find(task);
	if (!rec || vma->vm_file ||
	    rec->note.what == (address | PCS_NOTE_UNSHARE) ||
	    !is_shared(READ_ONCE(*pte)))
		return false;
	cow = ready(rec);
	if (!cow)
		return false;
	owner = pcs_mm_owner(vma->vm_mm);
	if (unlikely(owner != task)) {
		if (rec->mm != vma->vm_mm)
			return false;
		rec = find(owner);
	}
	pcs_fork_copied(rec);
	add(cow, PCS_copied);
	add(cow, PCS_why_mapped);
	add(cow, pcs_anon_region_of(vma));
	return true;
}

/* ---- pages kept ---- */

/*
 * An anonymous page, in memory of the task's own process; false:
 * pcs_handle_set_access() does it.
 */
static __always_inline bool kept(unsigned long parent)
{
	const struct task_struct *task = current;
	struct pcs_record *rec;
	struct pcs_cow *cow;

	if (!pcs_called_by_first(&pcs_caller_wp_reuse, parent))
		return false;
	rec = find(task);
	/* A kernel thread has no mm there, even while it uses one. */
	if (!rec || rec->mm != vma->vm_mm)
		return false;
	cow = ready(rec);
	if (!cow)
		return false;
	if (this_cpu_is(cmpq, &pcs_moved_cpu, pcs_fault_id(task))) {
		add(cow, PCS_reused);
		return true;
	}
	if (vma->vm_flags & VM_SHARED)
		return false;
	add(cow, PCS_exclusive);
	return true;
}

static __always_inline bool moved(unsigned long parent)
{
	if (pcs_called_by_first(&pcs_caller_hugetlb_wp, parent))
		return false;
	raw_cpu_write(pcs_moved_cpu, pcs_fault_id(current));
	return true;
}

/* ---- calls that are no event ---- */

static __always_inline bool no_new_anon(unsigned long parent)
{
	return pcs_called_by_first(&pcs_caller_wp_copy, parent) ||
	       pcs_called_by_first(&pcs_caller_touch, parent);
}

static __always_inline bool no_unshare(void)
{
	const struct vm_fault *fault = (const void *)vma;

	return !(fault->flags & FAULT_FLAG_UNSHARE);
}

/* ---- entries ---- */

/* An array of arguments on the stack, as samples/ftrace saves them. */
#define CALL_HANDLER(frame)						\
	asm volatile("push %%r9; push %%r8; push %%rcx\n\t"		\
		     "push %%rdx; push %%rsi; push %%rdi\n\t"		\
		     "mov %%rax, %%rsi\n\t"				\
		     "mov %%rsp, %%rdi\n\t"				\
		     "call pcs_direct_call\n\t"				\
		     "pop %%rdi; pop %%rsi; pop %%rdx\n\t"		\
		     "pop %%rcx; pop %%r8; pop %%r9"			\
		     : "+a" (frame), ASM_CALL_CONSTRAINT			\
		     : : "r10", "r11", "cc", "memory")

/*
 * We return behind the call, and the function to its caller, @parent.  OF(): was
 * it that function's call?
 */
#define ENTRY(name, done)						\
void notrace pcs_direct_##name(void)					\
{									\
	const unsigned long *frame = __builtin_dwarf_cfa();		\
	const unsigned long parent = frame[0];				\
									\
	compat_call_depth_account();					\
	if (unlikely(!(done)))						\
		CALL_HANDLER(frame);					\
}
#define OF(name) (frame[-1] == pcs_source_##name.behind)

ENTRY(clear_flush, copied(parent))
ENTRY(set_access, kept(parent))
ENTRY(other, OF(new_anon) ? no_new_anon(parent) :
	     OF(move_anon) ? moved(parent) :
	     OF(unshare) && no_unshare())

#endif
