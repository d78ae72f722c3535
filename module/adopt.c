// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adoption: the tasks that are older than the module, at load.
 *
 * The sources are on already, so what is born or dies meanwhile is seen; a task
 * that is met twice keeps the record it got first.
 */
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "pcstats.h"

/* Records for the tasks that are there already, their mm ids left open. */
static int adopt_tasks(void)
{
	struct pcs_record *rec = NULL;
	struct task_struct *task;
	struct pid *pid;
	int nr = 1;

	for (;;) {
		if (!rec)
			rec = pcs_record_alloc();
		if (!rec)
			return -ENOMEM;

		/* Found in the table under RCU, so not yet freed before we end. */
		rcu_read_lock();
		pid = find_ge_pid(nr, &init_pid_ns);
		if (!pid)
			break;
		nr = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_PID);
		if (task) {
			raw_spin_lock_irq(&pcs_store.lock);
			if (!pcs_record_find(task)) {
				pcs_record_insert(rec, task, pcs_task_mm(task), 0);
				rec = NULL;
			}
			raw_spin_unlock_irq(&pcs_store.lock);
			/*
			 * Its sched_process_exit may have come just before the
			 * record.  If not we only run ahead of it: a task that
			 * exits has no tally left to gather.  The flag is set
			 * before the handler, which takes the lock when it
			 * finds no record, so one of the two sees the other.
			 */
			if (READ_ONCE(task->flags) & PF_EXITING)
				pcs_record_exit(NULL, task);
		}
		rcu_read_unlock();
		cond_resched();
	}
	rcu_read_unlock();
	pcs_record_destroy(rec);
	return 0;
}

struct mm_name {
	struct hlist_node node;
	const void *mm;
	u64 id;
};

/* Called without the lock: names one mm for all records that left it open. */
static u64 name_mm(struct hlist_head *names, unsigned int bits, const void *mm)
{
	struct hlist_head *chain = &names[hash_ptr(mm, bits)];
	struct mm_name *name;

	hlist_for_each_entry(name, chain, node)
		if (name->mm == mm)
			return name->id;
	name = kmalloc(sizeof(*name), GFP_KERNEL);
	if (!name)
		return 0;
	raw_spin_lock_irq(&pcs_store.lock);
	name->id = pcs_new_mm_id();
	raw_spin_unlock_irq(&pcs_store.lock);
	name->mm = mm;
	hlist_add_head(&name->node, chain);
	return name->id;
}

/* One record of @chain whose mm has no id; its mm, or NULL. */
static const void *unnamed_mm(struct hlist_head *chain)
{
	const struct pcs_record *rec;
	const void *mm = NULL;

	rcu_read_lock();
	hlist_for_each_entry_rcu(rec, chain, hash) {
		if (rec->mm && !rec->mm_id) {
			mm = rec->mm;
			break;
		}
	}
	rcu_read_unlock();
	return mm;
}

/*
 * Tasks that share an mm must get one id, whichever of them is met first.
 * Children made meanwhile by tasks without an id have none either, so this is
 * repeated until none is left.
 */
static int adopt_mms(void)
{
	const unsigned int bits = 10;
	struct hlist_head *names, *chain;
	struct pcs_record *rec;
	struct hlist_node *next;
	struct mm_name *name;
	const void *mm;
	bool again;
	u32 i;
	u64 id;
	int err = 0;

	names = kvcalloc(1 << bits, sizeof(*names), GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	do {
		again = false;
		for (i = 0; i <= pcs_store.mask && !err; i++) {
			chain = &pcs_store.table[i];
			while ((mm = unnamed_mm(chain)) != NULL) {
				again = true;
				id = name_mm(names, bits, mm);
				if (!id) {
					err = -ENOMEM;
					break;
				}
				raw_spin_lock_irq(&pcs_store.lock);
				hlist_for_each_entry(rec, chain, hash)
					if (rec->mm == mm && !rec->mm_id)
						pcs_record_set_mm(rec, mm, id);
				raw_spin_unlock_irq(&pcs_store.lock);
			}
			cond_resched();
		}
	} while (again && !err);

	for (i = 0; i < 1 << bits; i++)
		hlist_for_each_entry_safe(name, next, &names[i], node)
			kfree(name);
	kvfree(names);
	return err;
}

int pcs_store_adopt(void)
{
	int err = adopt_tasks();

	return err ?: adopt_mms();
}
