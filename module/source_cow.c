// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event sources of copy-on-write: what became of a write to a page that could
 * not be written, for base pages.  source_huge.c has the others.
 *
 * The hooks are where the kernel puts the outcome into the page table, under
 * the page table lock, when nothing can go wrong any more.  So what fails, is
 * retried or loses a race counts nothing, and faults that are none of these
 * pass no hook at all:
 *
 *   ptep_clear_flush       from wp_page_copy: the old entry is about to go, a
 *                          page has been copied (or filled) to replace it
 *   ptep_set_access_flags  from wp_page_reuse: the entry becomes writable
 *   *_move_anon_rmap       shortly before that: because this is the last owner
 *   *_add_new_anon_rmap    from do_set_pte: a page of a file that was not mapped
 *                          has been copied; from copy_present_page: fork copied
 *
 * Only the wish to pin a page for reading (FAULT_FLAG_UNSHARE) cannot be seen
 * there; wp_page_copy() and in 6.12 what it calls first know it and leave a
 * note.  (mm/memory.c, 6.1 and 6.12.)
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>

#include "compat.h"
#include "source.h"

/* ---- events ---- */

static __always_inline void copied(const struct pcs_event *event,
				   const struct vm_area_struct *vma,
				   enum pcs_tally_id kind)
{
	enum pcs_tally_id region = pcs_region_of(vma);

	pcs_event_count(event, kind, 1);
	pcs_event_count(event, region, 1);
	if (region == PCS_in_file)
		pcs_map_copied(event->cow, vma);
}

void notrace pcs_event_copied(const struct pcs_event *event,
			      const struct vm_area_struct *vma,
			      enum pcs_tally_id kind)
{
	copied(event, vma, kind);
}

/* ---- copies ---- */

/*
 * Why was @page, an anonymous one, not kept?  As it is now, after the copy:
 * with one mapping and one reference of this fault's own.
 */
static __always_inline enum pcs_tally_id reason_of(const struct page *page,
						   struct folio *folio)
{
	if (compat_page_mapcount(page, folio) > 1)
		return PCS_why_mapped;
	if (folio_test_swapcache(folio))
		return PCS_why_swapped;
	if (folio_test_large(folio))
		return PCS_why_large;
	if (folio_maybe_dma_pinned(folio))
		return PCS_why_pinned;
	return folio_ref_count(folio) > 2 ? PCS_why_ref : PCS_why_unknown;
}

static __always_inline void wp_copied(const struct vm_area_struct *vma,
				      unsigned long address, pte_t old)
{
	enum pcs_tally_id kind = PCS_file;
	struct pcs_event event;
	struct folio *folio;
	struct page *page;

	if (!pcs_event_begin(&event, &pcs_source_clear_flush, vma->vm_mm))
		return;
	/* The zero page, or a device's pfn: see vm_normal_page(). */
	if (unlikely(pte_special(old))) {
		if (is_zero_pfn(pte_pfn(old)))
			pcs_event_count(&event, PCS_zeroed, 1);
		else
			copied(&event, vma, PCS_file);
		return;
	}
	page = pte_page(old);
	folio = page_folio(page);
	if (folio_test_anon(folio)) {
		kind = PCS_copied;
		/* First, as the kernel counts cow_ksm. */
		if (unlikely(folio_test_ksm(folio)))
			kind = PCS_ksm;
		else if (unlikely(pcs_note_is(&event.rec->note,
					      address | PCS_NOTE_UNSHARE)))
			kind = PCS_unshared;
		else
			pcs_event_count(&event, reason_of(page, folio), 1);
		pcs_fork_copied(likely(pcs_mm_owner(vma->vm_mm) == current) ?
				event.rec : pcs_record_owner(vma->vm_mm));
	}
	copied(&event, vma, kind);
}

