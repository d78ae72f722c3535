// SPDX-License-Identifier: GPL-2.0-only
/* Events of vfork, posix_spawn, exec and threads. */
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

/* A copy of this program in the guest's memory, which no reading from elsewhere delays. */
#define SELF	"/dev/shm/bench"

void creation_init(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(SELF, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	ssize_t n;

	if (from < 0 || to < 0)
		die(SELF);
	do {
		n = sendfile(to, from, NULL, 1 << 20);
	} while (n > 0);
	if (n || close(to))
		die(SELF);
	close(from);
}

/*
 * --exec LEFT [BEGIN FD]: execute ourselves LEFT times; the last says in FD how many ticks
 * ago BEGIN was.
 */
int exec_main(char **argv)
{
	unsigned long left = strtoul(argv[1], NULL, 10);
	char begin[24], less[24];
	struct measured m;

	if (!left && argv[2]) {
		m.ticks = __rdtsc() - strtoull(argv[2], NULL, 10);
		m.pid = getpid();
		return pwrite(atoi(argv[3]), &m, sizeof(m), 0) != sizeof(m);
	}
	if (!left)
		return 0;
	snprintf(less, sizeof(less), "%lu", left - 1);
	/* All but the first know. */
	if (strcmp(argv[2], "0"))
		snprintf(begin, sizeof(begin), "%s", argv[2]);
	else
		snprintf(begin, sizeof(begin), "%llu", __rdtsc());
	execl(SELF, "bench", EXEC_ARG, less, begin, argv[3], NULL);
	return 1;
}

static void reap(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status)
		die("a child that was to execute %s", SELF);
}

void vfork_exec(void)
{
	pid_t child = vfork();

	if (!child) {
		execl(SELF, "bench", EXEC_ARG, "0", NULL);
		_exit(1);
	}
	reap(child);
}

void spawn(void)
{
	char *argv[] = { "bench", EXEC_ARG, "0", NULL };
	pid_t child;

	if (posix_spawn(&child, SELF, NULL, NULL, argv, environ))
		die("posix_spawn");
	reap(child);
}

/* EXECS in a row, by one process; its start and its end are not in it. */
void execs(void)
{
	char left[24], to[24];
	int fd = memfd_create("bench", 0);
	pid_t child;

	snprintf(left, sizeof(left), "%d", EXECS);
	snprintf(to, sizeof(to), "%d", fd);
	child = vfork();
	if (!child) {
		execl(SELF, "bench", EXEC_ARG, left, "0", to, NULL);
		_exit(1);
	}
	reap(child);
	if (pread(fd, measured, sizeof(*measured), 0) != sizeof(*measured))
		die("exec");
	close(fd);
}

static void *nothing(void *arg)
{
	return arg;
}

/* One after the other. */
void threads(void)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			die("pthread_create");
}
