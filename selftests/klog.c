// SPDX-License-Identifier: GPL-2.0-only
#include "klog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"

static const char *const complaints[] = {
	"WARNING:",
	"BUG:",
	"BUG at",
	"corruption",
	"Oops",
	"general protection fault",
	"Unable to handle kernel",
	"possible circular locking",
	"possible recursive locking",
	"inconsistent lock state",
	"non-static key",
	"lockdep is turned off",
	"suspicious RCU",
	"KASAN",
	"UBSAN",
	"refcount_t",
	"scheduling while atomic",
	"sleeping function called",
	"detected stall",
	"self-detected stall",
	"detected expedited stall",
	"kthread starved",
	"blocked for more than",
	"soft lockup",
	"hard LOCKUP",
	"leak",
	"ODEBUG",
	"DEBUG_LOCKS_WARN_ON",
	"Bad page state",
	"Bad rss-counter",
	"): Objects remaining",
	"Redzone overwritten",
	"Poison overwritten",
};

/*
 * KCSAN tells of the whole kernel's data races.  Ours have a function of pcstats
 * in the title or on a stack, whose lines begin with a blank; but for what we
 * call that is made to be raced with: the clock for NMIs, a latch.
 */
static bool in_report;

static bool races(const char *text)
{
	static const char title[] = "BUG: KCSAN:";

	if (strstr(text, title))
		in_report = !strstr(text, "ktime_get_mono_fast_ns");
	else if (!strncmp(text, "=====", 5))
		in_report = false;
	else if (text[0] != ' ')
		return false;
	return in_report && strstr(text, "[pcstats]");
}

/* What the module says begins so; the kernel's half of all addresses with ffff. */
static bool shows_address(const char *text)
{
	static const char module[] = "pcstats: ";

	return !strncmp(text, module, sizeof(module) - 1) && strstr(text, "ffff");
}

static bool complains(const char *text)
{
	size_t i;

	if (races(text) || shows_address(text))
		return true;
	if (text[0] == ' ' || strstr(text, "KCSAN"))
		return false;
	for (i = 0; i < sizeof(complaints) / sizeof(*complaints); i++)
		if (strstr(text, complaints[i]))
			return true;
	return false;
}

/* A report that has begun is read to its end. */
static bool more_to_come(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return in_report && poll(&p, 1, 1000 * slowness()) == 1;
}

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

	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EAGAIN) {
			if (more_to_come(fd))
				continue;
			return "";
		}
		if (len < 0 && errno == EPIPE)
			return "records lost: the log was overrun";
		if (len < 0)
			fail_errno("/dev/kmsg: read");
		record[len] = '\0';
		/* "level,sequence,time,flags;text\n", then its dictionary */
		text = strchr(record, ';');
		text = text ? text + 1 : record;
		if (complains(text))
			return text;
	}
}
