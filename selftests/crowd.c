// SPDX-License-Identifier: GPL-2.0-only
#include "crowd.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "memory.h"
#include "procstat.h"

#define COPY_PAGES 16

void crowd_idle(pid_t *pids, size_t n)
{
	int ready[2];
	char byte;
	size_t i;

	if (pipe(ready))
		fail_errno("pipe");
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			fail_errno("fork");
		if (!pids[i]) {
			if (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
			    write(ready[1], "", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		if (read(ready[0], &byte, 1) != 1)
			fail("an idle task has died");
	}
	close(ready[0]);
	close(ready[1]);
	/* Ready a moment before it sleeps. */
	for (i = 0; i < n; i++)
		procstat_wait(pids[i], 'S');
}

void crowd_end(const pid_t *pids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (kill(pids[i], SIGKILL) ||
		    waitpid(pids[i], NULL, 0) != pids[i])
			fail_errno("kill");
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		fail_errno("clone");
	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
}

static int leave(void *arg)
{
	(void)arg;
	_exit(0);
}

static void *thread(void *arg)
{
	return arg;
}

void crowd_create(void)
{
	static char stack[16384] __aligned(16);
	pthread_t id;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(0);
	reap(pid);

	pid = vfork();
	if (!pid)
		_exit(0);
	reap(pid);

	errno = pthread_create(&id, NULL, thread, NULL);
	if (errno || pthread_join(id, NULL))
		fail_errno("pthread_create");

	reap(clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL));
}

void crowd_copy(void)
{
	static char *pages;
	pid_t pid;

	if (!pages) {
		pages = region_map(COPY_PAGES, MAP_PRIVATE, -1);
		region_write(pages, COPY_PAGES);
	}
	pid = fork();
	if (!pid) {
		region_write(pages, COPY_PAGES);
		_exit(0);
	}
	region_write(pages, COPY_PAGES);
	reap(pid);
}
