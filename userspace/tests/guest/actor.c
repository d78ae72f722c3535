// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing for each letter on stdin, then prints a line: the pid of the
 * child that stays, or 0.
 *
 *   f  a child by fork(2) that exits
 *   v  a child by vfork(2) that exits
 *   t  a thread that exits
 *   F  a thread that makes a child by fork(2), which exits, and exits
 *   w  a child by fork(2) that writes to PAGES pages of an anonymous mapping,
 *      which the parent has filled, and exits
 *   s  a child by fork(2) that stays until the end
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES		100
#define PAGE_SIZE	4096

static void fill(volatile char *region)
{
	int i;

	for (i = 0; i < PAGES; i++)
		region[i * PAGE_SIZE]++;
}

static void *nothing(void *arg)
{
	return arg;
}

static void *forks(void *arg)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		exit(1);
	return arg;
}

static void in_thread(void *(*does)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, does, NULL) ||
	    pthread_join(thread, NULL))
		exit(1);
}

static void child_writes(char *region)
{
	pid_t pid = fork();

	if (!pid) {
		fill(region);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		exit(1);
}

static void vfork_child(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		exit(1);
}

static pid_t staying_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static pid_t act(char letter, char *region)
{
	switch (letter) {
	case 'f':
		forks(NULL);
		return 0;
	case 'v':
		vfork_child();
		return 0;
	case 't':
		in_thread(nothing);
		return 0;
	case 'F':
		in_thread(forks);
		return 0;
	case 'w':
		child_writes(region);
		return 0;
	case 's':
		return staying_child();
	}
	exit(2);
}

int main(void)
{
	char *region = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char letter;

	if (region == MAP_FAILED || madvise(region, PAGES * PAGE_SIZE, MADV_NOHUGEPAGE))
		return 1;
	fill(region);
	while (read(STDIN_FILENO, &letter, 1) == 1)
		dprintf(STDOUT_FILENO, "%d\n", act(letter, region));
	return 0;
}
