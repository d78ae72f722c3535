// SPDX-License-Identifier: GPL-2.0-only
/*
 * verify LOAD [ARG...]: hold pcstats against the kernel's own counters.
 *
 * Runs a scripted program and then the command LOAD, and compares what pcstats
 * counted meanwhile with /proc/vmstat, /proc/stat, taskstats, smaps and kprobes.
 * For a machine that does nothing else, where pcstats is loaded and the caller
 * is root: a VM.  Exit status: 0 all is explained, 1 something is not, 2 nothing
 * could be compared.
 */
#include <errno.h>
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
#define PATIENCE	300	/* tenths of a second, until all have gone */

struct task tasks[MAX_PID + 1];

struct task *task_of(unsigned long pid)
{
	if (pid > MAX_PID)
		die("pid %lu is too large", pid);
	return &tasks[pid];
}

static void pause_tenth(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
}

/* ---- moments ---- */

struct moment {
	struct kernel_totals kernel;
	struct pcstats_snapshot ours;
};

static struct kernel_totals kernel_totals(void)
{
	return (struct kernel_totals) {
		.pgreuse = file_number("/proc/vmstat", "pgreuse "),
		.cow_ksm = file_number("/proc/vmstat", "cow_ksm "),
		.processes = file_number("/proc/stat", "processes "),
	};
}

static void read_ours(struct pcstats_snapshot *snap)
{
	struct pcstats_error error;

	if (pcstats_read(snap, NULL, &error))
		die("%s: %s", PCSTATS_PATH, error.reason);
}

/* One in which the kernel's counters stood still: ours are of the same time. */
static void take(struct moment *moment)
{
	struct kernel_totals after;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		moment->kernel = kernel_totals();
		read_ours(&moment->ours);
		after = kernel_totals();
		if (!memcmp(&after, &moment->kernel, sizeof(after)))
			return;
		pcstats_free(&moment->ours);
		pause_tenth();
	}
	die("the machine does not come to rest");
}

/* ---- the load ---- */

/* It and all that it has left behind, which is ours as the subreaper. */
static void run(char *argv[])
{
	pid_t load, pid;
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
		if (!pid)
			pause_tenth();
		else if (pid == load && status)
			die("%s ended with status %#x", argv[0], status);
	}
}

/* The row of a task stays among the live ones until nobody refers to it. */
static void wait_for_rows(const struct pcstats_snapshot *begin)
{
	unsigned long long records;
	int i, pid;

	exits_collect();
	for (records = 0, pid = 0; pid <= MAX_PID; pid++)
		records += tasks[pid].records;
	for (i = 0; i < PATIENCE; i++) {
		struct pcstats_snapshot now;
		unsigned long long exited;

		read_ours(&now);
		exited = now.total.exited - begin->total.exited;
		pcstats_free(&now);
		if (exited == records)
			return;
		pause_tenth();
	}
	die("%llu tasks have exited, and there are not as many rows", records);
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

int main(int argc, char *argv[])
{
	struct moment begin, end;
	struct pcstats_diff diff;
	char text[16];

	if (argc < 2)
		die("usage: verify LOAD [ARG...]");
	setlinebuf(stdout);
	snprintf(text, sizeof(text), "%d", MAX_HISTORY);
	if (file_write(HISTORY, text))
		die(HISTORY ": %s", strerror(errno));
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		die("prctl: %s", strerror(errno));
	exits_begin();
	probes_begin();
	take(&begin);
	check_hooks(&begin.ours);
	mark_older(&begin.ours);

	scripted();
	run(argv + 1);

	wait_for_rows(&begin.ours);
	take(&end);
	probes_end();
	if (pcstats_diff(&diff, &begin.ours, &end.ours))
		die("out of memory");
	add_rows(&diff);
	end.kernel.pgreuse -= begin.kernel.pgreuse;
	end.kernel.cow_ksm -= begin.kernel.cow_ksm;
	end.kernel.processes -= begin.kernel.processes;
	compare_all(&end.kernel, &diff, end.ours.total.lost);
	return compare_end() ? 0 : 1;
}
