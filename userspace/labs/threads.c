// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_THREADS	64

pthread_t thread_start(void *(*run)(void *arg), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		die("pthread_create");
	return thread;
}

void thread_join(pthread_t thread)
{
	errno = pthread_join(thread, NULL);
	if (errno)
		die("pthread_join");
}

void threads_run(void *(*run)(void *number), int nr)
{
	pthread_t threads[MAX_THREADS];
	int i;

	errno = 0;
	if (nr > MAX_THREADS)
		die("more than %d threads", MAX_THREADS);
	for (i = 0; i < nr; i++)
		threads[i] = thread_start(run, (void *)(intptr_t)i);
	for (i = 0; i < nr; i++)
		thread_join(threads[i]);
}

void *shared_memory(size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap of shared memory");
	return at;
}

void barrier_init(pthread_barrier_t *barrier, int nr)
{
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	errno = pthread_barrier_init(barrier, &attr, nr);
	if (errno)
		die("pthread_barrier_init");
	pthread_barrierattr_destroy(&attr);
}

void sleep_ms(unsigned int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&time, &time))
		if (errno != EINTR)
			die("nanosleep");
}

struct timespec in_ms(unsigned int ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000L;
	if (time.tv_nsec >= 1000000000L) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000L;
	}
	return time;
}

bool in_futex(pid_t pid, pid_t tid, unsigned long *address)
{
	char path[64];
	FILE *file;
	long call;
	int got;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	file = fopen(path, "re");
	if (!file && errno == ENOENT)
		return false;
	if (!file)
		die("open %s", path);
	/* "running" is neither. */
	got = fscanf(file, "%ld %lx", &call, address);
	fclose(file);
	return got == 2 && call == SYS_futex;
}

void until_in_futex(pid_t pid, pid_t tid, const void *at)
{
	double end = now_ns() + 10e9;
	unsigned long address;

	while (!in_futex(pid, tid, &address) ||
	       (at && address != (unsigned long)at)) {
		errno = 0;
		if (now_ns() > end)
			die("thread %d does not wait for a lock", tid);
		sleep_ms(1);
	}
}
