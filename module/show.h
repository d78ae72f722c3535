/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Presentation: what sequence.c, row.c, line.c, mm_table.c and viewer.c share.  All
 * of it runs in process context, in the read of /proc/pcstats, and may sleep unless
 * it says otherwise.
 */
#ifndef PCSTATS_SHOW_H
#define PCSTATS_SHOW_H

#include "pcstats.h"

struct pcs_job_view;
struct pcs_most;
struct pid_namespace;
struct proc_fs_info;
struct seq_file;

/* Who reads: fixed at open, checked again at each read (viewer.c). */
struct pcs_viewer {
	const struct file *file;	/* the opener's credentials */
	struct pid_namespace *ns;	/* reference, taken at open */
	struct proc_fs_info *fs;	/* of the proc mount: hidepid, gid */
	/* Who read last, and in which PID namespace; references, NULL: nobody. */
	const struct cred *last_cred;
	struct pid_namespace *last_ns;
};

void pcs_viewer_init(struct pcs_viewer *viewer, struct file *file);
void pcs_viewer_exit(struct pcs_viewer *viewer);
/*
 * The PID namespace whose tasks may be shown to current through this file:
 * the innermost of the opener's, the reader's and the proc mount's.  NULL if
 * they are not nested: show nothing.
 */
struct pid_namespace *pcs_viewer_ns(const struct pcs_viewer *viewer);
/*
 * Is current another reader than the last one, by its rights?  To be asked at
 * each read, and by one task at a time.
 */
bool pcs_viewer_is_new(struct pcs_viewer *viewer);
/* May current see @task?  RCU read-side section or a reference. */
bool pcs_viewer_sees_task(const struct pcs_viewer *viewer,
			  struct task_struct *task);
/* May current, who is shown tasks of @shown, see any task of @ns? */
bool pcs_viewer_sees_all(const struct pcs_viewer *viewer,
			 const struct pid_namespace *shown,
			 const struct pid_namespace *ns);
/* May current have @task counted in a job?  As ptrace's PTRACE_MODE_READ. */
bool pcs_viewer_may_count(const struct pcs_viewer *viewer,
			  struct task_struct *task);
/* May current see what is left of an exited task? */
bool pcs_viewer_sees_exited(const struct pcs_viewer *viewer,
			    const struct pcs_exit *exit);

typedef bool (*pcs_wanted_fn)(const struct pcs_record *rec);

/*
 * The first task with a pid in @ns of at least *nr that may be seen, with a
 * reference, and its pid in *nr; NULL behind the last one.  Process context.
 * @wanted, if not NULL, is asked first, with the task's record, which may be
 * NULL, in an RCU read-side section.
 */
struct task_struct *
pcs_viewer_next_task(const struct pcs_viewer *viewer, struct pid_namespace *ns,
		     pcs_wanted_fn wanted, pid_t *nr);

/* One row of the mm table. */
struct pcs_mm_row {
	u64	id;
	u32	users;		/* mm_users, which others than tasks hold too */
	u32	tasks;
	u32	procs;
	u32	files;
	u32	fs;
	u32	sighand;
	char	comm[TASK_COMM_LEN];
};

/*
 * All address spaces that the viewer may see, ordered by id.  Returns how
 * many and the array in *rows (kvfree), or -ENOMEM.  Process context.
 */
ssize_t pcs_mm_rows(const struct pcs_viewer *viewer, struct pid_namespace *ns,
		    struct pcs_mm_row **rows);

/* The parts of the file, in their order. */
enum pcs_table {
	PCS_HEAD,
	PCS_TASK_TABLE,
	PCS_MM_TABLE,
#define x(record, RECORD) PCS_##RECORD##_TABLE,
	PCSTATS_COW_TABLES(x)
#undef x
	PCS_MAP_TABLE,
	PCS_FORK_TABLE,
	PCS_BORN_TABLE,
	PCS_MOST_TABLE,
	PCS_NR_TABLES
};

/* What a row of a table of tasks shows. */
struct pcs_row {
	pid_t	pid, tgid, ppid;
	char	state[8];
	bool	known;		/* has a record; else no tally is known */
	u64	mm_id;
	u64	tally[PCS_NR_TALLIES];
	char	comm[TASK_COMM_LEN];
	/* Of the table of that name alone. */
	struct pcs_fork_row fork;
	struct {
		u64	id;
		u64	creator;
		enum pcs_call call;
		u32	pages;
		u32	ns;
	} born;
	unsigned int nr_maps;
	/* Last, and set as far as there are maps: a row is zeroed for each task. */
	struct {
		u64	copies;
		char	name[sizeof_field(struct pcs_map, name)];
	} map[PCS_MAPS_MAX];
};

/* Fields of lines (field.c). */
/* Behind a blank, and as many more as make it @width wide: at most 27. */
void pcs_put_number(struct seq_file *m, unsigned int width, u64 number);
void pcs_put_text(struct seq_file *m, unsigned int width, const char *text);
/*
 * @size bytes at most; what is not printable ASCII, or a character of @only, is
 * escaped as string_escape_mem(ESCAPE_ANY) does.  @only has one or two, of which
 * one is a backslash where
 * an escape could not be told from the name itself.
 */
void pcs_put_name(struct seq_file *m, unsigned int width, const char *name,
		  size_t size, const char *only);
/* Behind @before, and as many blanks behind it as make it @width wide. */
void pcs_put_left(struct seq_file *m, const char *before, unsigned int width,
		  const char *text);

/* Lines of the file (line.c). */
/* @exited: rows of exited tasks. */
void pcs_show_totals(struct seq_file *m, unsigned int exited);
void pcs_show_hooks(struct seq_file *m);
void pcs_show_names(struct seq_file *m, enum pcs_table table);
void pcs_show_mm(struct seq_file *m, const struct pcs_mm_row *row);
void pcs_show_row(struct seq_file *m, enum pcs_table table,
		  const struct pcs_row *row);
void pcs_show_job(struct seq_file *m, const struct pcs_job_view *job);
void pcs_show_most(struct seq_file *m, const struct pcs_most *one);
/* The tallies that are columns of @table; none but for task and those of cow. */
struct pcs_range {
	int	first, end;
};

struct pcs_range pcs_table_range(enum pcs_table table);

/* Can there be a row in @table?  False if nothing of it was ever counted. */
bool pcs_table_any(enum pcs_table table);
/* Of which tasks, as pcs_viewer_next_task() asks; NULL: of all. */
pcs_wanted_fn pcs_table_wanted(enum pcs_table table);

/*
 * Fill in @row of @table; false when there is nothing to show: a task with
 * nothing in this table, not quite born, or just gone; a row of the history that
 * has left it, or that is not for the viewer's eyes.  The caller holds a
 * reference to @task.
 */
bool pcs_read_live_row(enum pcs_table table, struct task_struct *task,
		       pid_t pid, struct pid_namespace *ns, struct pcs_row *row);
bool pcs_read_exited_row(enum pcs_table table, u64 nr,
			 const struct pcs_viewer *viewer,
			 struct pid_namespace *ns, struct pcs_row *row);

#endif /* PCSTATS_SHOW_H */
