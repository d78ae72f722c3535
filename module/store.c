// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store: one record for each task, found through the task's address.
 *
 * A record is born with its task (task_newtask), or at load for tasks that are
 * older (adopt.c).  It gets its place in the history when the task exits,
 * leaves the hash table at sched_process_free, the last event at which the
 * task's address is its own, and is freed when neither holds it any more.
 * pcstats.h says what locks what.
 */
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "compat.h"
#include "source.h"

struct pcs_store pcs_store = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(pcs_store.lock),
	.epoch = 1,
};

/* ---- records ---- */

void pcs_record_insert(struct pcs_record *rec, struct task_struct *task,
		       const void *mm, u64 mm_id)
{
	lockdep_assert_held(&pcs_store.lock);
	rec->task = task;
	rec->mm = mm;
	rec->mm_id = mm_id;
	rec->epoch = READ_ONCE(pcs_store.epoch);
	rec->id = ++pcs_store.next_id;
	rec->hashed = true;
	hlist_add_head_rcu(&rec->hash, pcs_chain(task));
	pcs_store.nr_tasks++;
}

u64 pcs_new_mm_id(void)
{
	lockdep_assert_held(&pcs_store.lock);
	return ++pcs_store.next_mm_id;
}

void pcs_record_set_mm(struct pcs_record *rec, const void *mm, u64 id)
{
	lockdep_assert_held(&pcs_store.lock);
	WRITE_ONCE(rec->mm_id, id);
	if (rec->space && !rec->space->mm_id)
		rec->space->mm_id = id;
	/* The id first: pcs_record_mm_id() trusts it where the mm matches. */
	smp_store_release(&rec->mm, mm);
}

