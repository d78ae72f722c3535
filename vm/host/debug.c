// SPDX-License-Identifier: GPL-2.0-only
/* What gdb has to know of the guest, alive (--gdb) or dead (--dump). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "arguments.h"
#include "debug.h"
#include "host.h"

static char *directory;		/* of the socket and what gdb reads */
static char *kallsyms;		/* all of it that has come */
static size_t kallsyms_len;
static char *sections;		/* a line each: name, address */

static int listen_for_gdb(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);

	if (n >= (int)sizeof(address.sun_path))
		die("--gdb: %s: too long for a socket: set TMPDIR", directory);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		die("--gdb: %s: %s", address.sun_path, strerror(errno));
	return fd;
}

bool debugging(const struct options *o)
{
	return o->gdb || o->dump;
}

bool debug_knows_module(void)
{
	return sections && *sections;
}

void add_debugging(struct arguments *a, const struct options *o)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	/* A panic ends in a reset, where the machine stops and keeps its memory. */
	if (o->dump)
		add(a, "-no-shutdown");
	if (!o->gdb)
		return;
	directory = temporary_directory(tmp && *tmp ? tmp : "/tmp");
	fd = listen_for_gdb();
	keep(a, fd);
	add_option(a, "-chardev", "socket,id=gdb,fd=%d,server=on,wait=off", fd);
	add_words(a, "-gdb chardev:gdb");
	if (o->gdb == GDB_BOOT)
		add(a, "-S");
}

void debug_symbols(const char *text, size_t len)
{
	char *more = realloc(kallsyms, kallsyms_len + len + 1);

	if (!more)
		die("out of memory");
	kallsyms = more;
	memcpy(kallsyms + kallsyms_len, text, len);
	kallsyms_len += len;
	kallsyms[kallsyms_len] = '\0';
}

char *path_in(const char *parent, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", parent, name) < 0)
		die("out of memory");
	return path;
}

/* What is still there after the module's initialisation and has symbols that somebody asks for. */
static bool is_of_interest(const char *section)
{
	return !strncmp(section, ".text", 5) || !strncmp(section, ".data", 5) ||
	       !strncmp(section, ".rodata", 7) || !strncmp(section, ".bss", 4) ||
	       !strncmp(section, ".exit.text", 10);
}

static void name_module(FILE *script, const char *module)
{
	char name[256], address[32];
	int n;

	fprintf(script, "add-symbol-file \"%s\"", module);
	for (const char *at = sections; sscanf(at, "%255s %31s\n%n", name, address, &n) == 2; at += n)
		if (is_of_interest(name))
			fprintf(script, " -s %s %s", name, address);
	putc('\n', script);
}

/* A gdb script: the symbols that there are, and what they are the symbols of. */
char *write_script(const struct options *o, const char *where, const char *name,
		   const char *target, const char *module)
{
	char *path = path_in(where, name), *symbols = path_in(o->kernel_dir, "vmlinux");
	FILE *f = fopen(path, "we");

	if (!f)
		die("%s: %s", path, strerror(errno));
	fputs("set confirm off\n", f);
	if (has_symbols(symbols)) {
		fprintf(f, "file \"%s\"\n", symbols);
	} else if (kallsyms) {
		free(symbols);
		symbols = path_in(where, "symbols");
		write_symbols(symbols, kallsyms);
		fprintf(f, "file \"%s\"\n", symbols);
	}
	if (target)
		fprintf(f, "%s\n", target);
	if (debug_knows_module())
		name_module(f, module);
	fputs("set confirm on\n", f);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
	free(symbols);
	return path;
}

static char *socket_target(void)
{
	char *target;

	if (asprintf(&target, "target remote %s/socket", directory) < 0)
		die("out of memory");
	return target;
}

void debug_boot(const struct options *o)
{
	const char *error;

	if (o->gdb != GDB_BOOT)
		return;
	/* The socket is there from the start, but gdb does not wait long for its first answer. */
	error = qmp_execute("{\"execute\": \"query-status\"}\n");
	if (!error)
		fprintf(stderr, "vm: the machine is stopped: gdb -x %s\n",
			write_script(o, directory, "gdb", socket_target(), o->module));
}

void debug_sections(const char *text)
{
	sections = strdup(text);
	if (!sections)
		die("out of memory");
}

/* The command has not been asked for yet: of a VM that is kept the first will wait. */
void debug_stop(const struct options *o)
{
	const char *error, *script;

	if (!o->gdb)
		return;
	/* A gdb that is attached already is told by the stop. */
	if (o->gdb == GDB_BOOT)
		script = write_script(o, directory, "symbols.gdb", NULL, o->module);
	else
		script = write_script(o, directory, "gdb", socket_target(), o->module);
	error = qmp_execute("{\"execute\": \"stop\"}\n");
	if (error)
		die("--gdb: %s", error);
	fprintf(stderr, "vm: stopped before the command%s %s\n",
		o->gdb == GDB_BOOT ? "; in gdb, for the symbols: source" : ": gdb -x", script);
}
