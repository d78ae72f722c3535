// SPDX-License-Identifier: GPL-2.0-only
#include "makers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "job.h"
#include "making.h"
#include "memory.h"
#include "puppet.h"
#include "snapshot.h"

struct shared {
	atomic_bool stop;
	struct made made[MAKING_KINDS];
};

static struct shared *shared;
static struct puppet makers[MAKING_KINDS];
static int started;		/* kinds, as bits */
static int job;

int rounds(int few)
{
	const char *many = getenv("PCSTATS_ROUNDS");

	return many ? atoi(many) : few;
}

static long do_make(long kind)
{
	frame_pin(kind);
	while (!shared->stop)
		make(kind, &shared->made[kind]);
	return 0;
}

/* ---- the storm ---- */


void makers_start(int kinds)
{
	int i;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail_errno("mmap");
	started = kinds;
	job = kinds & MAKE_WITHOUT_JOB ? -1 : job_open();
	for (i = 0; i < MAKING_KINDS; i++) {
		if (!(started & 1 << i))
			continue;
		puppet_start(&makers[i]);
		if (job >= 0 && job_add(job, makers[i].pid))
			fail("PCSTATS_JOB_ADD");
	}
	for (i = 0; i < MAKING_KINDS; i++)
		if (started & 1 << i)
			puppet_post(&makers[i], do_make, i);
}

pid_t makers_pid(int i)
{
	return makers[i % MAKING_KINDS].pid;
}

void makers_wait(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	unsigned long before[MAKING_KINDS];
	int i;

	for (i = 0; i < MAKING_KINDS; i++)
		before[i] = shared->made[i].rounds;
	for (i = 0; i < MAKING_KINDS; i++)
		while (started & 1 << i && shared->made[i].rounds == before[i])
			nanosleep(&moment, NULL);
}

void makers_stop(void)
{
	int i;

	shared->stop = true;
	for (i = 0; i < MAKING_KINDS; i++) {
		if (!(started & 1 << i))
			continue;
		if (puppet_result(&makers[i]))
			fail("a maker gave up");
		puppet_end(&makers[i]);
	}
	if (job >= 0 && job_wait(job))
		fail("PCSTATS_JOB_WAIT");
	/* Not what is nobody's to wait for. */
	wait_for_rest();
}

/* ---- the books ---- */

static unsigned long sum(size_t offset)
{
	unsigned long n = 0;
	int i;

	for (i = 0; i < MAKING_KINDS; i++)
		n += *(atomic_ulong *)((char *)&shared->made[i] + offset);
	return n;
}

#define SUM(member) sum(offsetof(struct made, member))

unsigned long makers_refused(void)
{
	return SUM(refused);
}

unsigned long makers_made(void)
{
	return __builtin_popcount(started & MAKE_ALL) + SUM(forks) + SUM(vforks) +
	       SUM(threads) + SUM(clones);
}

const char *makers_miscounted(void)
{
	const struct pcstats_job counted = job_read(job);
	const struct {
		const char *name;
		unsigned long long made, counted;
	} books[] = {
		{ "forks", SUM(forks), counted.tally[PCSTATS_forks] },
		{ "vforks", SUM(vforks), counted.tally[PCSTATS_vforks] },
		{ "threads", SUM(threads), counted.tally[PCSTATS_threads] },
		{ "clones", SUM(clones), counted.tally[PCSTATS_clones] },
		{ "execs", SUM(execs), counted.tally[PCSTATS_execs] },
		{ "members", makers_made(), counted.members },
		{ "processes", makers_made() - SUM(threads),
		  counted.processes },
		{ "alive", 0, counted.tasks },
		{ "lost", 0, counted.lost },
	};
	static char text[128];
	size_t i;

	close(job);
	for (i = 0; i < sizeof(books) / sizeof(*books); i++) {
		if (books[i].made == books[i].counted)
			continue;
		snprintf(text, sizeof(text), "%s: %llu made, %llu counted",
			 books[i].name, books[i].made, books[i].counted);
		return text;
	}
	return "";
}

