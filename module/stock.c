// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock: memory of records.
 *
 * Handlers cannot allocate, so free records wait here for them.  A worker fills
 * the stock up when it is half empty; handlers may run where queueing work is
 * not allowed, hence the irq_work in between.  A record that nothing holds any
 * more comes back, after a grace period, or goes to the slab when the stock is
 * full.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/irq_work.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "pcstats.h"

/*
 * Enough for all that one CPU can create before the worker, which runs at high
 * priority, gets its turn; 256 KiB.
 */
#define STOCK_FULL	1024
#define STOCK_LOW	(STOCK_FULL / 2)

static struct kmem_cache *record_cache;

struct pcs_record *pcs_record_alloc(void)
{
	return kmem_cache_zalloc(record_cache, GFP_KERNEL | __GFP_NOWARN);
}

static void stock_add(struct pcs_record *rec)
{
	lockdep_assert_held(&pcs_store.lock);
	hlist_add_head(&rec->hash, &pcs_store.stock);
	pcs_store.nr_stock++;
}

static int stock_fill(void)
{
	struct pcs_record *rec;

	while (READ_ONCE(pcs_store.nr_stock) < STOCK_FULL) {
		rec = pcs_record_alloc();
		if (!rec)
			return -ENOMEM;
		raw_spin_lock_irq(&pcs_store.lock);
		stock_add(rec);
		raw_spin_unlock_irq(&pcs_store.lock);
	}
	return 0;
}

static void stock_work_fn(struct work_struct *work)
{
	if (stock_fill())
		pr_warn_ratelimited("no memory for records; see \"lost\" in /proc/pcstats\n");
}

static DECLARE_WORK(stock_work, stock_work_fn);

static void stock_irq_work_fn(struct irq_work *work)
{
	queue_work(system_highpri_wq, &stock_work);
}

static DEFINE_IRQ_WORK(stock_irq_work, stock_irq_work_fn);

struct pcs_record *pcs_stock_take(void)
{
	struct pcs_record *rec;

	lockdep_assert_held(&pcs_store.lock);
	if (pcs_store.nr_stock <= STOCK_LOW)
		irq_work_queue(&stock_irq_work);
	if (hlist_empty(&pcs_store.stock))
		return NULL;
	rec = hlist_entry(pcs_store.stock.first, struct pcs_record, hash);
	hlist_del(&rec->hash);
	pcs_store.nr_stock--;
	return rec;
}

static void record_put_refs(struct pcs_record *rec)
{
	if (rec->state == PCS_ALIVE)
		return;
	put_pid(rec->exit.pid);
	put_pid(rec->exit.tgid);
	put_pid(rec->exit.ppid);
	if (rec->exit.cred)
		put_cred(rec->exit.cred);
}

static void record_free_rcu(struct rcu_head *head)
{
	struct pcs_record *rec = container_of(head, struct pcs_record, rcu);
	unsigned long flags;

	record_put_refs(rec);
	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	if (pcs_store.nr_stock < STOCK_FULL) {
		stock_add(rec);
		rec = NULL;
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	if (rec)
		kmem_cache_free(record_cache, rec);
}

void pcs_record_put(struct pcs_record *rec)
{
	lockdep_assert_held(&pcs_store.lock);
	if (!rec->hashed && !rec->kept)
		call_rcu(&rec->rcu, record_free_rcu);
}

void pcs_record_destroy(struct pcs_record *rec)
{
	record_put_refs(rec);
	kmem_cache_free(record_cache, rec);
}

int pcs_stock_init(void)
{
	int err;

	record_cache = KMEM_CACHE(pcs_record, 0);
	if (!record_cache)
		return -ENOMEM;
	err = stock_fill();
	if (err)
		pcs_stock_exit();
	return err;
}

/*
 * The last to go: what may still run are the worker and the RCU callbacks of
 * records on their way back.
 */
void pcs_stock_exit(void)
{
	struct pcs_record *rec;
	struct hlist_node *next;

	irq_work_sync(&stock_irq_work);
	cancel_work_sync(&stock_work);
	rcu_barrier();
	/* Never used, or without references since record_free_rcu(). */
	hlist_for_each_entry_safe(rec, next, &pcs_store.stock, hash)
		kmem_cache_free(record_cache, rec);
	kmem_cache_destroy(record_cache);
}
