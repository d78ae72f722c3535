/* SPDX-License-Identifier: GPL-2.0-only */
/* An open /proc/pcstats, as proc.c and sequence.c share it. */
#ifndef PCSTATS_READER_H
#define PCSTATS_READER_H

#include <linux/mutex.h>
#include <linux/seq_file.h>

#include "show.h"

struct pcs_job;

struct pcs_reader {
	struct mutex lock;	/* held in reads and seeks, around seq_file's */
	struct pcs_viewer viewer;
	struct pid_namespace *ns;	/* whose tasks this read shows, or NULL */
	/* The history at the start: its rows, and which were exited tasks. */
	u64	oldest;
	u64	newest;
	unsigned long *exited;
	struct pcs_mm_row *mm_rows;
	size_t	nr_mm_rows;
	size_t	mm_row;			/* index of the row found last */
	struct pcs_job *job;		/* of this file, or NULL */
	struct pcs_job_view *job_view;	/* as of the start, or NULL */
	/* Where it is. */
	unsigned int section;
	u64	key;
	struct task_struct *task;	/* reference, where tasks are live */
	struct pcs_row row;		/* too large for the stack */
};

/* sequence.c */
extern const struct seq_operations pcs_seq_ops;
/* What was read for the mm table. */
void pcs_reader_free_mm_rows(struct pcs_reader *reader);

#endif /* PCSTATS_READER_H */
