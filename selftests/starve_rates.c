// SPDX-License-Identifier: GPL-2.0-only
/*
 * At any rate at which allocations fail, of the worker that fills the stock and
 * in the calls of processes that make others, read, join jobs and change the
 * history, the machine goes on and the books balance: what the kernel made is
 * what was recorded and what was missed.
 *
 * With a build of the module whose stock is small (PCSTATS_TEST_SMALL_STOCK in
 * module/stock.c), and no row ever leaves the history.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "cow.h"
#include "job.h"
#include "ledger.h"
#include "starve.h"

#define HISTORY "/sys/module/pcstats/parameters/history"
#define PAGES 5
#define ROUNDS 12
#define STACK 16384

FIXTURE(rates) {
	int klog;
};

FIXTURE_VARIANT(rates) {
	const char *kind;
};

FIXTURE_VARIANT_ADD(rates, slab) { FAILSLAB };
FIXTURE_VARIANT_ADD(rates, pages) { FAIL_PAGE_ALLOC };

FIXTURE_SETUP(rates)
{
	frame_pin(0);
	self->klog = klog_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
}

FIXTURE_TEARDOWN(rates)
{
	starve_end();
	EXPECT_STREQ("", starve_complaint(self->klog));
}

/* ---- what a process does, its calls short of memory ---- */

struct tried {
	unsigned long made, reads, sizes, jobs, refused;
};

static struct tried *tried;
static char stack[STACK] __aligned(16);

/* What it inherits it keeps: faults are tried again until there is memory. */
static int leave(void *arg)
{
	if (arg)
		region_write(region, PAGES);
	_exit(0);
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0) {
		tried->refused++;
		return;
	}
	tried->made++;
	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x", pid, status);
}

/* Once without, once short of memory. */
static void make(void)
{
	const int flags[] = { SIGCHLD, CLONE_VM | SIGCHLD,
			      CLONE_VM | CLONE_VFORK | SIGCHLD };
	size_t i;
	pid_t pid;
	int on;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		for (on = 0; on < 2; on++) {
			starve_self(on);
			pid = clone(leave, stack + STACK, flags[i],
				    flags[i] == SIGCHLD ? stack : NULL);
			starve_self(false);
			reap(pid);
		}
	}
	region_write(region, PAGES);
}

static void tell(bool ok, int err, unsigned long *count)
{
	if (ok)
		++*count;
	else if (err == ENOMEM)
		tried->refused++;
	else
		fail("%s", strerror(err));
}

/* To its end, or as far as there is memory. */
static void read_all(void)
{
	static char buf[32768];
	ssize_t got;
	int fd;

	/* Pages that are the reader's own: a fault in a call fails it. */
	memset(buf, 1, sizeof(buf));
	starve_self(true);
	fd = open(PCSTATS_PATH, O_RDONLY);
	for (got = 1; fd >= 0 && got > 0; )
		got = read(fd, buf, sizeof(buf));
	starve_self(false);
	tell(fd >= 0 && !got, errno, &tried->reads);
	if (fd >= 0)
		close(fd);
}

static void resize(const char *size)
{
	ssize_t put;
	int fd = open(HISTORY, O_WRONLY);

	starve_self(true);
	put = write(fd, size, strlen(size));
	starve_self(false);
	tell(put > 0, errno, &tried->sizes);
	close(fd);
}

static void join_and_leave(void)
{
	int fd = job_open();
	int err;

	starve_self(true);
	err = job_add(fd, 0);
	starve_self(false);
	tell(!err, -err, &tried->jobs);
	close(fd);
}

static long do_try(long rounds)
{
	while (rounds--) {
		make();
		read_all();
		resize(rounds % 2 ? "16384" : "16000");
		join_and_leave();
	}
	return 0;
}

/* Until a child that does all that is recorded again. */
static void feed(struct puppet *p)
{
	struct ledger before, after;

	starve_end();
	do {
		before = ledger_read();
		puppet_call(p, do_try, 1);
		after = ledger_read();
	} while (before.lost != after.lost);
}

TEST_F_TIMEOUT(rates, books_balance, 280)
{
	static const int percents[] = { 1, 2, 5, 10, 20, 50, 80, 100 };
	struct ledger before, after;
	struct puppet p;
	size_t i;

	tried = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, tried);
	puppet_start(&p);
	/* What libc and the kernel need once. */
	puppet_call(&p, do_try, 1);
	for (i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		*tried = (struct tried){ 0 };
		before = ledger_read();
		starve_workers(true);
		starve_set(variant->kind, percents[i]);
		puppet_call(&p, do_try, ROUNDS);
		starve_end();
		after = ledger_read();
		TH_LOG("%d%%: made %lu, reads %lu, sizes %lu, jobs %lu, refused %lu",
		       percents[i], tried->made, tried->reads, tried->sizes,
		       tried->jobs, tried->refused);
		TH_LOG("missed %llu births, %llu exits, %llu writes",
		       after.missed_births - before.missed_births,
		       after.missed_exits - before.missed_exits,
		       after.missed_writes - before.missed_writes);
		EXPECT_STREQ("", ledger_wrong(&before, &after))
			TH_LOG("%d%%", percents[i]);
		EXPECT_LE(3 * ROUNDS, tried->made);
		feed(&p);
	}
	EXPECT_LT(0, after.missed_births);
	EXPECT_LT(0, after.missed_exits);
	puppet_end(&p);
}

int main(int argc, char **argv)
{
	int status;

	frame_begin();
	starve_begin();
	starve_small_stock(true);
	status = run_cases(argc, argv);
	starve_small_stock(false);
	return status;
}
