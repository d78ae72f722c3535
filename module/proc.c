// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file /proc/pcstats: its tables, in the form that module/ABI promises.
 *
 * A position in the sequence is a section and a key in it: the pid in the task
 * and cow tables, the row number in the history, the index in the mm table.
 * So a reader that goes on after a pause finds its place whatever was born or
 * died meanwhile, and no task comes twice: pids ascend, and the history shows
 * only what had left the process table before the read began.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>

#include "pcstats.h"

enum section {
	HEAD, TASK, TASK_EXITED, MM, COW, COW_EXITED, END
};

#define KEY_BITS	48
#define POS(section, key)	((loff_t)(section) << KEY_BITS | (key))

struct reader {
	struct pcs_viewer viewer;
	struct pid_namespace *ns;	/* whose tasks this read shows, or NULL */
	u64	newest;			/* history row at the start */
	struct pcs_mm_row *mm_rows;
	size_t	nr_mm_rows;
	/* Where it is. */
	enum section section;
	u64	key;
	struct task_struct *task;	/* reference, in TASK and COW */
};

/* What a row of the task or cow table shows. */
struct row {
	pid_t	pid, tgid, ppid;
	char	state[8];
	bool	known;		/* has a record; else its tallies are not known */
	u64	mm_id;
	u64	tally[PCS_NR_TALLIES];
	char	comm[TASK_COMM_LEN];
};

/* Widths that let an ordinary line fit in 120 columns. */
static const char *const tally_name[] = {
#define x(name, sources, help) [PCS_##name] = #name,
	PCSTATS_COUNTERS(x)
#undef x
};

static int tally_width(enum pcs_tally_id id)
{
	int least = id == PCS_fork_ns ? 11 : id < PCS_FIRST_COW_TALLY ? 6 : 10;

	return max_t(int, strlen(tally_name[id]), least);
}

/* ---- lines ---- */

static void show_names(struct seq_file *m, int first, int end)
{
	int id;

	for (id = first; id < end; id++)
		seq_printf(m, " %*s", tally_width(id), tally_name[id]);
	seq_puts(m, " comm\n");
}

static void show_tallies(struct seq_file *m, const struct row *row,
			 int first, int end)
{
	int id;

	for (id = first; id < end; id++) {
		if (row->known && pcs_tally_watched(id))
			seq_printf(m, " %*llu", tally_width(id),
				   row->tally[id]);
		else
			seq_printf(m, " %*s", tally_width(id), "-");
	}
}

/* The backslash too, or an escape could not be told from the name itself. */
static void show_comm(struct seq_file *m, const char *comm)
{
	char escaped[4 * TASK_COMM_LEN + 1];
	int len;

	len = string_escape_mem(comm, strnlen(comm, TASK_COMM_LEN), escaped,
				sizeof(escaped) - 1,
				ESCAPE_ANY | ESCAPE_NAP | ESCAPE_APPEND, "\\");
	escaped[min_t(int, len, sizeof(escaped) - 1)] = '\0';
	seq_printf(m, " %s\n", escaped);
}

static void show_task(struct seq_file *m, const struct row *row)
{
	seq_printf(m, "task   %7d %7d %7d %-5s", row->pid, row->tgid, row->ppid,
		   row->state);
	if (row->known)
		seq_printf(m, " %6llu", row->mm_id);
	else
		seq_printf(m, " %6s", "-");
	show_tallies(m, row, 0, PCS_NR_TASK_TALLIES);
	show_comm(m, row->comm);
}

static void show_cow(struct seq_file *m, const struct row *row)
{
	u64 any = 0;
	int id;

	for (id = PCS_FIRST_COW_TALLY; id < PCS_NR_TALLIES; id++)
		any |= row->tally[id];
	if (!any)
		return;
	seq_printf(m, "cow    %7d %7d %-5s", row->pid, row->tgid, row->state);
	show_tallies(m, row, PCS_FIRST_COW_TALLY, PCS_NR_TALLIES);
	show_comm(m, row->comm);
}

static void show_mm(struct seq_file *m, const struct pcs_mm_row *row)
{
	seq_printf(m, "mm     %7llu %6u %6u %6u %6u %6u %7u", row->id,
		   row->users, row->tasks, row->procs, row->files, row->fs,
		   row->sighand);
	show_comm(m, row->comm);
}

static void show_totals(struct seq_file *m)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++) {
		if (pcs_tally_watched(id))
			seq_printf(m, "total %s %llu\n", tally_name[id],
				   pcs_store_total(id));
		else
			seq_printf(m, "total %s -\n", tally_name[id]);
	}
	seq_printf(m, "total tasks %lu\n", READ_ONCE(pcs_store.nr_tasks));
	seq_printf(m, "total exited %u\n", pcs_history_count());
	seq_printf(m, "total lost %llu\n", pcs_sources_lost());
}

static void show_hooks(struct seq_file *m)
{
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		const struct pcs_source *s = pcs_sources[i];

		seq_printf(m, "hook %s %s %s missed %lld", s->name,
			   s->probe ? "tracepoint" : "ftrace",
			   s->reason ? "off" : "on",
			   (s64)atomic64_read(&s->missed));
		if (s->reason)
			seq_printf(m, " reason %s (%d)", s->reason, s->error);
		seq_putc(m, '\n');
	}
}

/* ---- rows ---- */

static void set_exit_state(struct row *row, int status)
{
	if (status & 0x7f)
		snprintf(row->state, sizeof(row->state), "X/%d", status & 0x7f);
	else
		snprintf(row->state, sizeof(row->state), "X%d",
			 status >> 8 & 0xff);
}

