// SPDX-License-Identifier: GPL-2.0-only
/*
 * A family of known shape:
 *
 *	self fork-> middle (exits) fork-> orphan vfork-> spawned (exits with 7)
 *					  orphan thread-> thread fork-> late
 *
 * Prints the pids of self, middle, orphan, spawned, thread and late when all of
 * that has happened, and waits for the end of stdin; orphan and late, too, end
 * then.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	pid_t middle, orphan, spawned, thread, late;
	pthread_barrier_t done;
} *family;

static void wait_for_end(void)
{
	char end;

	while (read(0, &end, 1) > 0)
		;
}

static void *thread(void *unused)
{
	pid_t late;

	family->thread = gettid();
	late = fork();
	if (late) {
		family->late = late;
		pthread_barrier_wait(&family->done);
	}
	wait_for_end();
	_exit(0);
	return unused;
}

static void orphan(void)
{
	pthread_t id;
	pid_t pid;

	family->orphan = getpid();
	pid = vfork();
	if (!pid)
		_exit(7);
	family->spawned = pid;
	waitpid(pid, NULL, 0);
	if (pthread_create(&id, NULL, thread, NULL))
		_exit(1);
	pthread_join(id, NULL);
	_exit(0);
}

int main(void)
{
	pthread_barrierattr_t attr;
	pid_t middle;

	family = mmap(NULL, sizeof(*family), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (family == MAP_FAILED)
		return 1;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&family->done, &attr, 2);
	middle = fork();
	if (!middle) {
		if (!fork())
			orphan();
		_exit(0);
	}
	family->middle = middle;
	waitpid(middle, NULL, 0);
	pthread_barrier_wait(&family->done);
	printf("%d %d %d %d %d %d\n", getpid(), family->middle, family->orphan,
	       family->spawned, family->thread, family->late);
	fflush(stdout);
	wait_for_end();
	return 0;
}
