// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kselftest.h"
#include "userspace/reader.h"

void fail(const char *fmt, ...)
{
	va_list args;

	fputs("# ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

void fail_errno(const char *what)
{
	fail("%s: %s", what, strerror(errno));
}

void frame_skip(const char *why)
{
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	exit(KSFT_SKIP);
}

void frame_begin(void)
{
	/* A pipe would be block-buffered, and forked children write twice. */
	setvbuf(stdout, NULL, _IOLBF, 0);

	if (access(PCSTATS_PATH, F_OK))
		frame_skip("pcstats is not loaded");
	if (geteuid())
		frame_skip("needs root");
}

void frame_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail_errno("sched_setaffinity");
}

int slowness(void)
{
	const char *text = getenv("PCSTATS_SLOW");
	int n = text ? atoi(text) : 1;

	if (n < 1 || n > 100)
		fail("PCSTATS_SLOW=%s", text);
	return n;
}

int kernel_version(void)
{
	int major, minor;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%d.%d", &major, &minor) != 2)
		fail("uname: %s", u.release);
	return KERNEL(major, minor);
}

bool kernel_is_rt(void)
{
	struct utsname u;

	if (uname(&u))
		fail_errno("uname");
	return strstr(u.version, "PREEMPT_RT");
}

size_t file_read(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_errno(path);
	while ((got = read(fd, buf + len, size - len)) > 0) {
		len += got;
		if (len == size)
			fail("%s: more than %zu bytes", path, size - 1);
	}
	if (got < 0)
		fail_errno(path);
	close(fd);
	buf[len] = '\0';
	return len;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t put;
	int err;

	if (fd < 0)
		return -errno;
	put = write(fd, text, strlen(text));
	err = put < 0 ? -errno : 0;
	close(fd);
	if (!err && (size_t)put != strlen(text))
		fail("%s: short write of %zd bytes", path, put);
	return err;
}

unsigned long long file_number(const char *path, const char *key)
{
	static char buf[64 * 1024];
	unsigned long long value;
	const char *line;

	file_read(path, buf, sizeof(buf));
	for (line = buf; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), "%llu", &value) == 1)
			return value;
	}
	fail("%s: no line \"%s NUMBER\"", path, key);
}
