// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of /proc/pcstats, as module/ABI promises them.  row.c reads what is in
 * them.
 */
#include <linux/seq_file.h>
#include <linux/string.h>

#include "job.h"
#include "show.h"
#include "source.h"

static const char *const tally_name[] = {
#define x(name, sources, help) [PCS_##name] = #name,
	PCSTATS_COUNTERS(x)
#undef x
};

static const char *const table_name[PCS_NR_TABLES] = {
	[PCS_TASK_TABLE] = "task",
	[PCS_MM_TABLE] = "mm",
#define x(record, RECORD) [PCS_##RECORD##_TABLE] = #record,
	PCSTATS_COW_TABLES(x)
#undef x
	[PCS_MAP_TABLE] = "map",
	[PCS_FORK_TABLE] = "fork",
	[PCS_BORN_TABLE] = "born",
	[PCS_MOST_TABLE] = "most",
};

/* Widths that let an ordinary line fit in 120 columns. */
#define LEAST(id) ((id) == PCS_bytes || (id) == PCS_fork_ns ? 11 :	\
		   (id) < PCS_FIRST_COW_TALLY ? 6 : 7)
#define WIDTH(name, least)						\
	(sizeof(name) - 1 > (least) ? sizeof(name) - 1 : (least))
static const unsigned char tally_width[] = {
#define x(name, sources, help) [PCS_##name] = WIDTH(#name, LEAST(PCS_##name)),
	PCSTATS_COUNTERS(x)
#undef x
};

/* ---- parts of lines ---- */

static void show_tally_names(struct seq_file *m, enum pcs_table table)
{
	const struct pcs_range range = pcs_table_range(table);
	int id;

	for (id = range.first; id < range.end; id++)
		pcs_put_text(m, tally_width[id], tally_name[id]);
}

static void show_tally(struct seq_file *m, enum pcs_tally_id id, bool known,
		       u64 value)
{
	if (known && pcs_tally_watched(id))
		pcs_put_number(m, tally_width[id], value);
	else
		pcs_put_text(m, tally_width[id], "-");
}

static void show_tallies(struct seq_file *m, enum pcs_table table,
			 const struct pcs_row *row)
{
	const struct pcs_range range = pcs_table_range(table);
	int id;

	for (id = range.first; id < range.end; id++)
		show_tally(m, id, row->known, row->tally[id]);
}

static void show_comm(struct seq_file *m, const char *comm)
{
	pcs_put_name(m, 0, comm, TASK_COMM_LEN, "\\");
	seq_putc(m, '\n');
}

static void show_identity(struct seq_file *m, enum pcs_table table,
			  const struct pcs_row *row)
{
	pcs_put_left(m, "", 6, table_name[table]);
	pcs_put_number(m, 7, row->pid);
	pcs_put_number(m, 7, row->tgid);
	if (table == PCS_TASK_TABLE)
		pcs_put_number(m, 7, row->ppid);
	pcs_put_left(m, " ", 5, row->state);
	if (row->known)
		pcs_put_number(m, 6, row->mm_id);
	else
		pcs_put_text(m, 6, "-");
}

/* What became of the writes of a process, and where. */
static const enum pcs_tally_id most_tallies[] = {
	PCS_copied, PCS_reused, PCS_zeroed, PCS_file, PCS_bytes,
	PCS_in_heap, PCS_in_stack, PCS_in_anon, PCS_in_file,
};

static void show_most_names(struct seq_file *m)
{
	unsigned int i;

	seq_printf(m, "%7s", "pid");
	for (i = 0; i < ARRAY_SIZE(most_tallies); i++)
		pcs_put_text(m, tally_width[most_tallies[i]],
			 tally_name[most_tallies[i]]);
	seq_printf(m, " %27s comm\n", "name");
}

/* ---- lines ---- */

void pcs_show_names(struct seq_file *m, enum pcs_table table)
{
	seq_printf(m, "\n# %-5s", table_name[table]);
	if (table == PCS_MM_TABLE) {
		seq_printf(m, "%7s %6s %6s %6s %6s %6s %7s comm\n", "id",
			   "users", "tasks", "procs", "files", "fs", "sighand");
		return;
	}
	if (table == PCS_MOST_TABLE) {
		show_most_names(m);
		return;
	}
	seq_printf(m, "%7s %7s", "pid", "tgid");
	if (table == PCS_TASK_TABLE)
		seq_printf(m, " %7s", "ppid");
	seq_printf(m, " %-5s %6s", "state", "mm");
	if (table == PCS_MAP_TABLE)
		seq_printf(m, " %7s %27s", "copies", "name");
	else if (table == PCS_FORK_TABLE)
		seq_printf(m, " %-6s %6s %7s %7s %12s", "side", "other",
			   "shared", "copied", "other_copied");
	else if (table == PCS_BORN_TABLE)
		seq_printf(m, " %8s %8s %-6s %9s %10s", "id", "creator",
			   "call", "pages", "ns");
	else
		show_tally_names(m, table);
	seq_puts(m, " comm\n");
}

