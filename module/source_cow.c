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

bool notrace pcs_event_begin(struct pcs_event *event, struct pcs_source *source,
			     const struct mm_struct *mm)
{
	event->rec = pcs_record_current(source);
	if (unlikely(!event->rec))
		return false;
	event->cow = event->rec->cow;
	if (unlikely(!event->cow)) {
		event->cow = pcs_cow_make(event->rec, source);
		if (!event->cow)
			return false;
	}
	event->totals = pcs_cow_begin(event->cow);
	/* A kernel thread is a guest even in the memory that it has adopted. */
	if (unlikely(mm != current->mm || current->flags & PF_KTHREAD))
		pcs_cow_remote(mm, source);
	return true;
}

static __always_inline void count(const struct pcs_event *event,
				  enum pcs_tally_id id, u64 n)
{
	pcs_cow_add(event->cow, event->totals, id, n);
}

/* The regions of /proc/PID/maps, in its order (fs/proc/task_mmu.c). */
static enum pcs_tally_id region_of(const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = vma->vm_mm;

	if (vma->vm_file)
		return PCS_in_file;
	if (vma->vm_start < mm->brk && vma->vm_end > mm->start_brk)
		return PCS_in_heap;
	if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack)
		return PCS_in_stack;
	return PCS_in_anon;
}

void notrace pcs_event_copied(const struct pcs_event *event,
			      const struct vm_area_struct *vma,
			      enum pcs_tally_id kind, u64 bytes)
{
	enum pcs_tally_id region = region_of(vma);

	count(event, kind, 1);
	count(event, PCS_bytes, bytes);
	count(event, region, 1);
	if (region == PCS_in_file)
		pcs_map_copied(event->cow, vma);
}

/* ---- copies ---- */

/*
 * Why was @page, an anonymous one, not kept?  As it is now, after the copy:
 * with one mapping and one reference of this fault's own.
 */
static enum pcs_tally_id reason_of(struct page *page)
{
	struct folio *folio = page_folio(page);
	int expected = 2;

	if (compat_page_mapcount(page) > 1)
		return PCS_why_mapped;
	if (folio_test_swapcache(folio))
		return PCS_why_swapped;
	if (folio_test_large(folio))
		return PCS_why_large;
	if (folio_maybe_dma_pinned(folio))
		return PCS_why_pinned;
	if (folio_ref_count(folio) > expected)
		return PCS_why_ref;
	return PCS_why_unknown;
}

/* What the entry @old, which has just been replaced, pointed to. */
static struct page *page_of(pte_t old)
{
	/* Zero page or a device's pfn.  As vm_normal_page() has it. */
	if (pte_special(old))
		return NULL;
	return pte_page(old);
}

static void wp_copied(const struct vm_area_struct *vma, unsigned long address,
		      pte_t old)
{
	struct page *page = page_of(old);
	struct pcs_event event;
	enum pcs_tally_id kind;

	if (!pcs_event_begin(&event, &pcs_source_clear_flush, vma->vm_mm))
		return;
	if (is_zero_pfn(pte_pfn(old))) {
		count(&event, PCS_zeroed, 1);
		return;
	}
	if (!page || !PageAnon(page)) {
		kind = PCS_file;
	} else {
		if (unlikely(pcs_note_take(&event.rec->note,
					   address | PCS_NOTE_UNSHARE))) {
			kind = PCS_unshared;
		} else if (unlikely(PageKsm(page))) {
			kind = PCS_ksm;
		} else {
			kind = PCS_copied;
			count(&event, reason_of(page), 1);
		}
		pcs_fork_copied(likely(current == vma->vm_mm->owner) ?
				event.rec : pcs_record_owner(vma->vm_mm));
	}
	pcs_event_copied(&event, vma, kind, PAGE_SIZE);
}

/* ptep_clear_flush(vma, address, ptep) */
void notrace pcs_handle_clear_flush(PCS_HOOK_ARGS)
{
	const struct vm_area_struct *vma = (void *)arg0;
	pte_t old = READ_ONCE(*(pte_t *)arg2);

	if (pcs_called_by(&pcs_caller_wp_copy, parent))
		wp_copied(vma, arg1, old);
	else if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
		pcs_hugetlb_copied(vma, arg1);
}

