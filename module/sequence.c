// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of /proc/pcstats as a sequence of lines.
 *
 * A position in it is a section and a key in that: the pid in the task
 * and cow tables, the row number in the history, the id in the mm table.
 * So a reader that goes on after a pause finds its place whatever was born or
 * died meanwhile, and no task comes twice: pids ascend, and of the history only
 * that is shown which had left the process table before the read began.
 */
#include <linux/bitmap.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "job.h"
#include "reader.h"

/*
 * A section is a table, and in it first the live, then the exited tasks.
 */
#define LIVE(table)	(2 * (table))
#define EXITED(table)	(2 * (table) + 1)
#define END		LIVE(PCS_NR_TABLES)

#define KEY_BITS	48
#define POS(section, key)	((loff_t)(section) << KEY_BITS | (key))

void pcs_reader_free_mm_rows(struct pcs_reader *reader)
{
	kvfree(reader->mm_rows);
	reader->mm_rows = NULL;
	reader->nr_mm_rows = 0;
	reader->mm_row = 0;
}

static int read_mm_rows(struct pcs_reader *reader)
{
	ssize_t n;

	pcs_reader_free_mm_rows(reader);
	if (!reader->ns)
		return 0;
	n = pcs_mm_rows(&reader->viewer, reader->ns, &reader->mm_rows);
	if (n < 0)
		return n;
	reader->nr_mm_rows = n;
	return 0;
}

/*
 * The first row with an id of at least reader->key, which becomes its id.  Rows
 * are read once for the whole table, and again for who goes on in its middle.
 */
static int find_mm_row(struct pcs_reader *reader)
{
	int err = reader->mm_rows ? 0 : read_mm_rows(reader);

	if (err)
		return err;
	while (reader->mm_row < reader->nr_mm_rows &&
	       reader->mm_rows[reader->mm_row].id < reader->key)
		reader->mm_row++;
	if (reader->mm_row < reader->nr_mm_rows) {
		reader->key = reader->mm_rows[reader->mm_row].id;
		return 1;
	}
	pcs_reader_free_mm_rows(reader);
	return 0;
}

/* Which rows of the history are not zombies (any more)? */
static int read_history(struct pcs_reader *reader)
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

static int read_job(struct pcs_reader *reader)
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
static int find_exited(struct pcs_reader *reader)
{
	u64 size = reader->newest + 1 - reader->oldest;
	u64 i = reader->key < reader->oldest ? 0 : reader->key - reader->oldest;

	i = find_next_bit(reader->exited, size, i);
	reader->key = reader->oldest + i;
	return i < size;
}

/* What is known of these processes is too little to judge them one by one. */
static unsigned int nr_most(const struct pcs_reader *reader)
{
	const struct pcs_job_view *view = reader->job_view;

	return pcs_viewer_sees_all(&reader->viewer, reader->ns,
				   pcs_job_ns(reader->job)) ? view->nr_most : 0;
}

/*
 * Is there something at or behind reader->key in this section?  Key 0 is the
 * line of column names.  -errno if the section cannot be read.
 */
static int find_in_section(struct pcs_reader *reader)
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
		       reader->key <= nr_most(reader);
	case PCS_MM_TABLE:
		if (!reader->key)
			return read_mm_rows(reader) ?: 1;
		return find_mm_row(reader);
	default:
		if (!reader->key)
			return 1;
		if (!reader->ns || !pcs_table_any(table))
			return 0;
		reader->task = pcs_viewer_next_task(&reader->viewer, reader->ns,
						    pcs_table_wanted(table),
						    &nr);
		reader->key = nr;
		return !!reader->task;
	}
}

static void *find(struct pcs_reader *reader, loff_t *pos)
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

static void leave(struct pcs_reader *reader)
{
	if (reader->task)
		put_task_struct(reader->task);
	reader->task = NULL;
}

static void *pcs_seq_start(struct seq_file *m, loff_t *pos)
{
	struct pcs_reader *reader = m->private;

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

static void show_task_row(struct seq_file *m, struct pcs_reader *reader)
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

static unsigned int exited_count(const struct pcs_reader *reader)
{
	return bitmap_weight(reader->exited,
			     reader->newest + 1 - reader->oldest);
}

static int pcs_seq_show(struct seq_file *m, void *v)
{
	struct pcs_reader *reader = v;

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
		pcs_show_mm(m, &reader->mm_rows[reader->mm_row]);
	} else {
		show_task_row(m, reader);
	}
	return 0;
}

const struct seq_operations pcs_seq_ops = {
	.start = pcs_seq_start,
	.next = pcs_seq_next,
	.stop = pcs_seq_stop,
	.show = pcs_seq_show,
};