/* ---- the whole system ---- */

/* Tasks that there are, zombies too, and those that have been made. */
struct kernel_says {
	unsigned long long tasks, births;
};

static struct kernel_says ask_kernel(void)
{
	struct kernel_says now;
	char text[128];

	/* three averages, "running/tasks", the last pid */
	file_read("/proc/loadavg", text, sizeof(text));
	if (sscanf(text, "%*s %*s %*s %*u/%llu", &now.tasks) != 1)
		fail("/proc/loadavg: %s", text);
	now.births = processes();
	return now;
}

/* In which the kernel did not make a worker of its own, or end one. */
static struct pcstats_snapshot quiet_snapshot(struct kernel_says *now)
{
	struct kernel_says before;
	struct pcstats_snapshot snap;

	for (;;) {
		before = ask_kernel();
		wait_for_rest();
		snap = snapshot();
		*now = ask_kernel();
		if (!memcmp(&before, now, sizeof(before)))
			return snap;
		pcstats_free(&snap);
	}
}

const char *tasks_differ(void)
{
	unsigned long long live = 0, dead = 0, users = 0, in_mms = 0;
	struct pcstats_snapshot snap;
	struct kernel_says kernel;
	static char text[128];
	size_t i;

	snap = quiet_snapshot(&kernel);
	for (i = 0; i < snap.nr_tasks; i++) {
		if (snap.tasks[i].state.exited) {
			dead++;
			continue;
		}
		live++;
		users += snap.tasks[i].mm != 0;
	}
	for (i = 0; i < snap.nr_mms; i++)
		in_mms += snap.mms[i].tasks;
	text[0] = '\0';
	if (live != kernel.tasks || live != snap.total.tasks ||
	    dead != snap.total.exited || users != in_mms)
		snprintf(text, sizeof(text),
			 "%llu tasks: %llu rows, total %llu; %llu exited: total %llu; %llu have memory: in mms %llu",
			 kernel.tasks, live, snap.total.tasks, dead,
			 snap.total.exited, users, in_mms);
	pcstats_free(&snap);
	return text;
}

/* By whatever call. */
static unsigned long long births_of(const unsigned long long *tally)
{
	return tally[PCSTATS_forks] + tally[PCSTATS_vforks] +
	       tally[PCSTATS_threads] + tally[PCSTATS_clones];
}

long long births_unseen(void)
{
	struct pcstats_snapshot snap;
	struct kernel_says kernel;
	long long unseen;

	snap = quiet_snapshot(&kernel);
	unseen = kernel.births - births_of(snap.total.tally);
	pcstats_free(&snap);
	return unseen;
}

void set_history(unsigned int size)
{
	char text[16];
	int err;

	snprintf(text, sizeof(text), "%u", size);
	err = file_write("/sys/module/pcstats/parameters/history", text);
	if (err)
		fail("history=%u: error %d", size, err);
}

void books_open(void)
{
	int err;

	set_history(0);
	set_history(HISTORY_MAX);
	/* What the rows did that have just gone is in no row, but in the totals. */
	err = file_write(PCSTATS_PATH, "reset");
	if (err)
		fail("reset: error %d", err);
}

const char *totals_differ(void)
{
	struct pcstats_snapshot snap;
	struct kernel_says kernel;
	static char text[128];
	unsigned long long sum;
	size_t k;

	text[0] = '\0';
	snap = quiet_snapshot(&kernel);
	if (snap.total.exited == HISTORY_MAX)
		fail("more tasks than the history has room for");
	for (k = 0; k < PCSTATS_NR_TALLIES && !*text; k++) {
		sum = sum_of_rows(&snap, k);
		if (sum != snap.total.tally[k])
			snprintf(text, sizeof(text), "%s: total %llu, rows %llu",
				 pcstats_tally_names[k], snap.total.tally[k],
				 sum);
	}
	pcstats_free(&snap);
	return text;
}