/* *_add_new_anon_rmap(page or folio, vma, address, ...) */
void notrace pcs_handle_new_anon(PCS_HOOK_ARGS)
{
	const struct vm_area_struct *vma = (void *)arg1;
	struct pcs_event event;

	if (pcs_called_by(&pcs_caller_file, parent) ||
	    pcs_called_by(&pcs_caller_uprobe, parent)) {
		if (pcs_event_begin(&event, &pcs_source_new_anon, vma->vm_mm))
			pcs_event_copied(&event, vma, PCS_file, PAGE_SIZE);
	} else if (pcs_called_by(&pcs_caller_fork, parent)) {
		/* Into the child's memory, which has no task yet. */
		if (pcs_event_begin(&event, &pcs_source_new_anon, current->mm))
			pcs_event_copied(&event, vma, PCS_fork_copied, PAGE_SIZE);
	}
}

/* (struct vm_fault *) */
void notrace pcs_handle_unshare(PCS_HOOK_ARGS)
{
	const struct vm_fault *fault = (void *)arg0;
	struct pcs_record *rec;

	if (likely(!(fault->flags & FAULT_FLAG_UNSHARE)))
		return;
	rec = pcs_record_current(&pcs_source_unshare);
	if (rec)
		pcs_note_set(&rec->note, (fault->address & PAGE_MASK) |
					 PCS_NOTE_UNSHARE);
}

/* ---- pages that were kept ---- */

/*
 * *_move_anon_rmap() only leaves a note.  From there to ptep_set_access_flags()
 * the page table lock is held, and so, but for PREEMPT_RT, the CPU.
 */
#ifdef CONFIG_PREEMPT_RT
static __always_inline void moved_set(const void *page)
{
	struct pcs_record *rec = pcs_record_current(&pcs_source_move_anon);

	if (rec)
		pcs_note_set(&rec->moved, (unsigned long)page);
}

bool notrace pcs_moved_take(struct pcs_record *rec, const struct page *page)
{
	return pcs_note_take(&rec->moved, (unsigned long)page);
}
#else
struct moved {
	const struct task_struct *task;
	struct pcs_note note;
};

static DEFINE_PER_CPU(struct moved, moved);

static __always_inline void moved_set(const void *page)
{
	struct moved *m = this_cpu_ptr(&moved);

	m->task = current;
	pcs_note_set(&m->note, (unsigned long)page);
}

static __always_inline bool moved_take(const struct page *page)
{
	struct moved *m = this_cpu_ptr(&moved);

	return pcs_note_take(&m->note, (unsigned long)page) &&
	       m->task == current;
}

bool notrace pcs_moved_take(struct pcs_record *rec, const struct page *page)
{
	return moved_take(page);
}
#endif

/* *_move_anon_rmap(page or folio, vma) */
void notrace pcs_handle_move_anon(PCS_HOOK_ARGS)
{
	moved_set((void *)arg0);
}

/* ptep_set_access_flags(vma, address, ptep, entry, dirty) */
void notrace pcs_handle_set_access(PCS_HOOK_ARGS)
{
	const struct vm_area_struct *vma = (void *)arg0;
	pte_t entry = __pte(arg3);
	enum pcs_tally_id kind;
	struct pcs_event event;

	if (!pcs_called_by(&pcs_caller_wp_reuse, parent)) {
		if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
			pcs_hugetlb_kept(vma, entry);
		return;
	}
	if (!pcs_event_begin(&event, &pcs_source_set_access, vma->vm_mm))
		return;
	if (vma->vm_flags & (VM_SHARED | VM_MAYSHARE))
		kind = PCS_shared_write;
	else if (pcs_moved_take(event.rec, pte_page(entry)))
		kind = PCS_reused;
	else
		kind = PCS_exclusive;
	count(&event, kind, 1);
}

/* ---- sources ---- */

struct pcs_source pcs_source_clear_flush = {
	.names = { "ptep_clear_flush" },
};

struct pcs_source pcs_source_set_access = {
	.names = { "ptep_set_access_flags" },
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