static void set_tallies(struct row *row, const struct pcs_record *rec)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++)
		row->tally[id] = pcs_tally_read(rec->tally, &rec->epoch, id);
	row->known = true;
}

/* False when there is nothing to show: not quite born, or just gone. */
static bool read_live_row(const struct reader *reader, struct row *row)
{
	struct task_struct *task = reader->task;
	struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	rec = pcs_record_find(task);
	/* In the process table, but before its task_newtask. */
	if (!rec && READ_ONCE(task->__state) == TASK_NEW)
		goto out;
	row->pid = reader->key;
	row->tgid = task_tgid_nr_ns(task, reader->ns);
	row->ppid = task_ppid_nr_ns(task, reader->ns);
	if (!row->tgid)
		goto out;
	row->state[0] = task_state_to_char(task);
	/* On its way from zombie to history. */
	if (row->state[0] == 'X')
		set_exit_state(row, pcs_wait_status(task));
	get_task_comm(row->comm, task);
	if (rec) {
		row->mm_id = pcs_record_mm_id(rec, task,
			task->flags & PF_KTHREAD ? NULL : READ_ONCE(task->mm));
		set_tallies(row, rec);
	}
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}

static bool read_exited_row(const struct reader *reader, struct row *row)
{
	const struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	rec = pcs_history_row(reader->key);
	if (!rec)
		goto out;
	row->pid = pid_nr_ns(rec->exit.pid, reader->ns);
	if (!row->pid || !pcs_viewer_sees_exited(&reader->viewer, &rec->exit))
		goto out;
	row->tgid = pid_nr_ns(rec->exit.tgid, reader->ns);
	row->ppid = pid_nr_ns(rec->exit.ppid, reader->ns);
	set_exit_state(row, rec->exit.code);
	row->mm_id = rec->mm_id;
	set_tallies(row, rec);
	memcpy(row->comm, rec->exit.comm, sizeof(row->comm));
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}

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

/*
 * Is there something at or behind reader->key in this section?  Key 0 is the
 * line of column names.  -errno if the section cannot be read.
 */
static int find_in_section(struct reader *reader)
{
	pid_t nr = reader->key;

	switch (reader->section) {
	case HEAD:
		reader->newest = pcs_history_settle();
		return reader->key == 0;
	case TASK:
	case COW:
		if (!reader->key)
			return 1;
		if (!reader->ns)
			return 0;
		reader->task = pcs_viewer_next_task(&reader->viewer,
						    reader->ns, &nr);
		reader->key = nr;
		return reader->task != NULL;
	case TASK_EXITED:
	case COW_EXITED:
		reader->key = max(reader->key, pcs_history_oldest());
		return reader->ns && reader->key <= reader->newest;
	case MM:
		if (!reader->key)
			return read_mm_rows(reader) ?: 1;
		if (reader->key <= reader->nr_mm_rows)
			return 1;
		free_mm_rows(reader);
		return 0;
	case END:
		break;
	}
	return 0;
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

static void show_column_names(struct seq_file *m, enum section section)
{
	if (section == TASK) {
		seq_printf(m, "\n# task %7s %7s %7s %-5s %6s", "pid", "tgid",
			   "ppid", "state", "mm");
		show_names(m, 0, PCS_NR_TASK_TALLIES);
	} else if (section == COW) {
		seq_printf(m, "\n# cow  %7s %7s %-5s", "pid", "tgid", "state");
		show_names(m, PCS_FIRST_COW_TALLY, PCS_NR_TALLIES);
	} else {
		seq_printf(m, "\n# mm   %7s %6s %6s %6s %6s %6s %7s comm\n",
			   "id", "users", "tasks", "procs", "files", "fs",
			   "sighand");
	}
}

static int pcs_seq_show(struct seq_file *m, void *v)
{
	struct reader *reader = v;
	struct row row;
	bool ok;

	switch (reader->section) {
	case HEAD:
		seq_printf(m, "pcstats %d\n", PCSTATS_FORMAT_VERSION);
		if (reader->ns == &init_pid_ns)
			show_totals(m);
		show_hooks(m);
		return 0;
	case MM:
		if (!reader->key)
			show_column_names(m, MM);
		else
			show_mm(m, &reader->mm_rows[reader->key - 1]);
		return 0;
	case TASK:
	case COW:
		if (!reader->key) {
			show_column_names(m, reader->section);
			return 0;
		}
		ok = read_live_row(reader, &row);
		break;
	default:
		ok = read_exited_row(reader, &row);
	}
	if (!ok)
		return 0;
	if (reader->section < MM)
		show_task(m, &row);
	else
		show_cow(m, &row);
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

	free_mm_rows(reader);
	pcs_viewer_exit(&reader->viewer);
	return seq_release_private(inode, file);
}

static ssize_t pcs_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	char word[sizeof("reset\n")];

	/* The opener too: a privileged program may be handed the file. */
	if (!file_ns_capable(file, &init_user_ns, CAP_SYS_ADMIN) ||
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (count >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, buf, count))
		return -EFAULT;
	word[count] = '\0';
	if (!sysfs_streq(word, "reset"))
		return -EINVAL;
	pcs_store_reset();
	return count;
}

static const struct proc_ops pcs_proc_ops = {
	.proc_open = pcs_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = pcs_release,
	.proc_write = pcs_write,
};

int pcs_proc_init(void)
{
	return proc_create("pcstats", 0644, NULL, &pcs_proc_ops) ? 0 : -ENOMEM;
}

void pcs_proc_exit(void)
{
	remove_proc_entry("pcstats", NULL);
}
