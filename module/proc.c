// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file /proc/pcstats: its tables, in the form that module/ABI promises.
 *
 * A position in the sequence is a section and a key in it: the pid in the task
 * and cow tables, the row number in the history, the index in the mm table.
 * So a reader that goes on after a pause finds its place whatever was born or
 * died meanwhile, and no task comes twice: pids ascend, and of the history only
 * that is shown which had left the process table before the read began.
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "job.h"
#include "show.h"

/*
 * A section is a table, and in it first the live, then the exited tasks.
 */
#define LIVE(table)	(2 * (table))
#define EXITED(table)	(2 * (table) + 1)
#define END		LIVE(PCS_NR_TABLES)

#define KEY_BITS	48
#define POS(section, key)	((loff_t)(section) << KEY_BITS | (key))

struct reader {
	struct pcs_viewer viewer;
	struct pid_namespace *ns;	/* whose tasks this read shows, or NULL */
	/* The history at the start: its rows, and which were exited tasks. */
	u64	oldest;
	u64	newest;
	unsigned long *exited;
	struct pcs_mm_row *mm_rows;
	size_t	nr_mm_rows;
	struct pcs_job *job;		/* of this file, or NULL */
	struct pcs_job_view *job_view;	/* as of the start, or NULL */
	/* Where it is. */
	unsigned int section;
	u64	key;
	struct task_struct *task;	/* reference, where tasks are live */
	struct pcs_row row;		/* too large for the stack */
};

/* ---- the sequence ---- */

static void free_mm_rows(struct reader *reader)
{
	kvfree(reader->mm_rows);
	reader->mm_rows = NULL;
	reader->nr_mm_rows = 0;
}

static int read_mm_rows(struct reader *reader)
{
	ssize_t n;

	free_mm_rows(reader);
	if (!reader->ns)
		return 0;
	n = pcs_mm_rows(&reader->viewer, reader->ns, &reader->mm_rows);
	if (n < 0)
		return n;
	reader->nr_mm_rows = n;
	return 0;
}

/* Which rows of the history are not zombies (any more)? */
static int read_history(struct reader *reader)
{
	struct pcs_record *rec;
	u64 nr;

	bitmap_free(reader->exited);
	pcs_history_range(&reader->oldest, &reader->newest);
	reader->exited = bitmap_zalloc(reader->newest + 1 - reader->oldest ?: 1,
				       GFP_KERNEL_ACCOUNT);
	if (!reader->exited)
		return -ENOMEM;
	for (nr = reader->oldest; nr <= reader->newest; nr++) {
		rcu_read_lock();
		rec = pcs_history_row(nr);
		if (rec && pcs_record_released(rec))
			__set_bit(nr - reader->oldest, reader->exited);
		rcu_read_unlock();
	}
	return 1;
}

static int read_job(struct reader *reader)
{
	struct pcs_job *job = READ_ONCE(reader->job);

	kfree(reader->job_view);
	reader->job_view = NULL;
	if (!job)
		return 0;
	reader->job_view = kzalloc(sizeof(*reader->job_view),
				   GFP_KERNEL_ACCOUNT);
	if (!reader->job_view)
		return -ENOMEM;
	pcs_job_read(job, reader->job_view);
	return 0;
}

/* The first row at or behind reader->key that was exited at the start. */
static int find_exited(struct reader *reader)
{
	u64 size = reader->newest + 1 - reader->oldest;
	u64 i = reader->key < reader->oldest ? 0 : reader->key - reader->oldest;

	i = find_next_bit(reader->exited, size, i);
	reader->key = reader->oldest + i;
	return i < size;
}

/*
 * Is there something at or behind reader->key in this section?  Key 0 is the
 * line of column names.  -errno if the section cannot be read.
 */
static int find_in_section(struct reader *reader)
{
	enum pcs_table table = reader->section / 2;
	pid_t nr = reader->key;

	if (reader->section == EXITED(table)) {
		if (table == PCS_HEAD || table == PCS_MM_TABLE ||
		    table == PCS_MOST_TABLE || !reader->ns ||
		    !pcs_table_any(table))
			return 0;
		return find_exited(reader);
	}
	switch (table) {
	case PCS_HEAD:
		if (reader->key)
			return 0;
		return read_job(reader) ?: read_history(reader);
	case PCS_MOST_TABLE:
		return reader->job_view &&
		       reader->key <= reader->job_view->nr_most;
	case PCS_MM_TABLE:
		if (!reader->key)
			return read_mm_rows(reader) ?: 1;
		if (reader->key <= reader->nr_mm_rows)
			return 1;
		free_mm_rows(reader);
		return 0;
	default:
		if (!reader->key)
			return 1;
		if (!reader->ns || !pcs_table_any(table))
			return 0;
		reader->task = pcs_viewer_next_task(&reader->viewer,
						    reader->ns, &nr);
		reader->key = nr;
		return !!reader->task;
	}
}

static void *find(struct reader *reader, loff_t *pos)
{
	int found;

	reader->section = *pos >> KEY_BITS;
	reader->key = *pos & (POS(1, 0) - 1);
	while (reader->section < END) {
		found = find_in_section(reader);
		if (found) {
			*pos = POS(reader->section, reader->key);
			return found < 0 ? ERR_PTR(found) : reader;
		}
		reader->section++;
		reader->key = 0;
	}
	*pos = POS(END, 0);
	return NULL;
}

