// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task calls execve N times, each image the next: the counts stay with the
 * task, though nothing of its memory does.
 */
#include "workload.h"

static unsigned long times = 8;

static const struct setting settings[] = {
	{ "times", &times, 1, 1 << 16, "calls of execve" },
	{ NULL }
};

static _Noreturn void exec(unsigned long left)
{
	execv(workload_path(), workload_exec_args(left));
	die("execve %s", workload_path());
}

static void continued(unsigned long left)
{
	if (left)
		exec(left - 1);
	window_close();
}

static void subject(void)
{
	int task = role("task", ROLE_LIVE);

	role_task(task, getpid());
	predict(task, PCSTATS_execs, times);
	predict_rest_zero(task, TASK_TABLE);

	window_open();
	exec(times - 1);
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "exec",
		.about = "a task calls execve again and again, and keeps its counts",
		.settings = settings,
		.subject = subject,
		.continued = continued,
	};

	return workload_main(argc, argv, &workload);
}