static void show_maps(struct seq_file *m, const struct pcs_row *row)
{
	unsigned int i;

	for (i = 0; i < row->nr_maps; i++) {
		show_identity(m, PCS_MAP_TABLE, row);
		pcs_put_number(m, 7, row->map[i].copies);
		pcs_put_name(m, 27, row->map[i].name, sizeof(row->map[i].name),
			     "\\ ");
		show_comm(m, row->comm);
	}
}

static void show_fork(struct seq_file *m, const struct pcs_fork_row *fork)
{
	pcs_put_left(m, " ", 6, fork->child ? "child" : "parent");
	pcs_put_number(m, 6, fork->other_mm_id);
	pcs_put_number(m, 7, fork->shared);
	if (pcs_tally_watched(PCS_copied) && pcs_tally_watched(PCS_ksm)) {
		pcs_put_number(m, 7, fork->copied);
		pcs_put_number(m, 12, fork->other_copied);
	} else {
		pcs_put_text(m, 7, "-");
		pcs_put_text(m, 12, "-");
	}
}

static void show_born(struct seq_file *m, const struct pcs_row *row)
{
	static const char *const call[] = {
		[PCS_CALL_UNKNOWN] = "-",
		[PCS_CALL_FORK] = "fork",
		[PCS_CALL_VFORK] = "vfork",
		[PCS_CALL_THREAD] = "thread",
		[PCS_CALL_CLONE] = "clone",
	};

	pcs_put_number(m, 8, row->born.id);
	pcs_put_number(m, 8, row->born.creator);
	pcs_put_left(m, " ", 6, call[row->born.call]);
	if (row->born.call == PCS_CALL_FORK)
		pcs_put_number(m, 9, row->born.pages);
	else
		pcs_put_text(m, 9, "-");
	if (row->born.ns)
		pcs_put_number(m, 10, row->born.ns);
	else
		pcs_put_text(m, 10, "-");
}

void pcs_show_row(struct seq_file *m, enum pcs_table table,
		  const struct pcs_row *row)
{
	if (table == PCS_MAP_TABLE) {
		show_maps(m, row);
		return;
	}
	show_identity(m, table, row);
	if (table == PCS_FORK_TABLE)
		show_fork(m, &row->fork);
	else if (table == PCS_BORN_TABLE)
		show_born(m, row);
	else
		show_tallies(m, table, row);
	show_comm(m, row->comm);
}

void pcs_show_mm(struct seq_file *m, const struct pcs_mm_row *row)
{
	pcs_put_left(m, "", 6, table_name[PCS_MM_TABLE]);
	pcs_put_number(m, 7, row->id);
	pcs_put_number(m, 6, row->users);
	pcs_put_number(m, 6, row->tasks);
	pcs_put_number(m, 6, row->procs);
	pcs_put_number(m, 6, row->files);
	pcs_put_number(m, 6, row->fs);
	pcs_put_number(m, 7, row->sighand);
	show_comm(m, row->comm);
}

static void show_count(struct seq_file *m, const char *record,
		       enum pcs_tally_id id, u64 value)
{
	if (pcs_tally_watched(id))
		seq_printf(m, "%s %s %llu\n", record, tally_name[id], value);
	else
		seq_printf(m, "%s %s -\n", record, tally_name[id]);
}

void pcs_show_totals(struct seq_file *m, unsigned int exited)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++)
		show_count(m, "total", id, pcs_store_total(id));
	seq_printf(m, "total tasks %lu\n", READ_ONCE(pcs_store.nr_tasks));
	seq_printf(m, "total exited %u\n", exited);
	seq_printf(m, "total lost %llu\n", pcs_sources_lost());
}

void pcs_show_hooks(struct seq_file *m)
{
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		const struct pcs_source *s = pcs_sources[i];

		seq_printf(m, "hook %s %s %s missed %lld", s->name,
			   s->mechanism, s->reason ? "off" : "on",
			   (s64)atomic64_read(&s->missed));
		if (s->reason)
			seq_printf(m, " reason %s (%d)", s->reason, s->error);
		seq_putc(m, '\n');
	}
}

void pcs_show_job(struct seq_file *m, const struct pcs_job_view *job)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++)
		show_count(m, "job", id, job->sum[id]);
	seq_printf(m, "job tasks %lu\n", job->tasks);
	seq_printf(m, "job peak %lu\n", job->peak);
	seq_printf(m, "job members %llu\n", job->members);
	seq_printf(m, "job processes %llu\n", job->processes);
	seq_printf(m, "job lost %llu\n", job->lost);
}

void pcs_show_most(struct seq_file *m, const struct pcs_most *one)
{
	unsigned int i;

	pcs_put_left(m, "", 6, table_name[PCS_MOST_TABLE]);
	pcs_put_number(m, 7, one->pid);
	for (i = 0; i < ARRAY_SIZE(most_tallies); i++)
		show_tally(m, most_tallies[i], true,
			   one->tally[most_tallies[i] - PCS_FIRST_COW_TALLY]);
	/* "-" is no name, unless escaped. */
	if (!one->name[0])
		pcs_put_text(m, 27, "-");
	else
		pcs_put_name(m, 27, one->name, sizeof(one->name),
			     strcmp(one->name, "-") ? "\\ " : "-");
	show_comm(m, one->comm);
}
