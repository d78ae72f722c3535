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

/* As kernels print them, each the first or only line of its kind. */
TEST(each_complaint_logged)
{
	static const char *const lines[] = {
		"BUG: KASAN: slab-use-after-free in f+0x1/0x2",
		"BUG pcs_record (Tainted: G O): Objects remaining on shutdown",
		"UBSAN: shift-out-of-bounds in module/map.c:1:2",
		"BUG: KCSAN: data-race in f [pcstats] / g",
		"WARNING: possible circular locking dependency detected",
		"WARNING: suspicious RCU usage",
		"INFO: trying to register non-static key.",
		"BUG: sleeping function called from invalid context at a.c:1",
		"BUG: scheduling while atomic: fork/1/0x00000002",
		"ODEBUG: free active (active state 0) object type: rcu_head",
		"kmemleak: 1 new suspected memory leaks",
		"INFO: task fork:1 blocked for more than 120 seconds.",
		"rcu: INFO: rcu_preempt self-detected stall on CPU",
		"rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		"rcu: INFO: rcu_preempt detected expedited stalls on CPUs: 1",
		"INFO: rcu_tasks detected stalls on tasks:",
		"watchdog: BUG: soft lockup - CPU#0 stuck for 22s!",
		"kernel BUG at mm/page_table_check.c:1!",
		"list_add corruption. prev->next should be next, but was a",
	};
	char text[256];
	int fd = klog_open();
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(text, sizeof(text), "pcstats selftest: %s\n",
			 lines[i]);
		log_line(text);
		EXPECT_STREQ(text, klog_complaint(fd));
	}
}

/* Of ours; the kernel's oopses are full of them. */
TEST(address_logged)
{
	static const char ours[] = "pcstats: a hook at ffffffffc0123456\n";
	int fd = klog_open();

	log_line("selftest: a hook at ffffffffc0123456");
	log_line("pcstats: a hook at f+0x10");
	EXPECT_STREQ("", klog_complaint(fd));
	log_line(ours);
	EXPECT_STREQ(ours, klog_complaint(fd));
}

#define TITLE "BUG: KCSAN: data-race in "
#define OURS " pcs_handle+0x1/0x2 [pcstats]\n"
#define END "===================================================="

/* The kernel has data races of its own, and what is made for them. */
TEST(data_races)
{
	int fd = klog_open();

	log_line(OURS);
	log_line(TITLE "selftest / selftest");
	log_line("write to 0xffff888000000000 of 8 bytes by task 1 on cpu 0:");
	log_line(" selftest+0x1/0x2");
	log_line(" kmemleak_alloc_of_selftest [zram]");
	log_line("Reported by Kernel Concurrency Sanitizer on:");
	log_line(END);
	log_line(TITLE "ktime_get_mono_fast_ns / timekeeping_update");
	log_line(OURS);
	log_line(END);
	EXPECT_STREQ("", klog_complaint(fd));
	log_line(TITLE "selftest / selftest");
	log_line(" selftest+0x1/0x2");
	log_line(OURS);
	log_line(END);
	EXPECT_STREQ(OURS, klog_complaint(fd));
	EXPECT_STREQ("", klog_complaint(fd));
}

PCSTATS_TEST_MAIN
