// SPDX-License-Identifier: GPL-2.0-only
/* What vm/run was asked for. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

enum {
	KEY_APPEND = 256,
	KEY_CONSOLE,
	KEY_DUMP,
	KEY_GDB,
	KEY_HUGEPAGES,
	KEY_ICOUNT,
	KEY_IN_TURN,
	KEY_KEEP,
	KEY_LIST,
	KEY_MODULE,
	KEY_NO_MODULE,
	KEY_NUMA,
	KEY_RW,
	KEY_SWAP,
	KEY_TRACE,
	KEY_TRACE_FILE,
};

static const struct argp_option list[] = {
	{ NULL, 0, NULL, 0, "The machine:", 1 },
	{ "kernel", 'k', "KERNEL", 0,
	  "a name that --list shows (default: the first there), or NAME@arm64, or the path of a "
	  "bzImage or vmlinux with its modules, or of a built kernel tree", 1 },
	{ "list", KEY_LIST, NULL, 0, "the kernels: which are cached, what the others cost; nothing is run", 1 },
	{ "cpus", 'c', "N", 0, "number of CPUs (default 2)", 1 },
	{ "memory", 'm', "SIZE", 0, "with K, M or G (default 1G)", 1 },
	{ "numa", KEY_NUMA, "N", 0, "share CPUs and memory out to N NUMA nodes", 1 },
	{ "hugepages", KEY_HUGEPAGES, "N[xSIZE]", 0, "reserve N huge pages of SIZE, 2M (default) or 1G", 1 },
	{ "swap", KEY_SWAP, "SIZE", 0, "swap space", 1 },
	{ "append", KEY_APPEND, "STRING", 0, "more parameters for the kernel", 1 },
	{ "icount", KEY_ICOUNT, NULL, 0,
	  "emulate one CPU whose TSC counts its instructions: slow, but costs can be compared", 1 },
	{ "in-turn", KEY_IN_TURN, NULL, 0,
	  "emulate the CPUs one after the other: slower, but exact where CPUs patch each other's code", 1 },

	{ NULL, 0, NULL, 0, "What runs in it:", 2 },
	{ "no-module", KEY_NO_MODULE, NULL, 0, "do not load pcstats", 2 },
	{ "module", KEY_MODULE, "FILE", 0, "load FILE instead of building this checkout's pcstats.ko", 2 },
	{ "rw", KEY_RW, "DIR", 0, "what is written below DIR stays, as the caller's, but setuid; repeatable", 2 },
	{ "keep", KEY_KEEP, NULL, 0,
	  "leave the machine running when COMMAND has ended; without one, start it and print its ID. "
	  "It ends by vm/stop, by -t, or by poweroff in it", 2 },
	{ "timeout", 't', "SECONDS", 0, "end the machine after this time (default: never)", 2 },

	{ NULL, 0, NULL, 0, "To see what goes on:", 3 },
	{ "gdb", KEY_GDB, "boot", OPTION_ARG_OPTIONAL,
	  "stop before the command, or already before the kernel boots, and say how to attach gdb", 3 },
	{ "trace", KEY_TRACE, "EVENTS", 0, "record EVENTS, separated by commas, with trace-cmd while the command runs", 3 },
	{ "trace-file", KEY_TRACE_FILE, "FILE", 0, "where to (default trace.dat)", 3 },
	{ "dump", KEY_DUMP, "DIR", 0,
	  "if the guest panics or the time is over, leave its memory in DIR for gdb (or crash)", 3 },

	{ NULL, 0, NULL, 0, "What is said about it:", 4 },
	{ "quiet", 'q', NULL, 0, "not which kernel and accelerator are used", 4 },
	{ "console", KEY_CONSOLE, NULL, 0, "the guest's console on stderr as it comes, with all the kernel says", 4 },
	{ "verbose", 'v', NULL, 0, "how long the start and the whole took", 4 },
	{ "help", 'h', NULL, 0, "this", -1 },
	{ 0 },
};

static const char doc[] =
	"Run a command of this machine in a throwaway virtual machine, as root, with pcstats loaded. "
	"The guest sees the files of this machine as the user who calls sees them; what it writes is "
	"gone when it ends. Directory, environment, stdin, stdout, stderr and signals are passed on. "
	"Without a command: a shell, which is $SHELL; bash has a history there that is kept. "
	"Other terminals get into the same machine by vm/enter.\v"
	"The exit status is the command's; 128+N if signal N ended it; 127 if it was not found, 126 if "
	"it could not be run; 124 after a time-out; 125 if the guest died (the end of its console is on "
	"stderr), was powered off, restarted or halted, or could not be started.\n"
	"\nIn its environment are PCSTATS_MODULE, the module's file, and PCSTATS_HOST_CPUS, how many CPUs of "
	"this machine those of the guest are at most.";

static const char *number(const char *text, const char *suffixes)
{
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;

	if (!digits || digits > 9 || text[0] == '0' ||
	    (*suffix && (!strchr(suffixes, *suffix) || suffix[1])))
		die("%s: not a number%s", text, *suffixes ? ", or not one with K, M or G" : "");
	return text;
}

static void add_parameters(struct options *o, const char *parameters)
{
	char *all;

	if (asprintf(&all, "%s %s", o->parameters, parameters) < 0)
		die("out of memory");
	o->parameters = all;
}

static void need_package(struct options *o, const char *package)
{
	size_t n = 0;

	while (o->packages[n])
		n++;
	o->packages[n] = package;
}

static char name[] = "vm/run";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'k':
		o->kernel = arg;
		return 0;
	case KEY_LIST:
		list_kernels();
	case 'c':
		o->cpus = number(arg, "");
		return 0;
	case 'm':
		o->memory = number(arg, "KMG");
		return 0;
	case KEY_NUMA:
		o->nodes = number(arg, "");
		return 0;
	case KEY_HUGEPAGES:
		o->hugepages = arg;
		return 0;
	case KEY_SWAP:
		o->swap = number(arg, "KMG");
		return 0;
	case KEY_APPEND:
		add_parameters(o, arg);
		return 0;
	case KEY_ICOUNT:
		o->icount = true;
		return 0;
	case KEY_IN_TURN:
		o->in_turn = true;
		return 0;
	case KEY_KEEP:
		o->keep = true;
		return 0;
	case KEY_NO_MODULE:
		o->module = "none";
		return 0;
	case KEY_MODULE:
		o->module = arg;
		return 0;
	case KEY_GDB:
		if (arg && strcmp(arg, "boot"))
			die("--gdb=%s: nothing, or boot", arg);
		o->gdb = arg ? GDB_BOOT : GDB_COMMAND;
		return 0;
	case KEY_DUMP:
		o->dump = make_dump_directory(arg);
		return 0;
	case KEY_TRACE:
		o->events = arg;
		return 0;
	case KEY_TRACE_FILE:
		o->trace_file = arg;
		return 0;
	case KEY_RW:
		share_in_place(o, arg);
		return 0;
	case 't':
		o->timeout = atoi(number(arg, ""));
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case KEY_CONSOLE:
		o->console = true;
		add_parameters(o, "loglevel=7");
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'h':
		state->name = name;
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_ARGS:
		o->argv = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

void parse_options(struct options *o, int argc, char **argv)
{
	static const struct argp argp = {
		.options = list,
		.parser = parse,
		.args_doc = "[COMMAND [ARG...]]",
		.doc = doc,
	};

	*o = (struct options){ .kernel = "", .module = "build", .memory = "1G", .parameters = "",
			       .events = "", .trace_file = "trace.dat" };
	/* Of its two names the one to call. */
	argv[0] = name;
	argp_err_exit_status = EXIT_HARNESS;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, o);

	o->machine = machine_of(o->kernel);
	if (o->icount && !o->machine->native)
		die("--icount: no TSC on %s", o->machine->arch);
	if ((o->gdb || o->dump || *o->events) && !o->machine->native)
		die("--gdb, --dump and --trace: not for %s", o->machine->arch);
	if (*o->events && o->keep)
		die("--trace: ends with the one command, and not with --keep: vm/enter ID trace-cmd record");
	if (o->gdb)
		need_package(o, "gdb");
	if (*o->events) {
		prepare_trace(o);
		need_package(o, "trace-cmd");
	}
	if (o->hugepages)
		add_parameters(o, hugepages_parameters(o->hugepages, o->memory));
	if (!o->cpus)
		o->cpus = o->icount ? "1" : "2";
	/* Of two, neither would count its own. */
	if (o->icount && strcmp(o->cpus, "1"))
		die("--icount is for one CPU, not %s", o->cpus);
}
