// SPDX-License-Identifier: GPL-2.0-only
/* The check of the kernel log that ends every other test case sees a warning. */
#include "pcstats.h"

static void log_line(const char *text)
{
	int err = file_write("/dev/kmsg", text);

	if (err)
		fail("/dev/kmsg: error %d", err);
}

TEST(nothing_logged)
{
	int fd = klog_open();

	ASSERT_STREQ("", klog_complaint(fd));
	log_line("pcstats selftest: a line that means no harm");
	EXPECT_STREQ("", klog_complaint(fd));
}

TEST(warning_logged)
{
	static const char warning[] =
		"pcstats selftest: WARNING: this one is on purpose\n";
	int fd = klog_open();

	log_line(warning);
	log_line("pcstats selftest: a line after it");
	EXPECT_STREQ(warning, klog_complaint(fd));
	/* Only what is new counts: the next case starts clean. */
	EXPECT_STREQ("", klog_complaint(fd));
	EXPECT_STREQ("", klog_complaint(klog_open()));
}

PCSTATS_TEST_MAIN
