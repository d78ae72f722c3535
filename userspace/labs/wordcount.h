/* SPDX-License-Identifier: GPL-2.0-only */
/* Text and workers: wordcount_workers.c; what they take: wordcount.c. */
#ifndef PCSTATS_LABS_WORDCOUNT_H
#define PCSTATS_LABS_WORDCOUNT_H

#include "lab.h"

#define MAX_WORKERS	16

extern struct wordcount {
	unsigned long pages, workers;	/* settings */
	/* One mapping: the text, and as much again where workers put what they copy. */
	char *text, *room;
	char *mapped;			/* the text, in a shared mapping */
	/* Of each worker: words that it counted, bytes that it read from its pipe. */
	struct result {
		unsigned long words, received;
	} *results;			/* shared */
} wordcount;

enum way { THREADS, SENT, FORKED, MAPPED, NR_WAYS };

void write_text(char *to);
unsigned long nr_words(void);

/*
 * Threads are made and end here; processes are made by start_processes(), get their
 * share and count by let_count(), and are there until end_processes().
 */
void count_by_threads(void);
void start_processes(enum way way);
void let_count(enum way way);
void end_processes(void);

/* Of wordcount.c; called for each process while all workers still hold their share. */
void add_memory(enum way way, pid_t pid);

#endif /* PCSTATS_LABS_WORDCOUNT_H */
