// SPDX-License-Identifier: GPL-2.0-only
/*
 * History: the records of the tasks that exited last.
 *
 * A ring of `history` slots; rows are numbered from 1 in order of exit and row
 * nr stands in slot nr % size, so that a reader finds its place again in one
 * step.  A zombie has its place too, but no row there until it is released.
 * Pushing and resizing hold pcs_store.lock; readers use RCU.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "pcstats.h"

/* Bounds what a resize copies under the lock: 128 KiB of pointers. */
#define HISTORY_MAX	16384
/* Rows that a shrinking history gives up in one critical section. */
#define HISTORY_BATCH	64

struct history_ring {
	unsigned int size;
	struct pcs_record __rcu *slot[];
};

static struct history_ring __rcu *ring;
static u64 newest;		/* number of the row pushed last */
static u64 oldest = 1;		/* number of the oldest row kept */
static unsigned int history = 64;

static struct history_ring *ring_locked(void)
{
	return rcu_dereference_protected(ring,
					 lockdep_is_held(&pcs_store.lock));
}

static struct pcs_record __rcu **slot_of(struct history_ring *r, u64 nr)
{
	return &r->slot[nr % r->size];
}

/* Lets go of the oldest row.  There is one. */
static void evict(struct history_ring *r)
{
	struct pcs_record __rcu **slot = slot_of(r, oldest);
	struct pcs_record *rec;

	rec = rcu_dereference_protected(*slot,
					lockdep_is_held(&pcs_store.lock));
	RCU_INIT_POINTER(*slot, NULL);
	oldest++;
	rec->kept = false;
	pcs_record_put(rec);
}

void pcs_history_push(struct pcs_record *rec)
{
	struct history_ring *r = ring_locked();

	lockdep_assert_held(&pcs_store.lock);
	if (!r->size)
		return;
	if (newest + 1 - oldest == r->size)
		evict(r);
	rec->kept = true;
	rec->exit.nr = newest + 1;
	rcu_assign_pointer(*slot_of(r, newest + 1), rec);
	newest++;
}

void pcs_history_range(u64 *first, u64 *last)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	*first = oldest;
	*last = newest;
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
}

struct pcs_record *pcs_history_row(u64 nr)
{
	struct history_ring *r = rcu_dereference(ring);
	struct pcs_record *rec;

	if (!r->size)
		return NULL;
	rec = rcu_dereference(*slot_of(r, nr));
	/* The slot may hold a newer row by now, or not yet this one. */
	return rec && rec->exit.nr == nr ? rec : NULL;
}

static int resize(unsigned int size)
{
	struct history_ring *r, *old;
	bool done;
	u64 nr;

	r = kvzalloc(struct_size(r, slot, size), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->size = size;
	do {
		unsigned int batch = HISTORY_BATCH;

		raw_spin_lock_irq(&pcs_store.lock);
		old = ring_locked();
		while (newest + 1 - oldest > size && batch--)
			evict(old);
		done = newest + 1 - oldest <= size;
		if (done) {
			for (nr = oldest; nr <= newest; nr++)
				*slot_of(r, nr) = *slot_of(old, nr);
			rcu_assign_pointer(ring, r);
		}
		raw_spin_unlock_irq(&pcs_store.lock);
		cond_resched();
	} while (!done);
	synchronize_rcu();
	kvfree(old);
	return 0;
}

static int history_set(const char *val, const struct kernel_param *kp)
{
	unsigned int size;
	int err = kstrtouint(val, 0, &size);

	if (err)
		return err;
	if (size > HISTORY_MAX)
		return -EINVAL;
	/* Given with insmod it comes before pcs_history_init(). */
	if (rcu_access_pointer(ring))
		err = resize(size);
	if (!err)
		history = size;
	return err;
}

static const struct kernel_param_ops history_ops = {
	.set = history_set,
	.get = param_get_uint,
};
module_param_cb(history, &history_ops, &history, 0644);
MODULE_PARM_DESC(history, "exited tasks whose rows are kept (0 to 16384)");

int pcs_history_init(void)
{
	struct history_ring *r;

	kernel_param_lock(THIS_MODULE);
	r = kvzalloc(struct_size(r, slot, history), GFP_KERNEL);
	if (r) {
		r->size = history;
		rcu_assign_pointer(ring, r);
	}
	kernel_param_unlock(THIS_MODULE);
	return r ? 0 : -ENOMEM;
}

/* Nobody reads or pushes any more; see pcs_store_exit(). */
void pcs_history_exit(void)
{
	struct history_ring *r;
	struct pcs_record *rec;
	u64 nr;

	/* The parameter stays writable until after the module's exit. */
	kernel_param_lock(THIS_MODULE);
	r = rcu_replace_pointer(ring, NULL, true);
	kernel_param_unlock(THIS_MODULE);
	if (!r)
		return;
	for (nr = oldest; nr <= newest; nr++) {
		rec = rcu_dereference_protected(*slot_of(r, nr), true);
		rec->kept = false;
		if (!rec->hashed)
			pcs_record_destroy(rec);
	}
	kvfree(r);
}
