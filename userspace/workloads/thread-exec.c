// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread that is not the leader calls execve: it survives under the leader's
 * pid with its own counts, and the leader leaves, with its, as an exited task.
 * Leader and thread each make some children before, so that they can be told
 * apart.
 */
#include <errno.h>
#include <pthread.h>

#include "workload.h"

static unsigned long by_leader = 2, by_thread = 3;

static const struct setting settings[] = {
	{ "leader", &by_leader, 1, 1 << 16, "children that the leader makes by vfork" },
	{ "thread", &by_thread, 1, 1 << 16, "the same by the thread" },
	{ NULL }
};

static void continued(unsigned long left)
{
	(void)left;
	window_close();
}

static void make_children(unsigned long n)
{
	while (n--)
		reap(vfork_exit());
}

static void *thread(void *unused)
{
	make_children(by_thread);
	execv(workload_path(), workload_exec_args(0));
	die("execve %s", workload_path());
	return unused;
}

static void subject(void)
{
	pthread_t id;
	int survivor, leader;

	survivor = role("thread", ROLE_NEW);
	role_task(survivor, getpid());
	predict(survivor, PCSTATS_vforks, by_thread);
	predict(survivor, PCSTATS_execs, 1);
	predict_fork_ns(survivor);
	predict_rest_zero(survivor, TASK_TABLE);
	leader = role("old leader", ROLE_EXITED);
	role_task(leader, getpid());
	predict(leader, PCSTATS_vforks, by_leader);
	predict(leader, PCSTATS_threads, 1);
	predict(leader, PCSTATS_execs, 0);
	predict_fork_ns(leader);
	predict_rest_zero(leader, TASK_TABLE);

	window_open();
	make_children(by_leader);
	errno = pthread_create(&id, NULL, thread, NULL);
	if (!errno)
		errno = pthread_join(id, NULL);
	die("the leader is still there");
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "thread-exec",
		.about = "a thread calls execve: it takes the leader's pid, keeps its own counts",
		.settings = settings,
		.subject = subject,
		.continued = continued,
	};

	return workload_main(argc, argv, &workload);
}
