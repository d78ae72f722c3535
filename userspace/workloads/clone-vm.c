// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task makes N children that share its memory and nothing else: processes of
 * their own with one address space (clone with CLONE_VM alone).
 */
#include <sched.h>
#include <signal.h>

#include "workload.h"

#define STACK_PAGES	4

static unsigned long children = 8;

static const struct setting settings[] = {
	{ "children", &children, 1, 1024, "children that are made" },
	{ NULL }
};

static struct gate gate;

static int child(void *unused)
{
	(void)unused;
	gate_pass(&gate, true);
	return 0;
}

static void predict_sharing(int role)
{
	predict_rest_zero(role, BOTH_TABLES);
	predict(role, MM_TASKS, children + 1);
	predict(role, MM_PROCS, children + 1);
}

static void subject(void)
{
	static pid_t pids[1024];
	size_t size = STACK_PAGES * page_size();
	char *stacks = region(children * STACK_PAGES);
	int parent, each;
	unsigned long i;

	gate_init(&gate);
	parent = role("parent", ROLE_LIVE);
	role_task(parent, getpid());
	predict(parent, PCSTATS_clones, children);
	predict(parent, PCSTATS_fork_pages, 0);
	predict(parent, PCSTATS_copied, 0);
	predict_fork_ns(parent);
	predict_sharing(parent);
	each = role("each child", ROLE_NEW);
	predict(each, PCSTATS_copied, 0);
	predict_sharing(each);

	window_open();
	for (i = 0; i < children; i++) {
		pids[i] = clone(child, stacks + (i + 1) * size,
				CLONE_VM | SIGCHLD, NULL);
		if (pids[i] < 0)
			die("clone");
		role_task(each, pids[i]);
	}
	gate_gather(&gate, children);
	window_close();
	gate_release(&gate);
	for (i = 0; i < children; i++)
		reap(pids[i]);
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "clone-vm",
		.about = "children are made that share the memory but are processes of their own",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
