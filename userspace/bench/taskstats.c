// SPDX-License-Identifier: GPL-2.0-only
/*
 * taskstats: collects the kernel's records of tasks that exit, with delays accounted, until
 * SIGINT, and prints "wp PID COUNT": how often each waited for a copy (wpcopy_count).
 */
#include <signal.h>
#include <stdio.h>

#include "../verify/verify.h"

struct task tasks[MAX_PID + 1];

struct task *task_of(unsigned long pid)
{
	return &tasks[pid <= MAX_PID ? pid : 0];
}

int main(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	exits_begin();
	puts("ready");
	fflush(stdout);
	sigwait(&set, &sig);
	exits_collect();
	for (int pid = 1; pid <= MAX_PID; pid++)
		if (tasks[pid].wpcopy)
			printf("wp %d %llu\n", pid, tasks[pid].wpcopy);
	return 0;
}
