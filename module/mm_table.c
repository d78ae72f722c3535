// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mm table: who shares what, from one walk over the tasks.
 *
 * Each task gives a member: the id of its address space and what tells its
 * process and its file table, fs struct and signal handlers apart.  Sorting
 * brings those of one address space together, and where they differ in one of
 * the others, sorting by that counts what is distinct: n log n for n tasks,
 * however they share.  The memory is charged to the reader and lives until the
 * table has been read.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "show.h"

enum member_key { KEY_TGID, KEY_FILES, KEY_FS, KEY_SIGHAND, NR_KEYS };

struct member {
	u64	mm_id;
	/* Compared only: a tgid, and addresses that are never followed. */
	unsigned long key[NR_KEYS];
	pid_t	pid;
	u32	users;
	char	comm[TASK_COMM_LEN];
};

/* Fills in @member; false if @task has no address space (any more). */
static bool read_member(struct task_struct *task, pid_t pid,
			struct pid_namespace *ns, struct member *member)
{
	struct pcs_record *rec;
	const void *mm;

	/* Others of its flags may change. */
	if (data_race(task->flags) & PF_KTHREAD)
		return false;
	rcu_read_lock();
	rec = pcs_record_find(task);
	task_lock(task);
	mm = task->mm;
	if (mm) {
		/* Read, not taken: get_task_mm() would count itself. */
		member->users = atomic_read(&task->mm->mm_users);
		member->key[KEY_FILES] = (unsigned long)task->files;
		member->key[KEY_FS] = (unsigned long)task->fs;
		member->key[KEY_SIGHAND] =
			(unsigned long)rcu_access_pointer(task->sighand);
		strscpy(member->comm, task->comm, sizeof(member->comm));
	}
	task_unlock(task);
	if (rec && mm) {
		member->pid = pid;
		member->key[KEY_TGID] = task_tgid_nr_ns(task, ns);
		member->mm_id = pcs_record_mm_id(rec, task, mm);
	}
	rcu_read_unlock();
	return rec && mm;
}

static int compare(const void *a, const void *b)
{
	const struct member *l = a, *r = b;

	if (l->mm_id != r->mm_id)
		return l->mm_id < r->mm_id ? -1 : 1;
	return l->pid - r->pid;
}

static int compare_key(const void *a, const void *b, const void *priv)
{
	const struct member *l = a, *r = b;
	const enum member_key *key = priv;

	if (l->key[*key] != r->key[*key])
		return l->key[*key] < r->key[*key] ? -1 : 1;
	return 0;
}

/* How many different ones, of @n members of one mm; 0 is none. */
static u32 count_distinct(struct member *members, size_t n, enum member_key key)
{
	u32 count = 0;
	size_t i;

	/* Of threads all is one. */
	for (i = 1; i < n && members[i].key[key] == members[0].key[key]; i++)
		;
	if (i == n)
		return !!members[0].key[key];
	sort_r(members, n, sizeof(*members), compare_key, NULL, &key);
	for (i = 0; i < n; i++)
		if (members[i].key[key] &&
		    (!i || members[i].key[key] != members[i - 1].key[key]))
			count++;
	return count;
}

/* Of @n members of one mm, by pid; it is named after the lowest. */
static void make_row(struct pcs_mm_row *row, struct member *members, size_t n)
{
	row->id = members[0].mm_id;
	row->users = members[0].users;
	row->tasks = n;
	memcpy(row->comm, members[0].comm, sizeof(row->comm));
	row->procs = count_distinct(members, n, KEY_TGID);
	row->files = count_distinct(members, n, KEY_FILES);
	row->fs = count_distinct(members, n, KEY_FS);
	row->sighand = count_distinct(members, n, KEY_SIGHAND);
}

/* One row for each mm, in the order of ids. */
static size_t make_rows(struct member *members, size_t n,
			struct pcs_mm_row *rows)
{
	size_t nr_rows = 0;
	size_t i, end;

	/* Whose members are made one after the other, are in order. */
	for (i = 1; i < n && compare(&members[i - 1], &members[i]) <= 0; i++)
		;
	if (i < n)
		sort(members, n, sizeof(*members), compare, NULL);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (members[end].mm_id != members[i].mm_id)
				break;
		make_row(&rows[nr_rows++], &members[i], end - i);
		cond_resched();
	}
	return nr_rows;
}

static struct member *grow(struct member *members, size_t n, size_t *max)
{
	struct member *more;

	*max += *max / 2;
	more = kvmalloc_array(*max, sizeof(*more), GFP_KERNEL_ACCOUNT);
	if (more)
		memcpy(more, members, n * sizeof(*more));
	kvfree(members);
	return more;
}

/* Room at first: for all tasks, and for some that are born meanwhile. */
static size_t first_max(void)
{
#ifndef PCSTATS_TEST_SMALL_STOCK
	return READ_ONCE(pcs_store.nr_tasks) + 64;
#else
	/* For the tests: as little as can grow. */
	return 2;
#endif
}

ssize_t pcs_mm_rows(const struct pcs_viewer *viewer, struct pid_namespace *ns,
		    struct pcs_mm_row **rows)
{
	struct task_struct *task;
	struct member *members;
	size_t max = first_max();
	size_t n = 0;
	ssize_t nr_rows;
	pid_t nr = 1;

	members = kvmalloc_array(max, sizeof(*members), GFP_KERNEL_ACCOUNT);
	for (; members; nr++) {
		task = pcs_viewer_next_task(viewer, ns, NULL, &nr);
		if (!task)
			break;
		if (n == max)
			members = grow(members, n, &max);
		if (members && read_member(task, nr, ns, &members[n]))
			n++;
		put_task_struct(task);
	}
	if (!members)
		return -ENOMEM;

	*rows = kvcalloc(n ?: 1, sizeof(**rows), GFP_KERNEL_ACCOUNT);
	if (!*rows) {
		kvfree(members);
		return -ENOMEM;
	}
	nr_rows = make_rows(members, n, *rows);
	kvfree(members);
	return nr_rows;
}
