// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader of /proc/pcstats while the load runs: it can be read whole each time,
 * nothing is lost, no tally falls, and no live task comes twice.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "verify.h"

unsigned long *watch_readings;

static void check_totals(const struct pcstats_total *total,
			 unsigned long long last[PCSTATS_NR_TALLIES])
{
	int id;

	if (!total->present || total->lost)
		die("the reader: events were lost: %llu", total->lost);
	for (id = 0; id < PCSTATS_NR_TALLIES; id++)
		if (total->tally[id] < last[id])
			die("the reader: total %s fell from %llu to %llu",
			    pcstats_tally_names[id], last[id], total->tally[id]);
	memcpy(last, total->tally, sizeof(total->tally));
}

static void check_order(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 1; i < snap->nr_tasks; i++)
		if (!snap->tasks[i].state.exited &&
		    snap->tasks[i].pid <= snap->tasks[i - 1].pid)
			die("the reader: task %d comes behind %d",
			    snap->tasks[i].pid, snap->tasks[i - 1].pid);
}

static void __attribute__((noreturn)) watch(void)
{
	unsigned long long last[PCSTATS_NR_TALLIES] = { 0 };
	struct pcstats_snapshot snap;
	struct pcstats_error error;

	for (;;) {
		if (pcstats_read(&snap, NULL, &error))
			die("the reader: line %lu: %s", error.line, error.reason);
		check_totals(&snap.total, last);
		check_order(&snap);
		pcstats_free(&snap);
		++*watch_readings;
	}
}

pid_t watch_begin(void)
{
	pid_t pid;

	if (!watch_readings)
		watch_readings = mmap(NULL, sizeof(*watch_readings),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watch_readings == MAP_FAILED)
		die("the reader: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("the reader: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		watch();
	}
	return pid;
}
