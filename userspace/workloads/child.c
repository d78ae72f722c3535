// SPDX-License-Identifier: GPL-2.0-only
/* Children of the subject, and the line between them. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "subject.h"

void child_tell(const struct child *child)
{
	if (write(child->out, "", 1) != 1)
		die("write to the %s", child->pid ? "child" : "parent");
}

bool child_hear(const struct child *child)
{
	char byte;

	return read(child->in, &byte, 1) == 1;
}

static _Noreturn void run_child(struct child *self,
				void (*run)(const struct child *self))
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl(PR_SET_PDEATHSIG)");
	settle();
	child_tell(self);
	run(self);
	_exit(0);
}

struct child fork_child(void (*run)(const struct child *self))
{
	struct child child;
	int down[2], up[2];

	if (pipe(down) || pipe(up))
		die("pipe");
	child.pid = fork();
	if (child.pid < 0)
		die("fork");
	if (!child.pid) {
		close(down[1]);
		close(up[0]);
		child.in = down[0];
		child.out = up[1];
		run_child(&child, run);
	}
	close(down[0]);
	close(up[1]);
	child.in = up[0];
	child.out = down[1];
	errno = 0;
	if (!child_hear(&child))
		die("the child died");
	settle();
	return child;
}

void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	errno = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("child %d ended with status %#x", pid, status);
}

pid_t vfork_exit(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		die("vfork");
	return pid;
}

void gate_init(struct gate *gate)
{
	if (pipe(gate->arrived) || pipe(gate->held))
		die("pipe");
}

void gate_pass(struct gate *gate, bool own_files)
{
	char byte = 0;

	/* The gate opens when nobody has its writing end any more. */
	if (own_files)
		close(gate->held[1]);
	if (write(gate->arrived[1], &byte, 1) != 1 ||
	    read(gate->held[0], &byte, 1))
		die("the gate is broken");
}

void gate_gather(struct gate *gate, unsigned long n)
{
	char byte;

	for (; n; n--)
		if (read(gate->arrived[0], &byte, 1) != 1)
			die("read at the gate");
}

void gate_release(struct gate *gate)
{
	close(gate->held[1]);
}
