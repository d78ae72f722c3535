// SPDX-License-Identifier: GPL-2.0-only
/* The program behind vm/run, which is the one to call: it makes this one. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static struct qemu qemu = { .pid = -1 };

void die(const char *format, ...)
{
	va_list ap;

	terminal_restore();
	qemu_stop(&qemu);
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

/*
 * What the command finds: the project's own commands; the rest of root's PATH, where a user's need
 * not lead; and the module, to load it again. In a guest that cannot run them it has its own.
 */
static void set_environment(const struct options *options)
{
	const char *users = getenv("PATH");
	char *path = "/usr/bin";

	if (options->machine->native &&
	    asprintf(&path, "%s/build/userspace/bin:%s:/usr/sbin:/sbin", options->top,
		     users ? users : "/usr/bin:/bin") < 0)
		die("out of memory");
	setenv("PATH", path, 1);
	setenv("PCSTATS_MODULE", options->module, 1);
}

int main(int argc, char **argv)
{
	struct options options;
	bool kvm;

	open_missing_descriptors();
	parse_options(&options, argc, argv);
	prepare(&options);
	set_environment(&options);
	kvm = options.machine->native && !options.icount && kvm_works();
	if (!options.quiet)
		fprintf(stderr, "vm: %s, %s CPU%s, %s, %s\n", options.release, options.cpus,
			strcmp(options.cpus, "1") ? "s" : "", options.memory,
			kvm ? "KVM" : options.icount ? "emulated (TCG), counting instructions" :
			"emulated (TCG)");
	return run_session(&qemu, &options, kvm);
}
