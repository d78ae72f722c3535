// SPDX-License-Identifier: GPL-2.0-only
/*
 * run_load threads|clones N	make N tasks of this kind, one after the other
 * run_load writes N		fork a child, which writes N of PAGES shared pages and
 *				stays until its parent has gone on: what that one
 *				writes to its stack is a copy then, each time
 */
#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES		512
#define STACK_SIZE	(64 * 1024)

static void *thread(void *unused)
{
	return unused;
}

static int child(void *unused)
{
	(void)unused;
	return 0;
}

static void make_threads(long nr)
{
	pthread_t id;

	while (nr--)
		if (pthread_create(&id, NULL, thread, NULL) ||
		    pthread_join(id, NULL))
			errx(1, "no thread");
}

static void make_clones(long nr)
{
	char *stack = malloc(STACK_SIZE);

	while (nr--)
		if (!stack || clone(child, stack + STACK_SIZE,
				    CLONE_VM | SIGCHLD, NULL) < 0 || wait(NULL) < 0)
			err(1, "clone");
}

static void make_writes(long nr)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char *at = memory;
	int gate[2];
	char byte;

	if (memory == MAP_FAILED || madvise(memory, PAGES * page, MADV_NOHUGEPAGE))
		err(1, "mmap");
	memset(memory, 1, PAGES * page);
	if (pipe(gate))
		err(1, "pipe");
	if (!fork()) {
		for (; nr--; at += page)
			*at = 2;
		_exit(read(gate[0], &byte, 1) != 1);
	}
	if (write(gate[1], "", 1) != 1)
		err(1, "pipe");
	wait(NULL);
}

int main(int argc, char **argv)
{
	long nr = argc == 3 ? atol(argv[2]) : -1;

	if (nr < 0 || nr > PAGES)
		errx(2, "usage: run_load threads|clones|writes N");
	if (!strcmp(argv[1], "threads"))
		make_threads(nr);
	else if (!strcmp(argv[1], "clones"))
		make_clones(nr);
	else
		make_writes(nr);
	return 0;
}
