// SPDX-License-Identifier: GPL-2.0-only
/* The memory of a guest that has died, in a directory with what gdb reads it by. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "debug.h"
#include "host.h"

/* Most of a guest's memory is empty. */
static void punch_holes(const char *path)
{
	static char block[1 << 16];
	int fd = chmod(path, 0600) ? -1 : open(path, O_RDWR | O_CLOEXEC);
	off_t at = 0;
	ssize_t n;

	if (fd < 0)
		return;
	for (; (n = pread(fd, block, sizeof(block), at)) > 0; at += n)
		if (!block[0] && !memcmp(block, block + 1, n - 1))
			fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, n);
	close(fd);
}

/* Another build would overwrite the module that the core is of. */
static char *copy_module(const struct options *o)
{
	char *path = path_in(o->dump, "pcstats.ko"), block[4096];
	FILE *from = fopen(o->module, "re"), *to = fopen(path, "we");
	size_t n;

	while (from && to && (n = fread(block, 1, sizeof(block), from)) > 0)
		fwrite(block, 1, n, to);
	if (from)
		fclose(from);
	if (!to || fclose(to))
		die("--dump: %s: %s", path, strerror(errno));
	return path;
}

static char *dump_directory;

/* If it is empty. */
static void remove_dump_directory(void)
{
	rmdir(dump_directory);
}

char *make_dump_directory(const char *name)
{
	char *path;
	bool made;

	made = !mkdir(name, 0777);
	if (!made && errno != EEXIST)
		die("--dump %s: %s", name, strerror(errno));
	path = realpath(name, NULL);
	if (!path || access(path, W_OK | X_OK))
		die("--dump %s: %s", name, strerror(errno));
	/* It goes into JSON. */
	if (strpbrk(path, "\"\\\n"))
		die("--dump %s: a quote, backslash or newline in its path", name);
	if (made) {
		dump_directory = path;
		atexit(remove_dump_directory);
	}
	return path;
}

void dump(const struct options *o)
{
	char *core = path_in(o->dump, "core"), *part = path_in(o->dump, "core.part");
	char *command, *target, *script;
	const char *error;

	/* With --keep the process that made it has gone, and taken it along. */
	mkdir(o->dump, 0777);
	/* gdb expects a program that is older than its core. */
	if (asprintf(&target, "core-file %s", core) < 0)
		die("out of memory");
	script = write_script(o, o->dump, "gdb", target, debug_knows_module() ? copy_module(o) : NULL);
	if (asprintf(&command, "{\"execute\": \"dump-guest-memory\", \"arguments\": "
		     "{\"paging\": true, \"protocol\": \"file:%s\"}}\n", part) < 0)
		die("out of memory");
	error = qmp_execute(command);
	if (error) {
		unlink(part);
		fprintf(stderr, "vm: --dump %s: %s\n", o->dump, error);
		return;
	}
	punch_holes(part);
	if (rename(part, core))
		die("--dump: %s: %s", core, strerror(errno));
	fprintf(stderr, "vm: the guest's memory: gdb -x %s\n", script);
}
