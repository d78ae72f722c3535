// SPDX-License-Identifier: GPL-2.0-only
/* What a debugger on the host has to know of this kernel and its module. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

static void flush(struct control *control)
{
	while (control_has_output(control)) {
		struct pollfd p = { .fd = control->fd, .events = POLLOUT };

		poll(&p, 1, -1);
		if (control_flush(control))
			fail("the host has gone");
	}
}

void report_symbols(struct control *control)
{
	static char text[1 << 18];
	int fd = open("/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		fail_errno("/proc/kallsyms");
	while ((n = read(fd, text, sizeof(text))) > 0) {
		control_send(control, MSG_SYMBOLS, 0, text, n);
		flush(control);
	}
	close(fd);
}

/* The name of a module is that of its file, but for the dashes. */
static void open_sections(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/');
	char *end;

	end = name + snprintf(name, size, "/sys/module/%s", slash ? slash + 1 : path);
	if (end >= name + size)
		fail("%s: too long a name", path);
	end = strrchr(name, '.');
	if (end)
		*end = '\0';
	for (end = name + strlen("/sys/module/"); *end; end++)
		if (*end == '-')
			*end = '_';
	strncat(name, "/sections", size - strlen(name) - 1);
}

static void read_line(int directory, const char *name, char *line, size_t size)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

void report_sections(struct control *control, const char *module)
{
	char path[512], address[64], *text;
	size_t size;
	FILE *all = open_memstream(&text, &size);
	struct dirent *d;
	DIR *directory;

	if (!all)
		fail("out of memory");
	if (*module) {
		open_sections(module, path, sizeof(path));
		directory = opendir(path);
		while (directory && (d = readdir(directory))) {
			read_line(dirfd(directory), d->d_name, address, sizeof(address));
			if (*address)
				fprintf(all, "%s %s\n", d->d_name, address);
		}
		if (directory)
			closedir(directory);
	}
	fclose(all);
	control_send(control, MSG_LOADED, 0, text, size);
	flush(control);
	free(text);
}