/* ptep_clear_flush(vma, address, ptep): the entry is still the old one. */
void notrace pcs_handle_clear_flush(unsigned long parent,
				    const unsigned long *args)
{
	const struct vm_area_struct *vma = (void *)args[0];

	if (likely(pcs_called_by(&pcs_caller_wp_copy, parent)))
		wp_copied(vma, args[1], READ_ONCE(*(pte_t *)args[2]));
	else if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
		pcs_hugetlb_copied(vma, args[1]);
}

/* *_add_new_anon_rmap(page or folio, vma, address, ...) */
void notrace pcs_handle_new_anon(unsigned long parent,
				 const unsigned long *args)
{
	const struct vm_area_struct *vma = (void *)args[1];
	struct pcs_event event;

	if (pcs_called_by(&pcs_caller_file, parent) ||
	    pcs_called_by(&pcs_caller_uprobe, parent)) {
		if (pcs_event_begin(&event, &pcs_source_new_anon, vma->vm_mm))
			pcs_event_copied(&event, vma, PCS_file);
	} else if (pcs_called_by(&pcs_caller_fork, parent)) {
		/* Into the child's memory, which has no task yet. */
		if (!pcs_event_begin(&event, &pcs_source_new_anon, current->mm))
			return;
		pcs_event_copied(&event, vma, PCS_fork_copied);
		event.rec->not_shared++;
	}
}

/* (struct vm_fault *) */
void notrace pcs_handle_unshare(unsigned long parent, const unsigned long *args)
{
	const struct vm_fault *fault = (void *)args[0];
	struct pcs_record *rec;

	if (likely(!(fault->flags & FAULT_FLAG_UNSHARE)))
		return;
	rec = pcs_record_current(NULL);
	if (rec)
		pcs_note_set(&rec->note, (fault->address & PAGE_MASK) |
					 PCS_NOTE_UNSHARE);
}

/* ---- pages that were kept ---- */

#ifndef CONFIG_PREEMPT_RT
DEFINE_PER_CPU(unsigned long, pcs_moved_cpu);
#endif

/* *_move_anon_rmap(page or folio, vma) */
void notrace pcs_handle_move_anon(unsigned long parent,
				  const unsigned long *args)
{
	struct pcs_record *rec = pcs_record_current(NULL);

	/*
	 * A page that is made one's own in order to pin it is not written, and
	 * in 6.1 follow_hugetlb_page() does not count it as a fault.
	 */
	if (rec && !(pcs_called_by(&pcs_caller_hugetlb_wp, parent) &&
		     pcs_hugetlb_unsharing(rec)))
		pcs_moved_set(rec);
}

/* ptep_set_access_flags(vma, address, ptep, entry, dirty) */
void notrace pcs_handle_set_access(unsigned long parent,
				   const unsigned long *args)
{
	const struct vm_area_struct *vma = (void *)args[0];
	enum pcs_tally_id kind;
	struct pcs_event event;

	if (!pcs_called_by(&pcs_caller_wp_reuse, parent)) {
		if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
			pcs_hugetlb_kept(vma);
		else if (ARCH_PMD_IS_PTE)
			pcs_handle_pmd_set_access(parent, args);
		return;
	}
	if (!pcs_event_begin(&event, &pcs_source_set_access, vma->vm_mm))
		return;
	if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE))
		kind = PCS_shared_write;
	else if (pcs_moved(event.rec))
		kind = PCS_reused;
	else
		kind = PCS_exclusive;
	pcs_event_count(&event, kind, 1);
}

/* ---- sources ---- */

struct pcs_source pcs_source_clear_flush = {
	.names = { "ptep_clear_flush" },
};

struct pcs_source pcs_source_set_access = {
	.names = { "ptep_set_access_flags", "__ptep_set_access_flags" },
};

struct pcs_source pcs_source_move_anon = {
	.names = { "folio_move_anon_rmap", "page_move_anon_rmap" },
};

struct pcs_source pcs_source_new_anon = {
	.names = { "folio_add_new_anon_rmap", "page_add_new_anon_rmap" },
};

struct pcs_source pcs_source_unshare = {
	.names = { "__vmf_anon_prepare", "wp_page_copy" },
};
