// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event sources of copy-on-write: transparent huge pages and hugetlbfs.  As in
 * source_cow.c the hooks are where the outcome is certain:
 *
 *   pmdp_set_access_flags       from do_huge_pmd_wp_page: kept whole
 *   pgtable_trans_huge_withdraw  in __split_huge_pmd: the split is being done
 *   ptep_clear_flush            from hugetlb_wp: copied
 *   ptep_set_access_flags       from hugetlb_wp: kept
 *   unmap_hugepage_range        from hugetlb_wp: taken from the children, to be
 *                               kept then
 *   *_add_new_anon_rmap of hugetlb  from copy_hugetlb_page_range: fork copied;
 *                               from hugetlb_fault: a first touch, after which
 *                               hugetlb_wp makes the page writable
 *
 * (mm/huge_memory.c, mm/hugetlb.c; 6.1, 6.12.)
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "compat.h"
#include "source.h"

/* ---- transparent huge pages ---- */

/* pmdp_set_access_flags(vma, address, pmdp, entry, dirty) */
void notrace pcs_handle_pmd_set_access(unsigned long parent,
				       const unsigned long *args)
{
	const struct vm_area_struct *vma = (void *)args[0];
	struct pcs_event event;

	if (!pcs_called_by(&pcs_caller_huge_wp, parent) ||
	    !pcs_event_begin(&event, &pcs_source_pmd_set_access, vma->vm_mm))
		return;
	pcs_event_count(&event, pcs_moved(event.rec) ? PCS_huge_reused :
							PCS_huge_exclusive, 1);
}

/*
 * __split_huge_pmd(vma, pmd, address, ...) may find the work done by another
 * thread.  The huge zero page is not split for being shared.
 */
void notrace pcs_handle_split(unsigned long parent, const unsigned long *args)
{
	pmd_t pmd = READ_ONCE(*(pmd_t *)args[1]);
	struct pcs_record *rec;

	if (!pcs_called_by(&pcs_caller_huge_wp, parent) || !pmd_present(pmd) ||
	    !PageAnon(pmd_page(pmd)))
		return;
	rec = pcs_record_current(&pcs_source_split);
	if (rec)
		pcs_note_set(&rec->note, args[1] | PCS_NOTE_SPLIT);
}

/* pgtable_trans_huge_withdraw(mm, pmd) */
void notrace pcs_handle_withdraw(unsigned long parent,
				 const unsigned long *args)
{
	struct pcs_record *rec = pcs_record_find(current);
	struct pcs_event event;

	if (rec && pcs_note_is(&rec->note, args[1] | PCS_NOTE_SPLIT) &&
	    pcs_event_begin(&event, &pcs_source_withdraw, (void *)args[0]))
		pcs_event_count(&event, PCS_huge_split, 1);
}

/* ---- hugetlbfs ---- */

static unsigned long huge_address(const struct vm_area_struct *vma,
				  unsigned long address)
{
	return address & huge_page_mask(hstate_vma((void *)vma));
}

static void hugetlb_copied(const struct pcs_event *event,
			   const struct vm_area_struct *vma,
			   enum pcs_tally_id kind)
{
	pcs_event_copied(event, vma, kind);
	pcs_event_count(event, PCS_bytes,
			huge_page_size(hstate_vma((void *)vma)) - PAGE_SIZE);
}

/* hugetlb_wp(); compat.h knows its arguments. */
void notrace pcs_handle_hugetlb(unsigned long parent, const unsigned long *args)
{
	struct compat_hugetlb_wp wp = compat_hugetlb_wp(args[0], args[1], args[2], args[4]);
	struct pcs_record *rec;

	if (likely(!(wp.flags & FAULT_FLAG_UNSHARE)))
		return;
	rec = pcs_record_current(NULL);
	if (rec)
		pcs_note_set(&rec->note, huge_address(wp.vma, wp.address) |
					 PCS_NOTE_UNSHARE);
}

bool pcs_hugetlb_unsharing(const struct pcs_record *rec)
{
	return pcs_note_is(&rec->note, (rec->note.what & ~PCS_NOTE_MASK) |
				       PCS_NOTE_UNSHARE);
}

/* (page or folio, vma, address) */
void notrace pcs_handle_new_hugetlb(unsigned long parent,
				    const unsigned long *args)
{
	const struct vm_area_struct *vma = (void *)args[1];
	struct pcs_event event;
	struct pcs_record *rec;

	if (pcs_called_by(&pcs_caller_hugetlb_fork, parent)) {
		if (pcs_event_begin(&event, &pcs_source_new_hugetlb, current->mm))
			hugetlb_copied(&event, vma, PCS_fork_copied);
	} else if (!pcs_called_by(&pcs_caller_hugetlb_wp, parent)) {
		rec = pcs_record_current(NULL);
		if (rec)
			pcs_note_set(&rec->note, PCS_NOTE_NEW);
	}
}

/*
 * unmap_hugepage_range(vma, start, ...): of a child, where the fault is in the
 * parent, which could not have a page of its own otherwise.
 */
void notrace pcs_handle_unmap_hugetlb(unsigned long parent,
				      const unsigned long *args)
{
	struct pcs_record *rec;

	if (!pcs_called_by(&pcs_caller_hugetlb_wp, parent))
		return;
	rec = pcs_record_current(NULL);
	if (rec)
		pcs_note_set(&rec->note, PCS_NOTE_STEAL);
}

void pcs_hugetlb_copied(const struct vm_area_struct *vma, unsigned long address)
{
	struct pcs_event event;

	if (!pcs_event_begin(&event, &pcs_source_clear_flush, vma->vm_mm))
		return;
	hugetlb_copied(&event, vma,
		       pcs_note_is(&event.rec->note, huge_address(vma, address) |
						     PCS_NOTE_UNSHARE) ?
		       PCS_unshared : PCS_hugetlb_copied);
}

void pcs_hugetlb_kept(const struct vm_area_struct *vma)
{
	const struct pcs_record *rec = pcs_record_find(current);
	enum pcs_tally_id kind = PCS_huge_exclusive;
	struct pcs_event event;

	if (vma->vm_flags & VM_MAYSHARE ||
	    (rec && pcs_note_is(&rec->note, PCS_NOTE_NEW)) ||
	    !pcs_event_begin(&event, &pcs_source_set_access, vma->vm_mm))
		return;
	if (pcs_moved(event.rec))
		kind = PCS_hugetlb_reused;
	if (pcs_note_is(&event.rec->note, PCS_NOTE_STEAL))
		kind = PCS_hugetlb_stolen;
	pcs_event_count(&event, kind, 1);
}

/* ---- sources ---- */

#if !ARCH_PMD_IS_PTE
struct pcs_source pcs_source_pmd_set_access = {
	.names = { "pmdp_set_access_flags" },
};
#endif

struct pcs_source pcs_source_split = {
	.names = { "__split_huge_pmd" },
};

struct pcs_source pcs_source_withdraw = {
	.names = { "pgtable_trans_huge_withdraw" },
};

struct pcs_source pcs_source_hugetlb = {
	.names = { "hugetlb_wp" },
};

struct pcs_source pcs_source_new_hugetlb = {
	.names = { "hugetlb_add_new_anon_rmap", "hugepage_add_new_anon_rmap" },
};

struct pcs_source pcs_source_unmap_hugetlb = {
	.names = { "unmap_hugepage_range" },
};
