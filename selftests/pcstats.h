/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a test program: include this, write TEST_F(pcstats, name) cases,
 * end with PCSTATS_TEST_MAIN.
 *
 * The fixture pins the case to one CPU and, when the case is over, fails it for
 * events that were missed and for anything that the kernel logged against us.
 */
#ifndef PCSTATS_SELFTEST_H
#define PCSTATS_SELFTEST_H

#include "kselftest_harness.h"

#include "frame.h"
#include "klog.h"
#include "memory.h"
#include "puppet.h"
#include "snapshot.h"

FIXTURE(pcstats) {
	int klog;
};

FIXTURE_SETUP(pcstats)
{
	frame_pin(0);
	self->klog = klog_open();
}

FIXTURE_TEARDOWN(pcstats)
{
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* The harness, with limits of time that are this kernel's. */
static inline int run_cases(int argc, char **argv)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			t->timeout *= slowness();
	return test_harness_run(argc, argv);
}

#define PCSTATS_TEST_MAIN			\
int main(int argc, char **argv)			\
{						\
	frame_begin();				\
	exit(run_cases(argc, argv));		\
}

#endif /* PCSTATS_SELFTEST_H */
