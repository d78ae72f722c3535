// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tallies: the slow side of counting; pcs_task_add() and pcs_cow_add() in
 * pcstats.h are the fast one.
 *
 * A reset raises the epoch.  Whoever writes next finds its tallies to be of an
 * earlier one and starts from zero; whoever reads takes them for zero.  So it
 * takes one step however many tasks there are, and no writer is raced.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>

#include "source.h"

DEFINE_PER_CPU(struct pcs_cpu_totals, pcs_cpu_totals);

void __pcs_tally_new_epoch(u64 *tally, int nr, u32 *old_epoch, u32 epoch)
{
	int i;

	for (i = 0; i < nr; i++)
		WRITE_ONCE(tally[i], 0);
	/* Pairs with read_tally(): the epoch vouches for the zeros. */
	smp_store_release(old_epoch, epoch);
}

void __pcs_task_new_epoch(struct pcs_record *rec, u32 epoch)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	pcs_job_flush(rec, 0, PCS_NR_TASK_TALLIES);
	__pcs_tally_new_epoch(rec->tally, PCS_NR_TASK_TALLIES, &rec->epoch,
			      epoch);
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
}

/* PCS_remote is others' to write, with an epoch of its own. */
#define REMOTE	(PCS_remote - PCS_FIRST_COW_TALLY)

/* @cow is current's. */
void __pcs_cow_new_epoch(struct pcs_cow *cow, u32 epoch)
{
	struct pcs_record *rec;
	struct pcs_map *map;
	unsigned long flags;
	int i;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	rec = pcs_record_find(current);
	if (rec) {
		pcs_job_flush(rec, PCS_FIRST_COW_TALLY, PCS_remote);
		pcs_job_flush(rec, PCS_remote + 1, PCS_NR_TALLIES);
	}
	for (i = 0; i < PCS_NR_COW_TALLIES; i++)
		if (i != REMOTE)
			WRITE_ONCE(cow->tally[i], 0);
	for (map = cow->maps; map; map = map->next)
		WRITE_ONCE(map->copies, 0);
	/* Pairs with read_tally(). */
	smp_store_release(&cow->epoch, epoch);
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
}

/* The cow part of @rec, made if there is memory for it. */
static struct pcs_cow *cow_of(struct pcs_record *rec)
{
	struct pcs_cow *cow = rec->cow;

	lockdep_assert_held(&pcs_store.lock);
	if (cow)
		return cow;
	cow = pcs_stock_take(PCS_STOCK_cow);
	if (!cow)
		return NULL;
	cow->epoch = READ_ONCE(pcs_store.epoch);
	cow->remote_epoch = cow->epoch;
	/* Readers hold no lock. */
	smp_store_release(&rec->cow, cow);
	return cow;
}

struct pcs_cow *pcs_cow_make(struct pcs_record *rec, struct pcs_source *source)
{
	struct pcs_cow *cow;
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	cow = cow_of(rec);
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	if (!cow)
		atomic64_inc(&source->missed);
	return cow;
}

void pcs_cow_remote(const struct mm_struct *mm, struct pcs_source *source)
{
	struct pcs_record *owner;
	struct pcs_cow *cow = NULL;
	unsigned long flags;
	u32 epoch;

	/* A kernel thread is a guest even in the memory that it has adopted. */
	if (mm == current->mm && !(current->flags & PF_KTHREAD))
		return;
	owner = pcs_record_owner(mm);
	if (owner) {
		raw_spin_lock_irqsave(&pcs_store.lock, flags);
		cow = cow_of(owner);
		if (cow) {
			epoch = READ_ONCE(pcs_store.epoch);
			if (cow->remote_epoch != epoch) {
				pcs_job_flush(owner, PCS_remote, PCS_remote + 1);
				__pcs_tally_new_epoch(&cow->tally[REMOTE], 1,
						      &cow->remote_epoch, epoch);
			}
			pcs_cow_add(cow, pcs_totals_begin(epoch), PCS_remote, 1);
		}
		raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	}
	if (!cow)
		atomic64_inc(&source->missed);
}

/* As of now; 0 when it is of an earlier epoch. */
static u64 read_tally(const u64 *tally, const u32 *epoch)
{
	/* Pairs with __pcs_tally_new_epoch() and __pcs_cow_new_epoch(). */
	if (smp_load_acquire(epoch) != READ_ONCE(pcs_store.epoch))
		return 0;
	return READ_ONCE(*tally);
}

/* The tallies whose events are pages copied. */
static const enum pcs_tally_id copies[] = {
	PCS_copied, PCS_file, PCS_ksm, PCS_unshared, PCS_fork_copied,
	PCS_hugetlb_copied,
};

u64 pcs_record_tally(const struct pcs_record *rec, enum pcs_tally_id id)
{
	const struct pcs_cow *cow;
	u64 n;
	int i;

	if (id < PCS_FIRST_COW_TALLY)
		return read_tally(&rec->tally[id], &rec->epoch);
	/* Pairs with cow_of(). */
	cow = smp_load_acquire(&rec->cow);
	if (!cow)
		return 0;
	n = read_tally(&cow->tally[id - PCS_FIRST_COW_TALLY],
		       id == PCS_remote ? &cow->remote_epoch : &cow->epoch);
	for (i = 0; id == PCS_bytes && i < ARRAY_SIZE(copies); i++)
		n += PAGE_SIZE * pcs_record_tally(rec, copies[i]);
	return n;
}

void pcs_store_reset(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	WRITE_ONCE(pcs_store.epoch, pcs_store.epoch + 1);
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
}

u64 pcs_store_total(enum pcs_tally_id id)
{
	const struct pcs_cpu_totals *totals;
	u64 sum = 0;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		totals = per_cpu_ptr(&pcs_cpu_totals, cpu);
		sum += read_tally(&totals->tally[id], &totals->epoch);
	}
	for (i = 0; id == PCS_bytes && i < ARRAY_SIZE(copies); i++)
		sum += PAGE_SIZE * pcs_store_total(copies[i]);
	return sum;
}

void pcs_cow_add_bytes(u64 *cow)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(copies); i++)
		cow[PCS_bytes - PCS_FIRST_COW_TALLY] +=
			PAGE_SIZE * cow[copies[i] - PCS_FIRST_COW_TALLY];
}
