// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task forks N children, each of which forks M of its own: N forks for the
 * parent, M for each child.  Each fork shares every anonymous page that the
 * forking task has at that time, and copies none.
 */
#include "workload.h"

static unsigned long children = 4, grandchildren = 2, pages = 256;

static const struct setting settings[] = {
	{ "children", &children, 1, 1024, "children of the parent" },
	{ "grandchildren", &grandchildren, 0, 1024, "children of each child" },
	{ "pages", &pages, 1, 1 << 16, "pages that the parent has besides its own" },
	{ NULL }
};

static pid_t checked_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	return pid;
}

static _Noreturn void child(struct gate *gate)
{
	unsigned long i;
	pid_t pid;

	for (i = 0; i < grandchildren; i++) {
		pid = checked_fork();
		if (!pid)
			_exit(0);
		reap(pid);
	}
	gate_pass(gate, true);
	_exit(0);
}

static void predict_forks(int role, unsigned long forks,
			  unsigned long long anon)
{
	predict(role, PCSTATS_forks, forks);
	predict(role, PCSTATS_fork_pages, forks * anon);
	if (forks)
		predict_fork_ns(role);
	predict_rest_zero(role, TASK_TABLE);
}

static void subject(void)
{
	static pid_t pids[1024];
	unsigned long long anon;
	int parent, each;
	struct gate gate;
	unsigned long i;

	write_pages(region(pages), pages, 'p');
	gate_init(&gate);
	anon = anon_pages(getpid());
	parent = role("parent", ROLE_LIVE);
	role_task(parent, getpid());
	predict_forks(parent, children, anon);
	each = role("each child", ROLE_NEW);
	predict_forks(each, grandchildren, anon);

	window_open();
	for (i = 0; i < children; i++) {
		pids[i] = checked_fork();
		if (!pids[i])
			child(&gate);
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
		.name = "fork",
		.about = "children are forked, and fork children of their own",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
