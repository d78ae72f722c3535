// SPDX-License-Identifier: GPL-2.0-only
/*
 * Since which fork: what two address spaces still share of what a fork made
 * them share.
 *
 * Each address space that took part in a fork counts the pages that it copied,
 * whoever did it.  A fork leaves with both sides, in the records of the tasks
 * that own them, how many pages it shared and what the two counts were.  So it
 * costs the same however many children or threads there are, and nothing has to
 * be told to anybody when a side forks again or goes away.
 *
 * The counts of threads that copy at once go to one place, like much else in
 * their address space.
 */
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "source.h"

struct pcs_record *pcs_record_owner(const struct mm_struct *mm)
{
	const struct task_struct *owner = pcs_mm_owner(mm);

	return owner ? pcs_record_find(owner) : NULL;
}

/* ---- spaces: held by records, with pcs_store.lock ---- */

static void space_free_rcu(struct rcu_head *rcu)
{
	pcs_stock_give(PCS_STOCK_space, container_of(rcu, struct pcs_space, rcu));
}

static void space_put(struct pcs_space *space)
{
	lockdep_assert_held(&pcs_store.lock);
	if (space && !--space->holders)
		call_rcu(&space->rcu, space_free_rcu);
}

/* The space of @rec's mm, made if there is memory for it. */
static struct pcs_space *space_of(struct pcs_record *rec)
{
	struct pcs_space *space = rec->space;

	lockdep_assert_held(&pcs_store.lock);
	if (space)
		return space;
	space = pcs_stock_take(PCS_STOCK_space);
	if (!space)
		return NULL;
	space->mm_id = rec->mm_id;
	space->holders = 1;
	/* pcs_fork_copied() holds no lock. */
	smp_store_release(&rec->space, space);
	return space;
}

/* ---- forks ---- */

static void set_fork(struct pcs_record *rec, struct pcs_space *other,
		     u64 shared, bool child)
{
	struct pcs_fork *fork = &rec->fork;

	other->holders++;
	space_put(fork->other);
	fork->other = other;
	fork->shared = shared;
	fork->copied = atomic64_read(&rec->space->copied);
	fork->other_copied = atomic64_read(&other->copied);
	rec->fork_child = child;
}

bool pcs_fork_shared(struct task_struct *child, u64 shared)
{
	struct pcs_record *parent_rec = pcs_record_owner(current->mm);
	struct pcs_record *child_rec = pcs_record_find(child);
	bool done = false;
	unsigned long flags;

	if (parent_rec && child_rec) {
		raw_spin_lock_irqsave(&pcs_store.lock, flags);
		if (space_of(parent_rec) && space_of(child_rec)) {
			set_fork(parent_rec, child_rec->space, shared, false);
			set_fork(child_rec, parent_rec->space, shared, true);
			done = true;
		}
		raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	}
	return done;
}

void pcs_fork_end(struct pcs_record *rec)
{
	lockdep_assert_held(&pcs_store.lock);
	space_put(rec->fork.other);
	rec->fork.other = NULL;
	space_put(rec->space);
	WRITE_ONCE(rec->space, NULL);
}

bool pcs_fork_read(struct pcs_record *rec, struct pcs_fork_row *row)
{
	const struct pcs_fork *fork = &rec->fork;
	unsigned long flags;
	bool any;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	any = fork->other;
	if (any) {
		row->child = rec->fork_child;
		row->other_mm_id = fork->other->mm_id;
		row->shared = fork->shared;
		row->copied = atomic64_read(&rec->space->copied) - fork->copied;
		/* Pages that it made since and shared anew are no part of it. */
		row->other_copied = min_t(u64, fork->shared,
					  atomic64_read(&fork->other->copied) -
					  fork->other_copied);
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	return any;
}
