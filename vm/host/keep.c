// SPDX-License-Identifier: GPL-2.0-only
/* vm/run --keep: the VM belongs to a process without a terminal, and the command enters it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

static __attribute__((noreturn)) void go_on_without(pid_t owner, int from, const struct options *o)
{
	FILE *answer = fdopen(from, "r");
	int id, status;

	if (!answer || fscanf(answer, "%d", &id) != 1) {
		/* It has said why. */
		while (waitpid(owner, &status, 0) < 0 && errno == EINTR)
			;
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_HARNESS);
	}
	fclose(answer);
	if (o->argv)
		exit(enter(id, owner, o->argv));
	printf("%d\n", id);
	if (fflush(stdout))
		die("stdout: %s", strerror(errno));
	if (!o->quiet)
		fprintf(stderr, "vm: VM %d is up: vm/enter %d, and at last vm/stop %d\n", id, id, id);
	exit(0);
}

void keep_start(const struct options *o)
{
	int ends[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t caller = getpid(), owner;

	if (null < 0 || pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	owner = fork();
	if (owner < 0)
		die("fork: %s", strerror(errno));
	if (owner) {
		close(ends[1]);
		close(null);
		go_on_without(owner, ends[0], o);
	}
	/* Until the VM is up. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != caller)
		exit(EXIT_HARNESS);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(ends[1], STDOUT_FILENO);
	/* What the caller has left open may be locks, and pipes that somebody waits for the end of. */
	close_range(3, ~0U, 0);
	if (chdir("/"))
		die("/: %s", strerror(errno));
}

void keep_detach(int id)
{
	prctl(PR_SET_PDEATHSIG, 0);
	printf("%d\n", id);
	fflush(stdout);
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(STDIN_FILENO, STDERR_FILENO);
}