struct pcs_record *pcs_record_make_current(struct pcs_source *source)
{
	struct pcs_record *rec;
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	rec = pcs_record_find(current);
	if (!rec) {
		rec = pcs_stock_take(PCS_STOCK_record);
		if (rec)
			pcs_record_insert(rec, current,
					  pcs_task_mm(current), 0);
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	if (!rec && source)
		atomic64_inc(&source->missed);
	return rec;
}

struct pcs_record *
pcs_record_born(struct task_struct *child, struct pcs_record *creator,
		enum pcs_call call, bool shares_mm)
{
	const void *mm = pcs_task_mm(child);
	struct pcs_record *rec;
	unsigned long flags;
	u64 mm_id = 0;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	rec = pcs_stock_take(PCS_STOCK_record);
	if (rec) {
		/*
		 * Where the creator is not known yet (it is older than the
		 * module, which is just loading) or has no id yet, the child's
		 * stays open too: pcs_store_adopt() gives one to both.
		 */
		if (mm && !shares_mm)
			mm_id = pcs_new_mm_id();
		else if (mm && creator && creator->mm == mm)
			mm_id = creator->mm_id;
		pcs_record_insert(rec, child, mm, mm_id);
		rec->call = call;
		rec->creator = creator ? creator->id : 0;
		if (creator)
			pcs_job_born(rec, creator);
	} else if (creator) {
		pcs_job_lost(creator);
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	return rec;
}

void pcs_record_exec(struct pcs_record *rec)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	/* What it shares it does not share as the new program. */
	pcs_fork_end(rec);
	/* A reader may have seen the new mm, and named it, before us. */
	if (rec->mm != current->mm || !rec->mm_id)
		pcs_record_set_mm(rec, current->mm, pcs_new_mm_id());
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
}

u64 pcs_record_mm_id(struct pcs_record *rec, const struct task_struct *task,
		     const void *mm)
{
	const struct pcs_record *leader;
	unsigned long flags;
	u64 id;

	/* Pairs with pcs_record_set_mm(). */
	if (!mm || smp_load_acquire(&rec->mm) == mm) {
		id = READ_ONCE(rec->mm_id);
		if (id || !mm)
			return id;
	}

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	if (rec->mm != mm || !rec->mm_id) {
		/* Only a task that had been lost has no id: ask its group. */
		leader = pcs_record_find(READ_ONCE(task->group_leader));
		id = leader && leader != rec && leader->mm == mm ?
			leader->mm_id : 0;
		pcs_record_set_mm(rec, mm, id ?: pcs_new_mm_id());
	}
	id = rec->mm_id;
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	return id;
}

/* ---- the end of a task ---- */

int pcs_wait_status(struct task_struct *task)
{
	const struct signal_struct *sig = task->signal;

	/* As wait_task_zombie() in kernel/exit.c has it. */
	if (thread_group_leader(task) &&
	    sig->flags & SIGNAL_GROUP_EXIT)
		return sig->group_exit_code;
	return task->exit_code;
}

void pcs_record_exit(struct pcs_source *source, struct task_struct *task)
{
	struct pcs_job *job = NULL;
	struct pcs_record *rec;
	struct pcs_exit *exit;
	unsigned long flags;

	rcu_read_lock();
	rec = task == current ? pcs_record_current(source) :
				pcs_record_find(task);
	if (!rec)
		goto out;
	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	if (rec->state == PCS_ALIVE) {
		/* It takes the place of what the job knows it by. */
		job = pcs_job_leave(rec, task);
		exit = &rec->exit;
		memset(exit, 0, sizeof(*exit));
		/*
		 * RCU: the parent may be dying, its struct pid is then not
		 * freed before we are through.
		 */
		exit->pid = get_pid(task_pid(task));
		exit->tgid = get_pid(task_tgid(task));
		exit->ppid = get_pid(task_tgid(rcu_dereference(task->real_parent)));
		exit->cred = get_cred(__task_cred(task));
		exit->dumpable = compat_user_dumpable(task);
		memcpy(exit->comm, task->comm, sizeof(exit->comm));
		exit->comm[sizeof(exit->comm) - 1] = '\0';
		rec->state = PCS_EXITED;
		pcs_store.nr_tasks--;
		pcs_history_push(rec);
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	pcs_job_wake(job);
out:
	rcu_read_unlock();
}

/* @task has left the process table, and is still there to be asked. */
static void record_release(struct pcs_record *rec, struct task_struct *task)
{
	lockdep_assert_held(&pcs_store.lock);
	if (rec->state != PCS_EXITED)
		return;
	rec->exit.code = pcs_wait_status(task);
	rec->state = PCS_RELEASED;
}

bool pcs_record_released(struct pcs_record *rec)
{
	unsigned long flags;
	bool released;

	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	/* pcs_record_free() clears rec->task while it is still valid. */
	if (rec->task && !pid_alive(rec->task))
		record_release(rec, rec->task);
	released = rec->state == PCS_RELEASED;
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	return released;
}

void pcs_record_free(struct task_struct *task)
{
	struct pcs_job *job = NULL;
	struct pcs_record *rec;
	unsigned long flags;

	rcu_read_lock();
	raw_spin_lock_irqsave(&pcs_store.lock, flags);
	rec = pcs_record_find(task);
	if (rec) {
		record_release(rec, task);
		/* Lost at its exit; there is no row to be made of it. */
		if (rec->state == PCS_ALIVE) {
			pcs_store.nr_tasks--;
			job = pcs_job_leave(rec, task);
		}
		hlist_del_rcu(&rec->hash);
		rec->hashed = false;
		WRITE_ONCE(rec->task, NULL);
		pcs_record_put(rec);
	}
	raw_spin_unlock_irqrestore(&pcs_store.lock, flags);
	pcs_job_wake(job);
	rcu_read_unlock();
}

/* ---- load and unload ---- */

int pcs_store_init(void)
{
	unsigned long buckets;
	int err;

	BUILD_BUG_ON(sizeof(struct pcs_record) > 256);
	BUILD_BUG_ON(sizeof(struct pcs_cow) > 256);
	BUILD_BUG_ON(sizeof(struct pcs_map) > 64);
	BUILD_BUG_ON(sizeof(struct pcs_space) > 64);

	/*
	 * One chain for each thread that the kernel allows by default
	 * (set_max_threads() in kernel/fork.c): an eighth of memory in stacks.
	 */
	buckets = clamp_t(unsigned long,
			  totalram_pages() / (THREAD_SIZE / PAGE_SIZE * 8),
			  1UL << 10, 1UL << 20);
	buckets = roundup_pow_of_two(buckets);
	pcs_store.table = kvcalloc(buckets, sizeof(*pcs_store.table), GFP_KERNEL);
	if (!pcs_store.table)
		return -ENOMEM;
	pcs_store.mask = buckets - 1;
	err = pcs_stock_init();
	if (err)
		goto err_table;
	err = pcs_history_init();
	if (err)
		goto err_stock;
	return 0;

err_stock:
	pcs_stock_exit();
err_table:
	kvfree(pcs_store.table);
	return err;
}

/* Nobody calls in any more: the sources are detached, the file is gone. */
void pcs_store_exit(void)
{
	struct pcs_record *rec;
	struct hlist_node *next;
	unsigned long i;

	pcs_history_exit();
	for (i = 0; i <= pcs_store.mask; i++)
		hlist_for_each_entry_safe(rec, next, &pcs_store.table[i], hash)
			pcs_record_destroy(rec);
	pcs_stock_exit();
	kvfree(pcs_store.table);
}
