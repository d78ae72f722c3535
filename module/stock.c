// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stock: memory of records and of what belongs to them.
 *
 * Handlers cannot allocate, so free objects wait here for them.  A worker fills
 * the stock up when a kind of them is half gone; handlers may run where queueing
 * work is not allowed, hence the irq_work in between.  An object that nothing
 * holds any more comes back, after a grace period, or goes to the slab when the
 * stock is full.
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
 * priority, gets its turn: 256 KiB each of records and cow parts, which one task
 * in two needs, and 64 KiB each of spaces and of maps.
 */
#ifndef PCSTATS_TEST_SMALL_STOCK
#define STOCK_FULL	1024
#else
/* For the tests: soon exhausted, and soon filled at load. */
#define STOCK_FULL	8
#endif

/*
 * A free object begins with the node that links it, and is zero behind that: it
 * is zeroed on its way back, not where a task waits and the lock is held.
 */
static struct stock {
	const char	*name;
	size_t		size;
	struct kmem_cache *cache;
	struct hlist_head free;
	unsigned int	nr;
	unsigned int	full;	/* 0 until somebody wants it */
} stocks[PCS_NR_STOCKS] = {
#define x(kind) [PCS_STOCK_##kind] = {					\
		.name = "pcs_" #kind,					\
		.size = sizeof(struct pcs_##kind),			\
	},
	PCSTATS_STOCKS(x)
#undef x
};

static void *stock_alloc(const struct stock *stock)
{
	return kmem_cache_zalloc(stock->cache, GFP_KERNEL | __GFP_NOWARN);
}

static void stock_add(struct stock *stock, struct hlist_node *node)
{
	lockdep_assert_held(&pcs_store.lock);
	hlist_add_head(node, &stock->free);
	/* stock_fill() looks without the lock. */
	WRITE_ONCE(stock->nr, stock->nr + 1);
}

static int stock_fill(struct stock *stock)
{
	struct hlist_node *node;

	while (READ_ONCE(stock->nr) < READ_ONCE(stock->full)) {
		node = stock_alloc(stock);
		if (!node)
			return -ENOMEM;
		raw_spin_lock_irq(&pcs_store.lock);
		stock_add(stock, node);
		raw_spin_unlock_irq(&pcs_store.lock);
	}
	return 0;
}

static void stock_work_fn(struct work_struct *work)
{
	int i, err = 0;

	for (i = 0; i < PCS_NR_STOCKS; i++)
		err |= stock_fill(&stocks[i]);
	if (err)
		pr_warn_ratelimited("no memory for records; see \"lost\" in /proc/pcstats\n");
}

static DECLARE_WORK(stock_work, stock_work_fn);

static void stock_irq_work_fn(struct irq_work *work)
{
	queue_work(system_highpri_wq, &stock_work);
}

static DEFINE_IRQ_WORK(stock_irq_work, stock_irq_work_fn);

void *pcs_stock_take(enum pcs_stock_id id)
{
	struct stock *stock = &stocks[id];
	struct hlist_node *node = stock->free.first;

	lockdep_assert_held(&pcs_store.lock);
	if (stock->nr <= READ_ONCE(stock->full) / 2)
		irq_work_queue(&stock_irq_work);
	if (!node)
		return NULL;
	hlist_del_init(node);
	WRITE_ONCE(stock->nr, stock->nr - 1);
	return node;
}

void pcs_stock_give(enum pcs_stock_id id, void *object)
{
	struct stock *stock = &stocks[id];
	unsigned long flags;

	if (!object)
		return;
	memset(object, 0, stock->size);
	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	if (stock->nr < READ_ONCE(stock->full)) {
		stock_add(stock, object);
		object = NULL;
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	if (object)
		kmem_cache_free(stock->cache, object);
}

int pcs_stock_want(enum pcs_stock_id id)
{
	WRITE_ONCE(stocks[id].full, STOCK_FULL);
	return stock_fill(&stocks[id]);
}

/* ---- records ---- */

struct pcs_record *pcs_record_alloc(void)
{
	return stock_alloc(&stocks[PCS_STOCK_record]);
}

/* Nobody sees it any more. */
void pcs_record_destroy(struct pcs_record *rec)
{
	unsigned long flags;

	if (!rec)
		return;
	if (rec->space) {
		raw_spin_lock_irqsave(&pcs_store.lock, flags);
		pcs_fork_end(rec);
		raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	}
	if (rec->cow)
		pcs_maps_free(rec->cow->maps);
	pcs_stock_give(PCS_STOCK_cow, rec->cow);
	if (rec->state != PCS_ALIVE) {
		put_pid(rec->exit.pid);
		put_pid(rec->exit.tgid);
		put_pid(rec->exit.ppid);
		if (rec->exit.cred)
			put_cred(rec->exit.cred);
	}
	pcs_stock_give(PCS_STOCK_record, rec);
}

static void record_free_rcu(struct rcu_head *head)
{
	pcs_record_destroy(container_of(head, struct pcs_record, rcu));
}

void pcs_record_put(struct pcs_record *rec)
{
	lockdep_assert_held(&pcs_store.lock);
	if (rec->hashed || rec->kept)
		return;
	pcs_fork_end(rec);
	call_rcu(&rec->rcu, record_free_rcu);
}

/* ---- load and unload ---- */

int pcs_stock_init(void)
{
	struct stock *stock;
	int err;

	for (stock = stocks; stock < stocks + PCS_NR_STOCKS; stock++) {
		stock->cache = kmem_cache_create(stock->name, stock->size, 0, 0,
						 NULL);
		/* Processes are for jobs, which few machines ever have. */
		if (stock != &stocks[PCS_STOCK_process])
			stock->full = STOCK_FULL;
		err = stock->cache ? stock_fill(stock) : -ENOMEM;
		if (err) {
			pcs_stock_exit();
			return err;
		}
	}
	return 0;
}

/*
 * The last to go: what may still run are the worker and the RCU callbacks of
 * objects on their way back.
 */
void pcs_stock_exit(void)
{
	struct hlist_node *node, *next;
	struct stock *stock;

	irq_work_sync(&stock_irq_work);
	cancel_work_sync(&stock_work);
	rcu_barrier();
	for (stock = stocks; stock < stocks + PCS_NR_STOCKS; stock++) {
		for (node = stock->free.first; node; node = next) {
			next = node->next;
			kmem_cache_free(stock->cache, node);
		}
		kmem_cache_destroy(stock->cache);
	}
}