static void leave(struct reader *reader)
{
	if (reader->task)
		put_task_struct(reader->task);
	reader->task = NULL;
}

static void *pcs_seq_start(struct seq_file *m, loff_t *pos)
{
	struct reader *reader = m->private;

	reader->ns = pcs_viewer_ns(&reader->viewer);
	return find(reader, pos);
}

static void *pcs_seq_next(struct seq_file *m, void *v, loff_t *pos)
{
	leave(m->private);
	cond_resched();
	++*pos;
	return find(m->private, pos);
}

static void pcs_seq_stop(struct seq_file *m, void *v)
{
	leave(m->private);
}

static void show_task_row(struct seq_file *m, struct reader *reader)
{
	enum pcs_table table = reader->section / 2;
	struct pcs_row *row = &reader->row;
	bool found;

	if (reader->section == EXITED(table))
		found = pcs_read_exited_row(table, reader->key, &reader->viewer,
					    reader->ns, row);
	else
		found = pcs_read_live_row(table, reader->task, reader->key,
					  reader->ns, row);
	if (found)
		pcs_show_row(m, table, row);
}

static unsigned int exited_count(const struct reader *reader)
{
	return bitmap_weight(reader->exited,
			     reader->newest + 1 - reader->oldest);
}

static int pcs_seq_show(struct seq_file *m, void *v)
{
	struct reader *reader = v;

	if (reader->section == LIVE(PCS_HEAD)) {
		seq_printf(m, "pcstats %d\n", PCSTATS_FORMAT_VERSION);
		if (reader->ns == &init_pid_ns)
			pcs_show_totals(m, exited_count(reader));
		pcs_show_hooks(m);
		if (reader->job_view)
			pcs_show_job(m, reader->job_view);
	} else if (!reader->key) {
		pcs_show_names(m, reader->section / 2);
	} else if (reader->section == LIVE(PCS_MOST_TABLE)) {
		pcs_show_most(m, &reader->job_view->most[reader->key - 1]);
	} else if (reader->section == LIVE(PCS_MM_TABLE)) {
		pcs_show_mm(m, &reader->mm_rows[reader->key - 1]);
	} else {
		show_task_row(m, reader);
	}
	return 0;
}

static const struct seq_operations pcs_seq_ops = {
	.start = pcs_seq_start,
	.next = pcs_seq_next,
	.stop = pcs_seq_stop,
	.show = pcs_seq_show,
};

/* ---- the file ---- */

static int pcs_open(struct inode *inode, struct file *file)
{
	struct reader *reader = __seq_open_private(file, &pcs_seq_ops,
						   sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	pcs_viewer_init(&reader->viewer, file);
	return 0;
}

static int pcs_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct reader *reader = m->private;

	if (reader->job)
		pcs_job_close(reader->job);
	kfree(reader->job_view);
	free_mm_rows(reader);
	bitmap_free(reader->exited);
	pcs_viewer_exit(&reader->viewer);
	return seq_release_private(inode, file);
}

static ssize_t pcs_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	static const char reset[] = "reset\n";
	char word[sizeof(reset)];

	/* The opener too: a privileged program may be handed the file. */
	if (!file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN) ||
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	/* The whole word; the newline is as one likes. */
	if (count != strlen(reset) && count != strlen(reset) - 1)
		return -EINVAL;
	if (copy_from_user(word, buf, count))
		return -EFAULT;
	if (memcmp(word, reset, count))
		return -EINVAL;
	pcs_store_reset();
	return count;
}

/* Process @nr as current's PID namespace numbers it, 0: its own; a reference. */
static struct task_struct *find_process(pid_t nr)
{
	struct task_struct *task;
	struct pid *pid;

	if (!nr)
		return get_task_struct(current->group_leader);
	pid = find_get_pid(nr);
	task = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	return task;
}

static int job_add(struct reader *reader, unsigned long nr)
{
	struct task_struct *task = nr <= INT_MAX ? find_process(nr) : NULL;
	int err = -EPERM;

	if (!task)
		return -ESRCH;
	if (!(task->flags & PF_KTHREAD) &&
	    (same_thread_group(task, current) ||
	     pcs_viewer_may_count(&reader->viewer, task)))
		err = pcs_job_add(&reader->job, task);
	put_task_struct(task);
	return err;
}

static long pcs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct seq_file *m = file->private_data;
	struct reader *reader = m->private;

	switch (cmd) {
	case PCSTATS_JOB_ADD:
		return job_add(reader, arg);
	case PCSTATS_JOB_WAIT:
		if (!READ_ONCE(reader->job))
			return -EINVAL;
		return pcs_job_wait(reader->job);
	}
	return -ENOTTY;
}

static const struct proc_ops pcs_proc_ops = {
	.proc_open = pcs_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = pcs_release,
	.proc_write = pcs_write,
	.proc_ioctl = pcs_ioctl,
#ifdef CONFIG_COMPAT
	/* Arguments are numbers. */
	.proc_compat_ioctl = pcs_ioctl,
#endif
};

int pcs_proc_init(void)
{
	return proc_create("pcstats", 0644, NULL, &pcs_proc_ops) ? 0 : -ENOMEM;
}

void pcs_proc_exit(void)
{
	/* It waits for calls that are going on, and closes what is open. */
	pcs_jobs_exit();
	remove_proc_entry("pcstats", NULL);
}
