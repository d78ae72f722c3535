// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation of a call fails once: the call says ENOMEM and has changed
 * nothing, or does what it should.  Who reads on gets the rest.
 */
#include <fcntl.h>

#include "job.h"
#include "pcstats.h"
#include "starve.h"

#define HISTORY "/sys/module/pcstats/parameters/history"

FIXTURE(calls) {
	int klog;
};

FIXTURE_SETUP(calls)
{
	frame_pin(0);
	self->klog = klog_open();
}

FIXTURE_TEARDOWN(calls)
{
	starve_end();
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", starve_complaint(self->klog));
}

static unsigned int failures;

/* Was the failure of the call for want of memory?  True: it is to be tried on. */
static bool starved(bool failed)
{
	if (!failed)
		return false;
	if (errno != ENOMEM)
		fail_errno("short of memory");
	failures++;
	return true;
}

/* How many allocations were still to come when the call was over. */
static unsigned int left;

static void feed(void)
{
	left = starve_left();
}

static int file;

static void do_open(void)
{
	int fd = open(PCSTATS_PATH, O_RDONLY);

	feed();
	if (!starved(fd < 0))
		close(fd);
}

/* To the end in steps, and again: the whole text, each line once. */
static void do_read(void)
{
	static char text[1 << 20];
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	size_t len = 0;
	ssize_t got;

	memset(text, 0, 65536);
	if (lseek(file, 0, SEEK_SET))
		fail_errno("lseek");
	do {
		got = read(file, text + len, 2000);
		if (got > 0)
			len += got;
	} while (got > 0 || starved(got < 0));
	feed();
	if (pcstats_parse(&snap, text, len, &error))
		fail("line %lu: %s", error.line, error.reason);
	if (!pcstats_find_live(&snap, getpid()) || !snap.nr_mms ||
	    !snap.nr_borns || !snap.job.present)
		fail("a part is missing");
	pcstats_free(&snap);
}

static void do_reread(void)
{
	char byte;
	int i;

	/* From somewhere in each table. */
	for (i = 1000; i < 9000; i += 2000)
		while (starved(pread(file, &byte, 1, i) != 1))
			;
	feed();
}

static void do_add(void)
{
	int fd = open(PCSTATS_PATH, O_RDONLY);
	int err;

	if (fd >= 0) {
		err = job_add(fd, 0);
		errno = -err;
	}
	feed();
	if (starved(fd < 0))
		return;
	if (!starved(err) && job_read(fd).tasks != 1)
		fail("not in the job");
	close(fd);
}

static void do_resize(void)
{
	static bool odd;
	char text[16];
	int fd = open(HISTORY, O_WRONLY);

	if (fd < 0 || write(fd, odd ? "100" : "101", 3) != 3)
		starved(true);
	else
		odd = !odd;
	feed();
	if (fd >= 0)
		close(fd);
	file_read(HISTORY, text, sizeof(text));
	if (strcmp(text, odd ? "101\n" : "100\n"))
		fail("the history is %s", text);
}

static void do_reset(void)
{
	while (starved(write(file, "reset", 5) != 5))
		;
	feed();
}

FIXTURE_VARIANT(calls) {
	void (*call)(void);
	bool never;		/* it needs no memory */
};

FIXTURE_VARIANT_ADD(calls, open) { do_open };
FIXTURE_VARIANT_ADD(calls, read) { do_read };
FIXTURE_VARIANT_ADD(calls, reread) { do_reread };
FIXTURE_VARIANT_ADD(calls, job_add) { do_add };
FIXTURE_VARIANT_ADD(calls, history) { do_resize };
FIXTURE_VARIANT_ADD(calls, reset) { do_reset, true };

TEST_F_TIMEOUT(calls, fails, 200)
{
	unsigned int nth = 0;

	file = open(PCSTATS_PATH, O_RDWR);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, job_add(file, 0));
	ASSERT_EQ(0, file_write(HISTORY, "100"));
	variant->call();
	variant->call();
	do {
		starve_nth(++nth);
		variant->call();
	} while (!left);
	TH_LOG("%u allocations, %u calls failed", nth - 1, failures);
	EXPECT_EQ(variant->never, !failures);
	ASSERT_EQ(0, file_write(HISTORY, "64"));
	close(file);
}

int main(int argc, char **argv)
{
	frame_begin();
	starve_begin();
	return run_cases(argc, argv);
}
