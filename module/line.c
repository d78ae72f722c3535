// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of /proc/pcstats, as module/ABI promises them.  row.c reads what is in
 * them.
 */
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

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
static int tally_width(enum pcs_tally_id id)
{
	int least = id == PCS_bytes || id == PCS_fork_ns ? 11 :
		    id < PCS_FIRST_COW_TALLY ? 6 : 7;

	return max_t(int, strlen(tally_name[id]), least);
}

/* ---- parts of lines ---- */

static void show_tally_names(struct seq_file *m, enum pcs_table table)
{
	const struct pcs_range range = pcs_table_range(table);
	int id;

	for (id = range.first; id < range.end; id++)
		seq_printf(m, " %*s", tally_width(id), tally_name[id]);
}

static void show_tally(struct seq_file *m, enum pcs_tally_id id, bool known,
		       u64 value)
{
	if (known && pcs_tally_watched(id))
		seq_printf(m, " %*llu", tally_width(id), value);
	else
		seq_printf(m, " %*s", tally_width(id), "-");
}

static void show_tallies(struct seq_file *m, enum pcs_table table,
			 const struct pcs_row *row)
{
	const struct pcs_range range = pcs_table_range(table);
	int id;

	for (id = range.first; id < range.end; id++)
		show_tally(m, id, row->known, row->tally[id]);
}

/*
 * The backslash too, or an escape could not be told from the name itself; in
 * @only, what must not be shown as it is although it is printable.
 */
static void show_escaped(struct seq_file *m, const char *name, size_t size,
			 const char *only, int width)
{
	char escaped[4 * sizeof_field(struct pcs_map, name) + 1];
	int len;

	len = string_escape_mem(name, strnlen(name, size), escaped,
				sizeof(escaped) - 1,
				ESCAPE_ANY | ESCAPE_NAP | ESCAPE_APPEND, only);
	escaped[min_t(int, len, sizeof(escaped) - 1)] = '\0';
	seq_printf(m, " %*s", width, escaped);
}

static void show_comm(struct seq_file *m, const char *comm)
{
	show_escaped(m, comm, TASK_COMM_LEN, "\\", 0);
	seq_putc(m, '\n');
}

static void show_mm_id(struct seq_file *m, const struct pcs_row *row)
{
	if (row->known)
		seq_printf(m, " %6llu", row->mm_id);
	else
		seq_printf(m, " %6s", "-");
}

static void show_identity(struct seq_file *m, enum pcs_table table,
			  const struct pcs_row *row)
{
	seq_printf(m, "%-6s %7d %7d", table_name[table], row->pid, row->tgid);
	if (table == PCS_TASK_TABLE)
		seq_printf(m, " %7d", row->ppid);
	seq_printf(m, " %-5s", row->state);
	show_mm_id(m, row);
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
		seq_printf(m, " %*s", tally_width(most_tallies[i]),
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
		seq_printf(m, " %7llu", row->map[i].copies);
		show_escaped(m, row->map[i].name, sizeof(row->map[i].name),
			     "\\ ", 27);
		show_comm(m, row->comm);
	}
}

static void show_fork(struct seq_file *m, const struct pcs_fork_row *fork)
{
	seq_printf(m, " %-6s %6llu %7llu", fork->child ? "child" : "parent",
		   fork->other_mm_id, fork->shared);
	if (pcs_tally_watched(PCS_copied) && pcs_tally_watched(PCS_ksm))
		seq_printf(m, " %7llu %12llu", fork->copied,
			   fork->other_copied);
	else
		seq_printf(m, " %7s %12s", "-", "-");
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

	seq_printf(m, " %8llu %8llu %-6s", row->born.id, row->born.creator,
		   call[row->born.call]);
	if (row->born.call == PCS_CALL_FORK)
		seq_printf(m, " %9u", row->born.pages);
	else
		seq_printf(m, " %9s", "-");
	if (row->born.ns)
		seq_printf(m, " %10u", row->born.ns);
	else
		seq_printf(m, " %10s", "-");
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
	seq_printf(m, "mm     %7llu %6u %6u %6u %6u %6u %7u", row->id,
		   row->users, row->tasks, row->procs, row->files, row->fs,
		   row->sighand);
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

	seq_printf(m, "%-6s %7d", table_name[PCS_MOST_TABLE], one->pid);
	for (i = 0; i < ARRAY_SIZE(most_tallies); i++)
		show_tally(m, most_tallies[i], true,
			   one->tally[most_tallies[i] - PCS_FIRST_COW_TALLY]);
	/* "-" is no name, unless escaped. */
	if (!one->name[0])
		seq_printf(m, " %27s", "-");
	else
		show_escaped(m, one->name, sizeof(one->name),
			     strcmp(one->name, "-") ? "\\ " : "-", 27);
	show_comm(m, one->comm);
}
