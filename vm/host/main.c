// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program behind vm/run, which says what it does and is the one to call: it makes all the
 * files that this one takes as arguments.
 */
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

static const char *number(const char *text, const char *suffixes)
{
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;

	if (!digits || digits > 9 || text[0] == '0' ||
	    (*suffix && (!strchr(suffixes, *suffix) || suffix[1])))
		die("%s: not a number%s", text, *suffixes ? ", or not one with K, M or G" : "");
	return text;
}

static void parse(struct options *o, int argc, char **argv)
{
	int c;

	*o = (struct options){ .module = "", .memory = "1G" };
	while ((c = getopt(argc, argv, "+c:i:Ik:m:M:qr:st:v")) != -1) {
		switch (c) {
		case 'c':
			o->cpus = number(optarg, "");
			break;
		case 'i':
			o->initramfs = optarg;
			break;
		case 'I':
			o->icount = true;
			break;
		case 'k':
			o->kernel_dir = optarg;
			break;
		case 'm':
			o->memory = number(optarg, "KMG");
			break;
		case 'M':
			o->module = optarg;
			break;
		case 'q':
			o->quiet = true;
			break;
		case 'r':
			o->release = optarg;
			break;
		case 's':
			o->in_turn = true;
			break;
		case 't':
			o->timeout = atoi(number(optarg, ""));
			break;
		case 'v':
			o->verbose = true;
			break;
		default:
			exit(EXIT_HARNESS);
		}
	}
	o->argv = argv + optind;
	if (!o->kernel_dir || !o->initramfs || !o->release || !*o->argv)
		die("to be called by vm/run only");
	if (!o->cpus)
		o->cpus = o->icount ? "1" : "2";
	/* Of two, neither would count its own. */
	if (o->icount && strcmp(o->cpus, "1"))
		die("--icount is for one CPU, not %s", o->cpus);
}

/* 0, 1 and 2 must not become the numbers of sockets. */
static void open_missing_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	if (fd < 0)
		exit(EXIT_HARNESS);
	close(fd);
}

int main(int argc, char **argv)
{
	struct options options;
	bool kvm;

	open_missing_descriptors();
	parse(&options, argc, argv);
	kvm = !options.icount && kvm_works();
	if (!options.quiet)
		fprintf(stderr, "vm: %s, %s CPU%s, %s, %s\n", options.release, options.cpus,
			strcmp(options.cpus, "1") ? "s" : "", options.memory,
			kvm ? "KVM" : options.icount ? "emulated (TCG), counting instructions" :
			"emulated (TCG)");
	return run_session(&qemu, &options, kvm);
}
