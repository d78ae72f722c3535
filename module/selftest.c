// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-test at load: does each hook see what it should in this kernel, however
 * it was compiled?
 *
 * The process that loads the module writes to a few pages of its own, in
 * mappings made for that, and its tallies must be what is known to have
 * happened.  What fork does to a page is done by hand: its entry is
 * write-protected and, where the page is to be shared, it is marked as no longer
 * exclusive, with a reference more where it is to be copied.  (mm/memory.c,
 * copy_present_pte(); include/linux/mm.h, page_try_dup_anon_rmap(); 6.1, 6.12.)
 *
 * Not tried: huge pages and hugetlbfs, which take memory that may not be there,
 * pages copied at fork, breakpoints.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/page-flags.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/uaccess.h>

#include "source.h"

#define PAGES	4
#define SIZE	(PAGES * PAGE_SIZE)
/* A page may be looked at by others, by compaction for instance. */
#define TRIES	5

/* ---- pages ---- */

enum prepare { PROTECT, SHARE, HOLD };

struct prepared {
	enum prepare	how;
	struct page	*held[PAGES];
	unsigned int	nr_held;
};

static int prepare_page(pte_t *pte, unsigned long addr, void *data)
{
	struct prepared *p = data;
	struct page *page;

	if (!pte_present(*pte) || pte_special(*pte))
		return -EAGAIN;
	page = pte_page(*pte);
	/* A part of a large folio is never kept. */
	if (p->how != PROTECT && (!PageAnon(page) || PageCompound(page)))
		return -EAGAIN;
	ptep_set_wrprotect(current->mm, addr, pte);
	arch_flush_page(addr);
	if (p->how != PROTECT)
		ClearPageAnonExclusive(page);
	if (p->how == HOLD) {
		get_page(page);
		p->held[p->nr_held++] = page;
	}
	return 0;
}

static int prepare(struct prepared *p, enum prepare how, unsigned long addr)
{
	int err;

	p->how = how;
	p->nr_held = 0;
	mmap_read_lock(current->mm);
	/* Calls us under the page table lock. */
	err = apply_to_page_range(current->mm, addr, SIZE, prepare_page, p);
	mmap_read_unlock(current->mm);
	return err;
}

static void let_go(struct prepared *p)
{
	while (p->nr_held)
		put_page(p->held[--p->nr_held]);
}

static int read_pages(unsigned long addr)
{
	char byte;
	int i;

	for (i = 0; i < PAGES; i++)
		if (copy_from_user(&byte, (void __user *)(addr + i * PAGE_SIZE), 1))
			return -EFAULT;
	return 0;
}

static int write_pages(unsigned long addr)
{
	int i;

	for (i = 0; i < PAGES; i++)
		if (put_user(1, (char __user *)(addr + i * PAGE_SIZE)))
			return -EFAULT;
	return 0;
}

static int pin_pages(unsigned long addr)
{
	struct page *pages[PAGES];
	int n = pin_user_pages_fast(addr, PAGES, 0, pages);

	if (n > 0)
		unpin_user_pages(pages, n);
	return n == PAGES ? 0 : -EFAULT;
}

/* ---- tries: each leaves with a known event for each page ---- */

/* Where the zero page is mapped no large folio can come. */
static int fill(unsigned long addr)
{
	return read_pages(addr) ?: write_pages(addr);
}

static int try_protected(unsigned long addr)
{
	struct prepared p;

	return fill(addr) ?: prepare(&p, PROTECT, addr) ?:
	       write_pages(addr);
}

static int try_shared(unsigned long addr)
{
	struct prepared p;

	return fill(addr) ?: prepare(&p, SHARE, addr) ?:
	       write_pages(addr);
}

static int try_held(unsigned long addr)
{
	struct prepared p;
	int err = fill(addr) ?: prepare(&p, HOLD, addr) ?:
		  write_pages(addr);

	let_go(&p);
	return err;
}

static int try_pinned(unsigned long addr)
{
	struct prepared p;
	int err = fill(addr) ?: prepare(&p, HOLD, addr) ?:
		  pin_pages(addr);

	let_go(&p);
	return err;
}

static const struct try {
	int		(*run)(unsigned long addr);
	enum pcs_tally_id tally;
	struct pcs_source *source;	/* to blame */
	bool		absent;		/* pages must not be there yet */
	bool		file;		/* in a mapping of one */
	unsigned long	flags;		/* of the mapping */
} tries[] = {
	{ fill, PCS_zeroed, &pcs_source_clear_flush, .absent = true },
	{ try_held, PCS_copied, &pcs_source_clear_flush },
	{ try_protected, PCS_exclusive, &pcs_source_set_access },
	{ try_shared, PCS_reused, &pcs_source_move_anon },
	{ try_pinned, PCS_unshared, &pcs_source_unshare },
	{ fill, PCS_file, &pcs_source_clear_flush, .absent = true, .file = true },
	{ write_pages, PCS_file, &pcs_source_new_anon, .absent = true,
	  .file = true },
	{ try_protected, PCS_shared_write, &pcs_source_set_access, .file = true,
	  .flags = MAP_SHARED },
};

/* Did @try count what it should?  -errno: it could not be made. */
static int run(const struct try *try, struct file *file)
{
	unsigned long flags = try->flags ?: MAP_PRIVATE;
	const struct pcs_record *rec;
	unsigned long addr;
	u64 before, after;
	int err;

	/* After mlockall(MCL_FUTURE) they are there at once. */
	if (try->absent && current->mm->def_flags & VM_LOCKED)
		return -EAGAIN;
	addr = vm_mmap(try->file ? file : NULL, 0, SIZE, PROT_READ | PROT_WRITE,
		       try->file ? flags : flags | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	rcu_read_lock();
	rec = pcs_record_find(current);
	before = rec ? pcs_record_tally(rec, try->tally) : 0;
	rcu_read_unlock();
	err = try->run(addr);
	rcu_read_lock();
	rec = pcs_record_find(current);
	after = rec ? pcs_record_tally(rec, try->tally) : 0;
	rcu_read_unlock();
	vm_munmap(addr, SIZE);
	return err ?: after - before == PAGES;
}

void pcs_selftest(void)
{
	const struct try *try;
	struct file *file;
	int i, result;

	if (!current->mm)
		return;
	file = shmem_file_setup("pcstats", SIZE, VM_NORESERVE);
	if (IS_ERR(file))
		file = NULL;
	/* New pages wait in this CPU's LRU cache; see do_wp_page(). */
	migrate_disable();
	for (try = tries; try < tries + ARRAY_SIZE(tries); try++) {
		if (try->source->reason)
			continue;
		for (result = 0, i = 0; result <= 0 && i < TRIES; i++)
			result = try->file && !file ? -ENOMEM : run(try, file);
		if (!result)
			pcs_source_distrust(try->source, "self-test");
		else if (result < 0)
			pr_warn("not tested: %s (%d)\n", try->source->name,
				result);
	}
	migrate_enable();
	if (file)
		fput(file);
}
