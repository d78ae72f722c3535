// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file /proc/pcstats, and what can be done with it: reading, "reset", jobs.
 * sequence.c has its text.
 *
 * It may be handed on, and one reader goes on where another has stopped: what
 * was prepared for the one is not for the other.
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "job.h"
#include "reader.h"

/*
 * Half a line and the mm table, too, are not for one who sees less.  The next
 * one's text begins with a whole line.
 */
static void begin_read(struct seq_file *m)
{
	struct pcs_reader *reader = m->private;

	mutex_lock(&reader->lock);
	if (!pcs_viewer_is_new(&reader->viewer))
		return;
	m->count = 0;
	pcs_reader_free_mm_rows(reader);
}

static void end_read(struct seq_file *m)
{
	struct pcs_reader *reader = m->private;

	mutex_unlock(&reader->lock);
}

static ssize_t pcs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct seq_file *m = iocb->ki_filp->private_data;
	ssize_t got;

	begin_read(m);
	got = seq_read_iter(iocb, to);
	end_read(m);
	return got;
}

static loff_t pcs_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	loff_t at;

	/* Text is prepared here, too. */
	begin_read(m);
	at = seq_lseek(file, offset, whence);
	end_read(m);
	return at;
}

static int pcs_open(struct inode *inode, struct file *file)
{
	struct pcs_reader *reader = __seq_open_private(file, &pcs_seq_ops,
						   sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	pcs_viewer_init(&reader->viewer, file);
	return 0;
}

static int pcs_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct pcs_reader *reader = m->private;

	if (reader->job)
		pcs_job_close(reader->job);
	kfree(reader->job_view);
	pcs_reader_free_mm_rows(reader);
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

static int job_add(struct pcs_reader *reader, unsigned long nr)
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
	struct pcs_reader *reader = m->private;

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
	.proc_read_iter = pcs_read_iter,
	.proc_lseek = pcs_lseek,
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
