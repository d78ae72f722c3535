// SPDX-License-Identifier: GPL-2.0-only
/* Some threads, or some processes, that do the same at the same time. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "crew.h"
#include "lab.h"
#include "threads.h"

/* One crew at a time. */
static struct gate gate;
static void (*prepare)(void);
static void (*work)(unsigned long number);

static struct member {
	pthread_t thread;
	pid_t pid;
} members[MAX_CREW];

static void act(const struct member *member, bool process)
{
	if (prepare)
		prepare();
	gate_pass(&gate, process);
	work(member - members);
}

static void *thread(void *member)
{
	act(member, false);
	return NULL;
}

/* Without settling, as fork_child() does: nobody counts what a crew copies. */
static void make_process(struct member *member)
{
	member->pid = fork();
	if (member->pid < 0)
		die("fork");
	if (member->pid)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl(PR_SET_PDEATHSIG)");
	act(member, true);
	_exit(0);
}

double run_crew(enum crew crew, unsigned long nr, void (*to_prepare)(void),
		void (*to_work)(unsigned long number))
{
	struct member *member, *end = members + nr;
	double begin;

	prepare = to_prepare;
	work = to_work;
	gate_init(&gate);
	for (member = members; member < end; member++) {
		if (crew == THREADS)
			member->thread = thread_start(thread, member);
		else
			make_process(member);
	}
	gate_gather(&gate, nr);
	begin = now_ns();
	gate_release(&gate);
	for (member = members; member < end; member++) {
		if (crew == THREADS)
			thread_join(member->thread);
		else
			reap(member->pid);
	}
	close(gate.arrived[0]);
	close(gate.arrived[1]);
	close(gate.held[0]);
	return begin;
}
