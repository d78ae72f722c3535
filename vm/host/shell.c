// SPDX-License-Identifier: GPL-2.0-only
/* The shell that vm/run and vm/enter start where no command is named. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

/* What bash is told by vm/bashrc, the others have from the environment or not at all. */
char **shell(bool native)
{
	static char *argv[4];
	const char *path = getenv("SHELL");
	const char *name;

	if (!native || !path || !*path || access(path, X_OK))
		path = "/bin/sh";
	argv[0] = (char *)path;
	name = strrchr(path, '/');
	if (!strcmp(name ? name + 1 : path, "bash")) {
		argv[1] = "--rcfile";
		if (asprintf(&argv[2], "%s/vm/bashrc", top_directory()) < 0)
			die("out of memory");
		setenv("PCSTATS_HISTORY", history_path(), 1);
	} else {
		setenv("PS1", "(vm) # ", 1);
	}
	return argv;
}

/*
 * The project's own commands; the rest of root's PATH, where a user's need not lead; the workloads.
 * Where the host's cannot be run the guest has programs of its own.
 */
void set_path(bool native)
{
	const char *users = getenv("PATH"), *top = top_directory();
	char *path;

	if ((native ? asprintf(&path, "%s/build/userspace/bin:%s:/usr/sbin:/sbin:%s/build/userspace", top,
			       users ? users : "/usr/bin:/bin", top)
		    : asprintf(&path, "/usr/bin:%s/build/arm64/userspace", top)) < 0)
		die("out of memory");
	setenv("PATH", path, 1);
}

/* Before the terminal is the guest's. */
void shell_greet(const struct options *o)
{
	if (!o->shell || o->keep || o->quiet || !terminal_is_both())
		return;
	if (*o->module)
		fprintf(stderr, "pcstats is loaded. Try: %scow-child; cat /proc/pcstats\n",
			o->machine->native ? "pcstats run ls; pcstats tree; " : "");
	else
		fputs("A VM with this machine's files, without pcstats.\n", stderr);
	fputs("What you write is gone when you leave (Ctrl-D). vm/enter: a second terminal.\n", stderr);
}
