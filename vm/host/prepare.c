// SPDX-License-Identifier: GPL-2.0-only
/* Have vm/prepare fetch and build what the VM is started from, and see its signals and ours through. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

/* It fetches, compiles and may ask for a password: a job of its own, as a shell has them, with the terminal. */
static volatile sig_atomic_t job, stopped_by;

static void pass_on(int nr)
{
	stopped_by = nr;
	if (job)
		kill(-job, nr);
}

static void give_terminal(pid_t group)
{
	if (tcgetpgrp(STDERR_FILENO) >= 0) {
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(STDERR_FILENO, group);
		signal(SIGTTOU, SIG_DFL);
	}
}

static pid_t start(char *const argv[], int out)
{
	bool foreground = tcgetpgrp(STDERR_FILENO) == getpgrp();
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	setpgid(0, 0);
	if (foreground)
		give_terminal(getpid());
	dup2(out, STDOUT_FILENO);
	execv(argv[0], argv);
	die("%s: %s", argv[0], strerror(errno));
}

const char *top_directory(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		die("/proc/self/exe: %s", strerror(errno));
	/* build/vm/host */
	return dirname(dirname(dirname(path)));
}

void list_kernels(void)
{
	char *script;

	if (asprintf(&script, "%s/vm/kernel", top_directory()) < 0)
		die("out of memory");
	execl(script, script, "--list", NULL);
	die("%s: %s", script, strerror(errno));
}

static char *next_line(FILE *from)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, from);

	if (n < 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* What a signal has ended may be the one that waits for the others. */
static void see_job_end(void)
{
	for (int tries = 0; tries < 1000 && !kill(-job, 0); tries++)
		usleep(10000);
	kill(-job, SIGKILL);
}

void prepare(struct options *o)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = pass_on }, old[ARRAY_SIZE(caught)];
	char *script, *argv[5 + ARRAY_SIZE(o->packages)];
	int status, ends[2];
	FILE *from;

	o->top = top_directory();
	if (asprintf(&script, "%s/vm/prepare", o->top) < 0)
		die("out of memory");
	argv[0] = script;
	argv[1] = (char *)o->kernel;
	argv[2] = (char *)o->module;
	argv[3] = (char *)o->parameters;
	argv[4] = o->argv ? o->argv[0] : "";
	memcpy(argv + 5, o->packages, sizeof(o->packages));
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		sigaction(caught[i], NULL, &old[i]);
		if (old[i].sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
	if (pipe2(ends, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	job = start(argv, ends[1]);
	setpgid(job, job);
	if (stopped_by)
		kill(-job, stopped_by);
	close(ends[1]);
	from = fdopen(ends[0], "r");
	o->kernel_dir = next_line(from);
	o->release = next_line(from);
	o->initramfs = next_line(from);
	o->module = next_line(from);
	fclose(from);
	while (waitpid(job, &status, 0) < 0 && errno == EINTR)
		;
	if (tcgetpgrp(STDERR_FILENO) == job)
		give_terminal(getpgrp());
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &old[i], NULL);
	if (WIFSIGNALED(status) || stopped_by) {
		see_job_end();
		exit(128 + (stopped_by ? stopped_by : WTERMSIG(status)));
	}
	/* It has said why. */
	if (status || !o->module)
		exit(EXIT_HARNESS);
	free(script);
}
