// SPDX-License-Identifier: GPL-2.0-only
/*
 * sharer WHAT[,WHAT...] ...
 *
 * A process that shares.  For each argument it makes a task: a child by clone(2)
 * that shares WHAT of vm, files, fs, sighand, io and sysvsem with it, or, with
 * WHAT "thread", a thread, which then has the rest of WHAT of its own.  Prints
 * its own pid and theirs and waits for the end of stdin.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define STACK	(64 * 1024)

static const struct {
	const char *name;
	int flag;
} flags[] = {
	{ "vm", CLONE_VM },
	{ "files", CLONE_FILES },
	{ "fs", CLONE_FS },
	{ "sighand", CLONE_SIGHAND },
	{ "io", CLONE_IO },
	{ "sysvsem", CLONE_SYSVSEM },
	{ "thread", CLONE_THREAD },
};

static int parse(char *list)
{
	char *name;
	int all = 0;
	size_t i;

	while ((name = strsep(&list, ","))) {
		for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (!strcmp(name, flags[i].name))
				break;
		if (i == sizeof(flags) / sizeof(flags[0]))
			exit(2);
		all |= flags[i].flag;
	}
	return all;
}

static int child(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pause();
	return 0;
}

struct thread {
	int own;
	pid_t pid;
	pthread_barrier_t ready;
};

static void *thread(void *arg)
{
	struct thread *self = arg;

	self->pid = unshare(self->own) ? -1 : gettid();
	pthread_barrier_wait(&self->ready);
	child(NULL);
	return NULL;
}

static pid_t make_thread(int own)
{
	struct thread *self = calloc(1, sizeof(*self));
	pthread_t id;

	self->own = own;
	pthread_barrier_init(&self->ready, NULL, 2);
	if (pthread_create(&id, NULL, thread, self))
		return -1;
	pthread_barrier_wait(&self->ready);
	return self->pid;
}

static pid_t make(int what)
{
	if (what & CLONE_THREAD)
		return make_thread(what & ~CLONE_THREAD);
	return clone(child, (char *)malloc(STACK) + STACK, what | SIGCHLD, NULL);
}

int main(int argc, char **argv)
{
	char end;
	int i;

	printf("%d", getpid());
	for (i = 1; i < argc; i++) {
		pid_t pid = make(parse(argv[i]));

		if (pid < 0)
			return 1;
		printf(" %d", pid);
	}
	printf("\n");
	fflush(stdout);
	while (read(0, &end, 1) > 0)
		;
	kill(0, SIGKILL);
}
