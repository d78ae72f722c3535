// SPDX-License-Identifier: GPL-2.0-only
/* The subject's side: its predictions and its handshakes with the reader. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "plan.h"

static struct {
	const struct workload *workload;
	struct plan *plan;		/* NULL in a continued image */
	int from, to;			/* the reader */
	char path[4096];
} subject;

_Noreturn void die(const char *format, ...)
{
	int error = errno;
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "%s: %s%s%s\n", subject.workload->name, text,
		error ? ": " : "", error ? strerror(error) : "");
	_exit(EXIT_BROKEN);
}

static _Noreturn void die_plain(const char *what)
{
	errno = 0;
	die("%s", what);
}

void subject_init(const struct workload *w, struct plan *plan, int from, int to)
{
	subject.workload = w;
	subject.plan = plan;
	subject.from = from;
	subject.to = to;
	/* Of static storage, so terminated. */
	if (readlink("/proc/self/exe", subject.path, sizeof(subject.path) - 1) < 0)
		die("readlink /proc/self/exe");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl(PR_SET_PDEATHSIG)");
	base_pages();
	pin();
	settle();
}

int role(const char *name, enum role_flags flags)
{
	struct role *r = &subject.plan->roles[subject.plan->nr_roles];

	if (subject.plan->nr_roles == MAX_ROLES)
		die_plain("too many roles");
	snprintf(r->name, sizeof(r->name), "%s", name);
	r->flags = flags;
	return subject.plan->nr_roles++;
}

void role_task(int role, pid_t pid)
{
	struct role *r = &subject.plan->roles[role];

	if (r->nr_tasks == MAX_TASKS)
		die_plain("too many tasks to measure");
	r->tasks[r->nr_tasks++] = pid;
}

void predict(int role, int what, unsigned long long n)
{
	subject.plan->roles[role].predictions[what] =
		(struct prediction){ .made = true, .n = n };
}

void predict_rest_zero(int role, enum tables tables)
{
	struct prediction *p = subject.plan->roles[role].predictions;
	int t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++) {
		enum tables table = COW_TABLE;

		if (t < PCSTATS_NR_TASK_TALLIES)
			table = TASK_TABLE;
		if ((tables & table) && !p[t].made)
			p[t] = (struct prediction){ .made = true, .rest = true };
	}
}

void predict_fork_ns(int role)
{
	subject.plan->roles[role].predictions[PCSTATS_fork_ns] =
		(struct prediction){ .made = true, .time = true };
}

static void ask(enum request request)
{
	char byte = request;

	if (write(subject.to, &byte, 1) != 1)
		die("write to the reader");
	/* The reader has said why before it closed its end. */
	if (read(subject.from, &byte, 1) != 1)
		_exit(EXIT_BROKEN);
}

unsigned long long anon_pages(pid_t pid)
{
	subject.plan->anon_pid = pid;
	ask(REQUEST_ANON);
	return subject.plan->anon_pages;
}

void window_open(void)
{
	ask(REQUEST_OPEN);
}

void window_close(void)
{
	ask(REQUEST_CLOSE);
}

const char *workload_path(void)
{
	return subject.path;
}

char **workload_exec_args(unsigned long left)
{
	static char from[16], to[16], count[24];
	static char *args[6];

	snprintf(from, sizeof(from), "%d", subject.from);
	snprintf(to, sizeof(to), "%d", subject.to);
	snprintf(count, sizeof(count), "%lu", left);
	args[0] = (char *)subject.workload->name;
	args[1] = "--continued";
	args[2] = from;
	args[3] = to;
	args[4] = count;
	return args;
}
