// SPDX-License-Identifier: GPL-2.0-only
/* The program behind vm/run, vm/enter and so on, which are the ones to call: they make this one. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

static struct qemu qemu = { .pid = -1 };

void die(const char *format, ...)
{
	va_list ap;

	terminal_restore();
	stop_vm();
	va_start(ap, format);
	fputs("vm: ", stderr);
	vfprintf(stderr, format, ap);
	putc('\n', stderr);
	va_end(ap);
	exit(EXIT_HARNESS);
}

/*
 * 0, 1 and 2 must not become the numbers of sockets. Nothing comes from what was closed, and
 * writing to it fails.
 */
static void open_missing_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= 2);
	if (fd < 0)
		exit(EXIT_HARNESS);
	close(fd);
}

static int run_main(int argc, char **argv)
{
	struct options options;
	bool kvm;
	int status;

	parse_options(&options, argc, argv);
	tsc_begin();
	prepare(&options);
	kvm = options.machine->native && !options.icount && kvm_works();
	if (!options.quiet)
		fprintf(stderr, "vm: %s, %s CPU%s, %s, %s\n", options.release, options.cpus,
			strcmp(options.cpus, "1") ? "s" : "", options.memory,
			kvm ? "KVM" : options.icount ? "emulated (TCG), counting instructions" :
			"emulated (TCG)");
	options.shell = !options.argv;
	if (options.keep)
		keep_start(&options);
	else if (options.shell)
		options.argv = shell(options.machine->native);
	set_path(options.machine->native);
	status = run_vm(&qemu, &options, kvm);
	keep_trace(&options);
	return status;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*main)(int argc, char **argv);
	} programs[] = {
		{ "run", run_main },
		{ "enter", enter_main },
		{ "list", list_main },
		{ "stop", stop_main },
	};

	open_missing_descriptors();
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(programs); i++)
		if (!strcmp(argv[1], programs[i].name))
			return programs[i].main(argc - 1, argv + 1);
	die("usage: host run|enter|list|stop ...");
}
