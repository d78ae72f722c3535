// SPDX-License-Identifier: GPL-2.0-only
/* pcstats: finds the subcommand; sees that what was written has arrived. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"

static const struct subcommand *const subcommands[] = {
	&subcommand_run,
	&subcommand_show,
	&subcommand_top,
	&subcommand_diff,
	&subcommand_tree,
	&subcommand_share,
	&subcommand_cow,
	&subcommand_record,
	&subcommand_report,
	&subcommand_lab,
};

#define NR	(sizeof(subcommands) / sizeof(subcommands[0]))

static void usage(FILE *to)
{
	size_t i;

	fputs("Usage: pcstats SUBCOMMAND [OPTION...]\n"
	      "What the kernel does when programs create processes and threads, from\n"
	      "/proc/pcstats.\n\n", to);
	for (i = 0; i < NR; i++)
		fprintf(to, "  %-8s %s\n", subcommands[i]->name,
			subcommands[i]->summary);
	fputs("\n`pcstats SUBCOMMAND --help` says more, with examples; pcstats(1) all of it.\n",
	      to);
}

static int run_subcommand(int argc, char **argv)
{
	const char *name = argv[1];
	size_t i;

	for (i = 0; i < NR; i++) {
		if (strcmp(name, subcommands[i]->name))
			continue;
		argv[1] = xasprintf("pcstats %s", name);
		return subcommands[i]->main(argc - 1, argv + 1);
	}
	fail("no subcommand \"%s\"; see pcstats --help", name);
	return STATUS_USAGE;
}

/*
 * A file that is opened must not become a standard stream that the caller has
 * closed, and get our messages.  What stands in fails to who uses it, as a
 * closed one does, and is closed again for a command that is run.
 */
static void keep_streams_closed(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_CLOEXEC |
			     (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

int main(int argc, char **argv)
{
	int status;

	keep_streams_closed();
	setlocale(LC_ALL, "");
	/* Numbers are the same everywhere: others' programs read them. */
	setlocale(LC_NUMERIC, "C");
	argp_err_exit_status = STATUS_USAGE;
	if (argc < 2) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(stdout);
		status = STATUS_OK;
	} else {
		status = run_subcommand(argc, argv);
	}
	/* A full disk shows at the latest here. */
	if (ferror(stdout) || fclose(stdout))
		return fail("stdout: %s", strerror(errno));
	return status;
}
