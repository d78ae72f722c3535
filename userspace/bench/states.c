// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states of the machine that are compared: bare, with pcstats, in a job of its, and with
 * each of the other tools that count the same events or the nearest.  One at a time; before
 * the next, nothing may be left of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../module/ioctl.h"
#include "../reader.h"
#include "bench.h"

#define A(kind)		(1U << (kind))
#define CREATIONS	(A(NEWTASK) | A(EXEC))
#define ALL		(CREATIONS | A(WP))

const struct state states[] = {
	[BARE] = { "bare" },
	[PCSTATS] = { "pcstats" },
	[JOB] = { "in a job" },
	{ "bpftrace", ALL, TALLIES },
	{ "histogram", ALL, TALLIES },
	{ "perf-record", ALL, EVENTS },
	{ "perf-trace", ALL, EVENTS },
	{ "trace-cmd", ALL, EVENTS },
	{ "forkstat", CREATIONS, SUMS },
	{ "perf-stat", ALL, SUMS },
	{ "taskstats", A(WP), DELAYS },
};

const size_t nr_states = sizeof(states) / sizeof(states[0]);

static const char *const kind_names[KINDS] = {
	[NEWTASK] = "newtask", [EXEC] = "exec", [WP] = "wp",
};

static const char *tools;

static void insert(void)
{
	const char *path = getenv("PCSTATS_MODULE") ?: "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die("load $PCSTATS_MODULE (%s)", path);
	close(fd);
}

static void remove_module(void)
{
	if (syscall(SYS_delete_module, "pcstats", 0))
		die("unload pcstats");
}

/* Begin it, or end it. */
static void job(void)
{
	static int fd = -1;

	if (fd >= 0) {
		close(fd);
		fd = -1;
		return;
	}
	fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, PCSTATS_JOB_ADD, 0))
		die("PCSTATS_JOB_ADD");
}

static FILE *tool(size_t state, const char *what)
{
	char command[512];
	FILE *output;

	snprintf(command, sizeof(command), "%s/%s %s", tools, states[state].name, what);
	output = popen(command, "re");
	if (!output)
		die("%s", command);
	return output;
}

static void refuse_all(size_t state, const char *why)
{
	for (size_t i = 0; i < nr_events; i++)
		snprintf(rows[i].refused[state], sizeof(rows[i].refused[state]), "%s", why);
}

static bool empty(const char *path)
{
	FILE *file = fopen(path, "re");
	bool none;

	if (!file)
		die("%s", path);
	none = fgetc(file) == EOF;
	fclose(file);
	return none;
}

/* Programs of BPF are let go of after a while. */
static void check_clean(size_t state)
{
	for (int tries = 100; tries; tries--) {
		if (empty("/sys/kernel/debug/kprobes/list") &&
		    empty("/sys/kernel/tracing/enabled_functions"))
			return;
		usleep(100 * 1000);
	}
	errno = 0;
	die("%s: functions of the kernel are still hooked", states[state].name);
}

void states_init(const char *directory)
{
	tools = directory;
	remove_module();
	check_clean(PCSTATS);
}

bool state_enter(size_t state)
{
	if (state == PCSTATS || state == JOB)
		insert();
	if (state == JOB)
		job();
	if (state < FIRST_TOOL || !pclose(tool(state, "start")))
		return true;
	/* It has said why on stderr; what it has begun must end. */
	refuse_all(state, "the tool did not start");
	pclose(tool(state, "stop"));
	check_clean(state);
	return false;
}

/* Adds to @got, of each event, what the line says. */
static void count_line(const char *line, size_t state, unsigned long *got)
{
	char kind[16], pid[16];
	unsigned long n;

	if (sscanf(line, "%15s %15s %lu", kind, pid, &n) != 3)
		return;
	for (size_t i = 0; i < nr_events; i++) {
		const char *name = kind_names[events[i].kind];

		if (name && !strcmp(kind, name) && (*pid == '-' || atoi(pid) == rows[i].pid[state]))
			got[i] += n;
	}
}

/*
 * A tool that tells no tasks has counted what was done in all rows.  Delay accounting leaves out
 * delays of no time, by a clock that may stand still until the next tick.
 */
static unsigned long done(size_t event, size_t state)
{
	unsigned long sum = 0;

	if (states[state].tells == DELAYS)
		return 1;
	if (states[state].tells != SUMS)
		return rows[event].done[state];
	for (size_t i = 0; i < nr_events; i++)
		if (events[i].kind == events[event].kind)
			sum += rows[i].done[state];
	return sum;
}

static void check_tool(size_t state)
{
	unsigned long got[MAX_EVENTS] = { 0 };
	FILE *output = tool(state, "stop");
	char line[256];

	while (fgets(line, sizeof(line), output))
		count_line(line, state, got);
	if (pclose(output)) {
		refuse_all(state, "the tool did not end well");
		return;
	}
	for (size_t i = 0; i < nr_events; i++)
		if (states[state].kinds & A(events[i].kind) && got[i] < done(i, state))
			snprintf(rows[i].refused[state], sizeof(rows[i].refused[state]),
				 "counted %lu, not %lu", got[i], done(i, state));
}

void state_leave(size_t state)
{
	if (state == JOB)
		job();
	if (state == PCSTATS || state == JOB)
		remove_module();
	if (state >= FIRST_TOOL)
		check_tool(state);
	check_clean(state);
}
