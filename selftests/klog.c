// SPDX-License-Identifier: GPL-2.0-only
#include "klog.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"

static const char *const complaints[] = {
	"WARNING:",
	"BUG:",
	"BUG at",
	"Oops",
	"general protection fault",
	"possible circular locking",
	"possible recursive locking",
	"inconsistent lock state",
	"suspicious RCU",
	"KASAN",
	"KCSAN",
	"UBSAN",
	"refcount_t",
	"scheduling while atomic",
	"sleeping function called",
	"detected stall",
	"self-detected stall",
	"blocked for more than",
	"soft lockup",
	"leak",
	"ODEBUG",
	"Bad page state",
	"Bad rss-counter",
};

int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fail_errno("/dev/kmsg");
	if (lseek(fd, 0, SEEK_END) < 0)
		fail_errno("/dev/kmsg: lseek");
	return fd;
}

const char *klog_complaint(int fd)
{
	static char record[8192];
	const char *text;
	ssize_t len;
	size_t i;

	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EAGAIN)
			return "";
		if (len < 0 && errno == EPIPE)
			return "records lost: the log was overrun";
		if (len < 0)
			fail_errno("/dev/kmsg: read");
		record[len] = '\0';
		/* "level,sequence,time,flags;text\n", then its dictionary */
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		for (i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
			if (strstr(text, complaints[i]))
				return text;
	}
}
