// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task starts N programs with posix_spawn: it is a vfork for the parent, and
 * an exec for each child.
 */
#include <errno.h>
#include <spawn.h>

#include "workload.h"

/* Rows of exited tasks are kept for the last ones only. */
#define MEASURED	8

static unsigned long children = 8;

static const struct setting settings[] = {
	{ "children", &children, 1, 1 << 16, "programs that are started" },
	{ NULL }
};

static void continued(unsigned long left)
{
	(void)left;
}

static void subject(void)
{
	char **args = workload_exec_args(0);
	int parent, each;
	unsigned long i;
	pid_t pid;

	parent = role("parent", ROLE_LIVE);
	role_task(parent, getpid());
	predict(parent, PCSTATS_vforks, children);
	predict(parent, PCSTATS_fork_pages, 0);
	predict(parent, PCSTATS_copied, 0);
	predict_fork_ns(parent);
	predict_rest_zero(parent, BOTH_TABLES);
	each = role("each child", ROLE_EXITED);
	predict(each, PCSTATS_execs, 1);
	predict_rest_zero(each, TASK_TABLE);

	window_open();
	for (i = 0; i < children; i++) {
		errno = posix_spawn(&pid, workload_path(), NULL, NULL, args,
				    environ);
		if (errno)
			die("posix_spawn");
		reap(pid);
		if (i + MEASURED >= children)
			role_task(each, pid);
	}
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "spawn",
		.about = "programs are started by posix_spawn: a vfork here, an exec in each child",
		.settings = settings,
		.subject = subject,
		.continued = continued,
	};

	return workload_main(argc, argv, &workload);
}
