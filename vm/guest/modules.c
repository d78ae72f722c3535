// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest.h"

#define BOOT_MODULES "/modules"

/* Open the kernel log at its present end. -1 if there is none, which costs only an explanation. */
static int open_log_end(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Append the log's messages since open_log_end() to text, each on a line of its own. */
static void read_log(int fd, char *text, size_t size)
{
	size_t len = strlen(text);
	char record[8192];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, record, sizeof(record) - 1)) > 0) {
		char *message, *end;

		/* "priority,sequence,time,flags;message\n key=value\n" */
		record[n] = '\0';
		message = strchr(record, ';');
		end = message ? strchr(message, '\n') : NULL;
		if (!end)
			continue;
		*end = '\0';
		if (len + strlen(message) + 4 > size)
			break;
		len += sprintf(text + len, "\n  %s", message + 1);
	}
}

void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int log = open_log_end();
	char text[3072] = "";

	if (fd < 0)
		fail_errno("module %s", path);
	if (syscall(SYS_finit_module, fd, "", 0)) {
		int error = errno;

		read_log(log, text, sizeof(text));
		fail("module %s does not load: %s%s", path, strerror(error), text);
	}
	close(fd);
	close(log);
}

void load_boot_modules(void)
{
	struct dirent **names;
	int n = scandir(BOOT_MODULES, &names, NULL, alphasort);

	if (n < 0)
		fail_errno(BOOT_MODULES);
	for (int i = 0; i < n; i++) {
		char path[sizeof(BOOT_MODULES) + sizeof(names[i]->d_name)];

		if (names[i]->d_name[0] != '.') {
			sprintf(path, BOOT_MODULES "/%s", names[i]->d_name);
			load_module(path);
		}
		free(names[i]);
	}
	free(names);
}
