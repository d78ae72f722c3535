// SPDX-License-Identifier: GPL-2.0-only
#include "making.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "snapshot.h"

#define CHILDREN 3	/* in a namespace */

static struct made *mine;

/* Tells a creation by the caller; false: there was none. */
static bool count(bool created, atomic_ulong *calls)
{
	if (!created && errno != EAGAIN)
		fail_errno("clone");
	++*(created ? calls : &mine->refused);
	return created;
}

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
}

static int leave(void *arg)
{
	(void)arg;
	_exit(0);
}

static void *nothing(void *arg)
{
	return arg;
}

static void make_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (count(pid > 0, &mine->forks))
		reap(pid);
}

static void make_vfork(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (count(pid > 0, &mine->vforks))
		reap(pid);
}

static void make_thread(void)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, nothing, NULL);
	if (!count(!errno, &mine->threads))
		return;
	errno = pthread_join(id, NULL);
	if (errno)
		fail_errno("pthread_join");
}

static void make_clone(void)
{
	static char stack[16384] __aligned(16);
	pid_t pid = clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD,
			  NULL);

	if (count(pid > 0, &mine->clones))
		reap(pid);
}

static void make_calls(void)
{
	make_fork();
	make_vfork();
	make_thread();
	make_clone();
}

/* It takes the pid of the leader, who ends by that. */
static void *do_exec(void *arg)
{
	static char *const argv[] = { "true", NULL };

	mine->threads++;
	mine->execs++;
	execv("/bin/true", argv);
	fail_errno("/bin/true");
	return arg;
}

static void make_exec(void)
{
	pid_t pid = fork();
	pthread_t id;
	int err;

	if (!pid) {
		err = pthread_create(&id, NULL, do_exec, NULL);
		/* If there is a thread it will tell. */
		while (!err)
			pause();
		errno = err;
		count(false, &mine->threads);
		_exit(0);
	}
	if (count(pid > 0, &mine->forks))
		reap(pid);
}

/* Killed with the namespace, and not before all it made is told. */
static void be_in_namespace(void)
{
	make_fork();
	mine->settled++;
	for (;;)
		pause();
}

/* The first one in it: whom it leaves behind is killed. */
static void begin_namespace(void)
{
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	int i, err, n = 0;
	pid_t pid;

	mine->settled = 0;
	for (i = 0; i < CHILDREN; i++) {
		pid = fork();
		if (!pid)
			be_in_namespace();
		n += count(pid > 0, &mine->forks);
	}
	make_calls();
	err = pcstats_read(&snap, NULL, &error);
	/* There may be no module just now. */
	if (err && err != -ENOENT && err != -EIO)
		fail("error %d, line %lu: %s", err, error.line, error.reason);
	pcstats_free(&snap);
	while (mine->settled < n)
		sched_yield();
	_exit(0);
}

static void make_namespace(void)
{
	const int flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
			  CLONE_NEWIPC | SIGCHLD;
	pid_t pid = syscall(SYS_clone, flags, 0, 0, 0, 0);

	if (!pid)
		begin_namespace();
	if (count(pid > 0, &mine->forks))
		reap(pid);
}

static void be_traced(void)
{
	raise(SIGSTOP);
	make_calls();
	make_exec();
	_exit(0);
}

/* Who is traced stops at each event, and so does what it makes. */
static void make_traced(void)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
	pid_t child = fork(), pid;
	int status, sig;

	if (!child)
		be_traced();
	if (!count(child > 0, &mine->forks))
		return;
	if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
		fail_errno("waitpid");
	if (ptrace(PTRACE_SEIZE, child, 0, options) || kill(child, SIGCONT))
		fail_errno("PTRACE_SEIZE");
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == child && status)
				fail("traced child: status %#x", status);
			continue;
		}
		/* Those of ptrace itself are no signals to be passed on. */
		sig = status >> 16 || WSTOPSIG(status) == SIGSTOP ?
			0 : WSTOPSIG(status);
		/* It may just have been killed by an execve beside it. */
		if (ptrace(PTRACE_CONT, pid, 0, sig) && errno != ESRCH)
			fail_errno("PTRACE_CONT");
	}
	if (errno != ECHILD)
		fail_errno("waitpid");
}

void make(int kind, struct made *made)
{
	static void (*const kinds[MAKING_KINDS])(void) = {
		make_calls, make_exec, make_namespace, make_traced,
	};

	mine = made;
	kinds[kind]();
	made->rounds++;
}
