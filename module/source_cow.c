// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event sources of the cow table: what became of a write to a page that was
 * not the writer's own.
 *
 * Two hooks tell one event.  The first is the entry of the function that deals
 * with the fault; it notes in the faulting task's record which fault that is.
 * The second is the function that only runs once the outcome is certain, under
 * the page table lock; it finds the note and counts:
 *
 *   do_wp_page    then *_add_new_anon_rmap    copied, zeroed, or file
 *   do_wp_page    then *_move_anon_rmap       reused
 *   finish_fault  then *_add_new_anon_rmap    file, not mapped before
 *
 * So attempts that fail, are retried or lose a race count nothing, and a
 * write to a page that is exclusive already (PageAnonExclusive) or to a shared
 * mapping reaches no second hook.  Return hooks would cost ten times as much.
 *
 * A note may be left behind by an attempt that came to nothing.  It points to
 * the struct vm_fault of __handle_mm_fault(), on this task's kernel stack and
 * so always readable; the next fault overwrites it or it is taken by the next
 * second hook, which believes it only if what it finds there is this fault:
 * the same vma and address, and an entry that was present and has the right
 * kind of page.  (mm/memory.c, 6.1 and 6.12.)
 *
 * KSM pages and unsharing for a pin (FAULT_FLAG_UNSHARE) are told apart, and
 * not counted yet: they are none of the columns that there are.
 */
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>

#include "compat.h"
#include "pcstats.h"

static __always_inline void note_fault(struct pcs_source *source,
				       const struct vm_fault *fault)
{
	struct pcs_record *rec = pcs_record_current(source);

	if (rec)
		rec->fault = fault;
}

void notrace pcs_handle_wp(struct ftrace_regs *fregs)
{
	note_fault(&pcs_source_wp, (void *)ftrace_regs_get_argument(fregs, 0));
}

void notrace pcs_handle_finish_fault(struct ftrace_regs *fregs)
{
	const struct vm_fault *fault;

	fault = (void *)ftrace_regs_get_argument(fregs, 0);
	/* Set by do_cow_fault() alone: most faults on files concern nobody. */
	if (fault->cow_page)
		note_fault(&pcs_source_finish_fault, fault);
}

/*
 * Takes the note, if there is one for a fault in @vma.  Unchecked, because a
 * note that was left behind may lead into what KASAN knows as the gap between
 * two variables of a later call.
 */
static __always_inline const struct vm_fault *
take_note(struct pcs_record *rec, const struct vm_area_struct *vma)
{
	const struct vm_fault *fault = rec->fault;

	if (likely(!fault))
		return NULL;
	rec->fault = NULL;
	return READ_ONCE_NOCHECK(fault->vma) == vma ? fault : NULL;
}

/* What a new anonymous page at a write fault's address replaces. */
static enum pcs_tally_id kind_of_copy(const struct vm_fault *fault)
{
	struct page *old = fault->page;

	if (!(fault->flags & FAULT_FLAG_WRITE))
		return PCS_NR_TALLIES;
	/* do_cow_fault(): a page of the file was copied, none was mapped. */
	if (fault->cow_page)
		return PCS_file;
	if (!pte_present(fault->orig_pte))
		return PCS_NR_TALLIES;
	/* do_wp_page() found no struct page: zero page or a device's pfn. */
	if (!old)
		return is_zero_pfn(pte_pfn(fault->orig_pte)) ? PCS_zeroed :
							       PCS_file;
	if (!PageAnon(old))
		return PCS_file;
	return PageKsm(old) ? PCS_NR_TALLIES : PCS_copied;
}

/* (page or folio, vma, address, ...): a new anonymous page gets mapped. */
void notrace pcs_handle_new_anon(struct ftrace_regs *fregs)
{
	struct pcs_record *rec = pcs_record_find(current);
	const struct vm_fault *fault;
	struct pcs_cpu_totals *totals;
	enum pcs_tally_id kind;

	if (!rec)
		return;
	fault = take_note(rec, (void *)ftrace_regs_get_argument(fregs, 1));
	if (!fault || READ_ONCE_NOCHECK(fault->address) !=
	    ftrace_regs_get_argument(fregs, 2))
		return;
	kind = kind_of_copy(fault);
	if (kind == PCS_NR_TALLIES)
		return;

	totals = pcs_tally_begin(rec);
	pcs_tally_add(rec, totals, kind, 1);
	if (kind != PCS_zeroed)
		pcs_tally_add(rec, totals, PCS_bytes, PAGE_SIZE);
}

/* (page or folio, vma): an anonymous page becomes its last owner's own. */
void notrace pcs_handle_move_anon(struct ftrace_regs *fregs)
{
	struct pcs_record *rec = pcs_record_find(current);
	const struct vm_fault *fault;

	if (!rec)
		return;
	fault = take_note(rec, (void *)ftrace_regs_get_argument(fregs, 1));
	if (fault && READ_ONCE_NOCHECK(fault->page) ==
	    (void *)ftrace_regs_get_argument(fregs, 0) &&
	    fault->flags & FAULT_FLAG_WRITE)
		pcs_tally_add(rec, pcs_tally_begin(rec), PCS_reused, 1);
}

struct pcs_source pcs_source_wp = {
	.names = { "do_wp_page" },
};

struct pcs_source pcs_source_new_anon = {
	.names = { "folio_add_new_anon_rmap", "page_add_new_anon_rmap" },
};

struct pcs_source pcs_source_move_anon = {
	.names = { "folio_move_anon_rmap", "page_move_anon_rmap" },
};

struct pcs_source pcs_source_finish_fault = {
	.names = { "finish_fault" },
};
