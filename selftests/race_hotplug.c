// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs go and come back while tasks are made on them: what each counted stays in
 * the totals, once, and a reset reaches those that are away.
 */
#include "makers.h"
#include "making.h"
#include "pcstats.h"

static void set_online(int cpu, const char *online)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 cpu);
	err = file_write(path, online);
	if (err)
		fail("%s: error %d", path, err);
}

TEST_F_TIMEOUT(pcstats, while_makers_make, 20000)
{
	const int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long long unseen;
	int left, i, cpu;

	if (cpus < 2 || access("/sys/devices/system/cpu/cpu1/online", W_OK))
		SKIP(return, "no CPU that can go");
	for (left = rounds(3); left > 0; left -= 10) {
		books_open();
		unseen = births_unseen();
		makers_start(MAKE_CALLS | MAKE_EXECS | MAKE_TRACED);
		for (i = 0; i < left && i < 10; i++) {
			cpu = 1 + i % (cpus - 1);
			makers_wait();
			set_online(cpu, "0");
			makers_wait();
			set_online(cpu, "1");
		}
		/* On one of all. */
		for (cpu = 1; cpu < cpus; cpu++)
			set_online(cpu, "0");
		makers_wait();
		makers_stop();
		EXPECT_STREQ("", makers_miscounted());
		EXPECT_STREQ("", tasks_differ());
		EXPECT_STREQ("", totals_differ());
		EXPECT_EQ(unseen, births_unseen());
		for (cpu = 1; cpu < cpus; cpu++)
			set_online(cpu, "1");
		EXPECT_STREQ("", totals_differ());
		EXPECT_EQ(unseen, births_unseen());
	}
}

static long do_make(long cpu)
{
	struct made made = { 0 };

	frame_pin(cpu);
	make(0, &made);
	return made.forks + made.vforks + made.threads + made.clones;
}

/* They are of before; nothing of it comes back with the CPU. */
TEST_F(pcstats, reset_while_away)
{
	struct puppet p;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU only");
	puppet_start(&p);
	EXPECT_EQ(4, puppet_call(&p, do_make, 1));
	set_online(1, "0");
	books_open();
	EXPECT_STREQ("", totals_differ());
	EXPECT_EQ(4, puppet_call(&p, do_make, 0));
	set_online(1, "1");
	EXPECT_STREQ("", totals_differ());
	EXPECT_EQ(4, puppet_call(&p, do_make, 1));
	EXPECT_STREQ("", totals_differ());
	puppet_end(&p);
	set_history(64);
}

PCSTATS_TEST_MAIN
