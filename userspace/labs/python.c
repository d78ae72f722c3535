// SPDX-License-Identifier: GPL-2.0-only
/* Programs in Python as the subjects of labs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "python.h"

/* Not what PATH says: a version manager's script forks and execs by itself. */
#define PYTHON	"/usr/bin/python3"

#define EMBED(name)							\
	asm(".pushsection .rodata\n"					\
	    ".global python_" #name "\n"				\
	    "python_" #name ": .incbin \"labs/python/" #name ".py\"\n"	\
	    ".byte 0\n"							\
	    ".popsection\n")

EMBED(memory);
EMBED(pools);
EMBED(lock);

static _Noreturn void exec_program(const char *text, const char *how,
				   unsigned long number, const int in[2],
				   const int out[2])
{
	char count[24];

	snprintf(count, sizeof(count), "%lu", number);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
	    dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
		die("the streams of a program");
	/* Nothing of the user's: no environment, no site directory. */
	execl(PYTHON, "python3", "-I", "-c", text, how, count, NULL);
	die(PYTHON);
}

struct program program_start(const char *text, const char *how,
			     unsigned long number)
{
	struct program p;
	int in[2], out[2];

	if (access(PYTHON, X_OK))
		skip("there is no " PYTHON);
	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	p.pid = fork();
	if (p.pid < 0)
		die("fork");
	if (!p.pid)
		exec_program(text, how, number, in, out);
	close(in[0]);
	close(out[1]);
	p.to = in[1];
	p.from = fdopen(out[0], "r");
	if (!p.from)
		die("fdopen");
	return p;
}

void program_read(struct program *p, int nr, const char *format, ...)
{
	va_list args;
	int got;

	va_start(args, format);
	got = vfscanf(p->from, format, args);
	va_end(args);
	errno = 0;
	if (got != nr)
		die("the program did not answer with \"%s\"", format);
}

void program_go_on(struct program *p)
{
	if (write(p->to, "", 1) != 1)
		die("the program is gone");
}

void program_end(struct program *p)
{
	close(p->to);
	reap(p->pid);
	fclose(p->from);
}
