// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tallies: the slow side of counting; pcs_tally_add() in pcstats.h is the fast
 * one.
 *
 * A reset raises the epoch.  Whoever writes next finds its tallies to be of an
 * earlier one and starts from zero; whoever reads takes them for zero.  So it
 * takes one step however many tasks there are, and no writer is raced.
 */
#include <linux/percpu.h>

#include "pcstats.h"

void __pcs_tally_new_epoch(u64 *tally, u32 *old_epoch, u32 epoch)
{
	int i;

	for (i = 0; i < PCS_NR_TALLIES; i++)
		WRITE_ONCE(tally[i], 0);
	/* Pairs with pcs_tally_read(): the epoch vouches for the zeros. */
	smp_store_release(old_epoch, epoch);
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
	int cpu;

	for_each_possible_cpu(cpu) {
		totals = per_cpu_ptr(pcs_store.totals, cpu);
		sum += pcs_tally_read(totals->tally, &totals->epoch, id);
	}
	return sum;
}
