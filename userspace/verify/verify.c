// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify [-m MINUTES] LOAD [ARG...]: hold pcstats against the kernel's own counters.
 *
 * Runs a scripted program and then the command LOAD, and compares what pcstats
 * counted meanwhile with /proc/vmstat, /proc/stat, taskstats, smaps and kprobes.
 * With -m, again and again until the time is over, with a reader beside LOAD; the
 * module's memory is looked at after each round, and the totals once more from the
 * first moment to the last.
 * For a machine that does nothing else, where pcstats is loaded and the caller
 * is root: a VM.  Exit status: 0 all is explained, 1 something is not, 2 nothing
 * could be compared.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "verify.h"

#define HISTORY		"/sys/module/pcstats/parameters/history"
#define MAX_HISTORY	16384

struct task tasks[MAX_PID + 1];

struct task *task_of(unsigned long pid)
{
	if (pid > MAX_PID)
		die("pid %lu is too large", pid);
	return &tasks[pid];
}

/* Since it was called first. */
static time_t clock_seconds(void)
{
	static time_t begin;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!begin)
		begin = now.tv_sec;
	return now.tv_sec - begin;
}

/* ---- the load ---- */

/* The load and all that it has left behind, which is ours as the subreaper. */
static void run(char *argv[], bool with_reader)
{
	pid_t reader = with_reader ? watch_begin() : 0, load, pid;
	int status;

	load = fork();
	if (load < 0)
		die("fork: %s", strerror(errno));
	if (!load) {
		execvp(argv[0], argv);
		die("%s: %s", argv[0], strerror(errno));
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0) {
		exits_collect();
		if (!pid) {
			pause_tenth();
		} else if (pid == reader) {
			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
				die("the reader ended with status %#x", status);
		} else if (pid == load) {
			if (status)
				die("%s ended with status %#x", argv[0], status);
			if (reader)
				kill(reader, SIGTERM);
		}
	}
}

static unsigned long long nr_records(void)
{
	unsigned long long records = 0;
	int pid;

	exits_collect();
	for (pid = 0; pid <= MAX_PID; pid++)
		records += tasks[pid].records;
	return records;
}

/*
 * A moment after the load.  The row of a task stays among the live ones until
 * nobody refers to it; and a worker of the kernel's may exit at any time.
 */
static void take_end(const struct moment *begin, struct moment *end)
{
	unsigned long long exited, records;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		take(end);
		exited = end->ours.total.exited - begin->ours.total.exited;
		records = nr_records();
		if (records > MAX_HISTORY)
			die("%llu tasks have exited, too many to be kept", records);
		if (exited == records)
			return;
		pcstats_free(&end->ours);
		pause_tenth();
	}
	die("%llu tasks have exited, and there are %llu rows", records, exited);
}

/* Without one, tallies read "-", and there is nothing to compare. */
static void check_hooks(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_hooks; i++)
		if (!snap->hooks[i].on)
			die("%s is off: %s", snap->hooks[i].name,
			    snap->hooks[i].reason);
}

static void mark_older(const struct pcstats_snapshot *begin)
{
	size_t i;

	for (i = 0; i < begin->nr_tasks; i++)
		if (!begin->tasks[i].state.exited)
			task_of(begin->tasks[i].pid)->older = true;
}

static void add_rows(const struct pcstats_diff *diff)
{
	const struct pcstats_change *change;
	struct task *task;
	size_t i;
	int id;

	for (i = 0; i < diff->nr_tasks; i++) {
		change = &diff->tasks[i];
		if (change->before || !change->after)
			continue;
		task = task_of(change->after->pid);
		task->rows += change->after->state.exited;
		for (id = 0; id < PCSTATS_NR_TALLIES; id++)
			task->tally[id] += change->tally[id];
	}
}

/* ---- rounds ---- */

static void set_history(unsigned int size)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", size);
	if (file_write(HISTORY, text))
		die(HISTORY ": %s", strerror(errno));
}

/* No task of an earlier round is left, in our books or in theirs. */
static void begin_round(struct moment *begin)
{
	bool again = false;

	set_history(0);
	set_history(MAX_HISTORY);
	probes_clear();
	/* A worker of the kernel's may exit at any time. */
	do {
		if (again)
			pcstats_free(&begin->ours);
		again = true;
		exits_collect();
		memset(tasks, 0, sizeof(tasks));
		take(begin);
	} while (nr_records());
	check_hooks(&begin->ours);
	mark_older(&begin->ours);
}

/* Records are back where they came from after a grace period. */
static void compare_memory(void)
{
	struct moment now;

	set_history(0);
	pause_tenth();
	take(&now);
	slab_compare(now.ours.total.tasks);
	pcstats_free(&now.ours);
}

static void print_round(const struct moment *begin, const struct moment *end)
{
	static int nr;
	const struct kernel_totals *a = &begin->kernel, *b = &end->kernel;

	nr++;
	printf("# round %d: at %ld s, %llu tasks created, %llu pages kept, read %lu times\n",
	       nr, (long)clock_seconds(), b->processes - a->processes,
	       b->pgreuse - a->pgreuse, *watch_readings);
}

static void do_round(char *argv[], bool with_reader, struct moment *begin,
		     struct moment *end)
{
	struct pcstats_diff diff;

	begin_round(begin);
	scripted();
	run(argv, with_reader);
	take_end(begin, end);
	probes_end();
	if (pcstats_diff(&diff, &begin->ours, &end->ours))
		die("out of memory");
	add_rows(&diff);
	compare_all(begin, end, &diff);
	pcstats_diff_free(&diff);
}

/* The totals from before the first round to the end of the last, too. */
static void do_rounds(char *argv[], time_t seconds)
{
	struct moment first, begin, end;

	take(&first);
	do {
		do_round(argv, true, &begin, &end);
		print_round(&begin, &end);
		pcstats_free(&begin.ours);
		pcstats_free(&end.ours);
		compare_memory();
	} while (clock_seconds() < seconds);
	take(&end);
	compare_drift(&first, &end);
}

int main(int argc, char *argv[])
{
	struct moment begin, end;
	int minutes = 0, option;

	while ((option = getopt(argc, argv, "+m:")) == 'm')
		minutes = atoi(optarg);
	if (option != -1 || optind == argc)
		die("usage: verify [-m MINUTES] LOAD [ARG...]");
	setlinebuf(stdout);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("prctl: %s", strerror(errno));
	exits_begin();
	probes_begin();
	clock_seconds();
	if (minutes)
		do_rounds(argv + optind, minutes * 60);
	else
		do_round(argv + optind, false, &begin, &end);
	return compare_end() ? 0 : 1;
}
