// SPDX-License-Identifier: GPL-2.0-only
#include "puppet.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame.h"
#include "memory.h"
#include "procstat.h"

#define STACK_SIZE (64 * 1024)

struct order {
	puppet_fn fn;	/* NULL: exit with arg */
	long arg;
	bool inner;	/* not to be done but passed on */
};

/* What a new puppet is told on its way; in the creator's frame. */
struct strings {
	int order[2];
	int result[2];
	int flags;
};

/* The caller's own puppet, in the memory of whoever made it. */
static struct puppet inner;

static void pipe_read(int fd, void *buf, size_t len)
{
	ssize_t got = read(fd, buf, len);

	/* Pipes pass so few bytes whole or not at all. */
	if (got < 0)
		fail_errno("read from a puppet's pipe");
	if ((size_t)got != len)
		fail("puppet: the other end has died");
}

static void pipe_write(int fd, const void *buf, size_t len)
{
	if (write(fd, buf, len) != (ssize_t)len)
		fail_errno("write to a puppet's pipe");
}

static int puppet_main(void *arg)
{
	struct strings s = *(struct strings *)arg;
	long result = syscall(SYS_gettid);
	struct order order;

	if (!(s.flags & CLONE_THREAD) && prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail_errno("PR_SET_PDEATHSIG");
	if (!(s.flags & CLONE_FILES)) {
		close(s.order[1]);
		close(s.result[0]);
	}
	if (!(s.flags & CLONE_VM))
		settle();
	for (;;) {
		pipe_write(s.result[1], &result, sizeof(result));
		pipe_read(s.order[0], &order, sizeof(order));
		if (order.inner)
			result = puppet_call(&inner, order.fn, order.arg);
		else if (order.fn)
			result = order.fn(order.arg);
		else
			break;
	}
	if (!(s.flags & CLONE_THREAD))
		_exit(order.arg);
	return 0;
}

static void *puppet_thread(void *arg)
{
	puppet_main(arg);
	return NULL;
}

static void *stack_map(void)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (stack == MAP_FAILED)
		fail_errno("mmap of a stack");
	return stack;
}

void puppet_clone(struct puppet *p, int flags)
{
	struct strings s;
	pid_t tid;

	if (flags & CLONE_THREAD)
		flags |= CLONE_VM | CLONE_FILES;
	s.flags = flags;
	if (pipe2(s.order, O_CLOEXEC) || pipe2(s.result, O_CLOEXEC))
		fail_errno("pipe");

	p->stack = NULL;
	if (flags & CLONE_THREAD) {
		errno = pthread_create(&p->thread, NULL, puppet_thread, &s);
		p->pid = errno ? -1 : 1;
	} else if (flags & CLONE_VM) {
		p->stack = stack_map();
		p->pid = clone(puppet_main, (char *)p->stack + STACK_SIZE,
			       flags, &s);
	} else if (flags == SIGCHLD) {
		p->pid = fork();
	} else {
		p->pid = syscall(SYS_clone, flags, 0, 0, 0, 0);
	}
	if (p->pid < 0)
		fail_errno("clone of a puppet");
	if (!p->pid)
		puppet_main(&s);

	p->flags = flags;
	p->call = s.order[1];
	p->result = s.result[0];
	if (!(flags & CLONE_FILES)) {
		close(s.order[0]);
		close(s.result[1]);
	}
	/*
	 * Until it has answered, the puppet may still read this frame.  What it
	 * answers is its pid as it sees it, which is ours to use for a thread.
	 */
	tid = puppet_result(p);
	if (flags & CLONE_THREAD)
		p->pid = tid;
}

void puppet_start(struct puppet *p)
{
	puppet_clone(p, SIGCHLD);
}

static void post(struct puppet *p, const struct order *order)
{
	pipe_write(p->call, order, sizeof(*order));
}

void puppet_post(struct puppet *p, puppet_fn fn, long arg)
{
	const struct order order = { .fn = fn, .arg = arg };

	post(p, &order);
}

long puppet_result(struct puppet *p)
{
	long result;

	pipe_read(p->result, &result, sizeof(result));
	return result;
}

long puppet_call(struct puppet *p, puppet_fn fn, long arg)
{
	puppet_post(p, fn, arg);
	return puppet_result(p);
}

static long do_settle(long arg)
{
	(void)arg;
	settle();
	return 0;
}

void puppet_settle(struct puppet *p)
{
	puppet_call(p, do_settle, 0);
}

static void wait_for_zombie(struct puppet *p)
{
	siginfo_t info;

	if (waitid(P_PID, p->pid, &info, WEXITED | WNOWAIT | __WALL))
		fail_errno("waitid");
}

void puppet_exit(struct puppet *p, int code)
{
	puppet_post(p, NULL, code);
	wait_for_zombie(p);
}

void puppet_kill(struct puppet *p, int sig)
{
	if (kill(p->pid, sig))
		fail_errno("kill");
	wait_for_zombie(p);
}

static void cut_strings(struct puppet *p)
{
	close(p->call);
	close(p->result);
	if (p->stack)
		munmap(p->stack, STACK_SIZE);
}

int puppet_reap(struct puppet *p)
{
	int status;

	if (waitpid(p->pid, &status, __WALL) != p->pid)
		fail_errno("waitpid");
	cut_strings(p);
	return status;
}

void puppet_end(struct puppet *p)
{
	int status;

	if (p->flags & CLONE_THREAD) {
		puppet_post(p, NULL, 0);
		errno = pthread_join(p->thread, NULL);
		if (errno)
			fail_errno("pthread_join");
		/* Joined as soon as it has cleared its tid, still a task. */
		procstat_wait_gone(p->pid);
		cut_strings(p);
		return;
	}
	puppet_exit(p, 0);
	status = puppet_reap(p);
	if (status)
		fail("puppet %d ended with status %#x", p->pid, status);
}

static long do_inner_start(long flags)
{
	puppet_clone(&inner, flags);
	if (!(inner.flags & CLONE_VM))
		settle();
	return inner.pid;
}

pid_t inner_start(struct puppet *p, int flags)
{
	return puppet_call(p, do_inner_start, flags);
}

void inner_post(struct puppet *p, puppet_fn fn, long arg)
{
	const struct order order = { .fn = fn, .arg = arg, .inner = true };

	post(p, &order);
}

long inner_call(struct puppet *p, puppet_fn fn, long arg)
{
	inner_post(p, fn, arg);
	return puppet_result(p);
}

void inner_settle(struct puppet *p)
{
	inner_call(p, do_settle, 0);
}

static long do_inner_end(long arg)
{
	(void)arg;
	puppet_end(&inner);
	return 0;
}

void inner_end(struct puppet *p)
{
	puppet_call(p, do_inner_end, 0);
}
