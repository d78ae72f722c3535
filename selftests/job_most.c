// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table most has the eight processes of the job that copied most pages since
 * they are in it, most first, with all their threads, whether they live or not.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cow.h"
#include "job.h"

#define PAGES 256
#define PROCESSES 12
#define ROWS 8

static char *a_region, *b_region;	/* of two files */

static long do_write_a(long pages)
{
	region_write(a_region, pages);
	return 0;
}

static long do_write_b(long pages)
{
	region_write(b_region, pages);
	return 0;
}

static char *map_named(const char *name, size_t pages)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, pages * PAGE))
		fail_errno("memfd_create");
	return region_map(pages, MAP_PRIVATE, fd);
}

static void map_all(void)
{
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	a_region = map_named("a", PAGES);
	b_region = map_named("b", PAGES);
}

static long copies(const struct pcstats_most *row)
{
	return row->tally[PCSTATS_in_heap] + row->tally[PCSTATS_in_stack] +
	       row->tally[PCSTATS_in_anon] + row->tally[PCSTATS_in_file];
}

/* Anonymous pages, and of the two files, that the processes write. */
static const struct {
	long anon, a, b;
} writes[PROCESSES] = {
	{ 60, 0, 0 },
	{ 10, 3, 17 },		/* 30 */
	{ 0, 90, 0 },
	{ 1, 0, 0 },
	{ 70, 5, 5 },		/* 80; whichever of the two */
	{ 0, 20, 30 },		/* 50 */
	{ 100, 0, 0 },
	{ 2, 0, 0 },
	{ 0, 0, 0 },
	{ 5, 4, 1 },		/* 10 */
	{ 3, 100, 17 },		/* 120 */
	{ 110, 0, 0 },
};

/* Those with most, most first, and the file. */
static const struct {
	int nr;
	const char *name;
} expected[ROWS] = {
	{ 10, "memfd:a" }, { 11, "" }, { 6, "" }, { 2, "memfd:a" },
	{ 4, NULL }, { 0, "" }, { 5, "memfd:b" }, { 1, "memfd:b" },
};

static void check_most(struct __test_metadata *_metadata, int fd,
		       const struct puppet *p)
{
	struct pcstats_snapshot snap = job_snapshot(fd);
	int i;

	ASSERT_EQ(ROWS, snap.nr_most);
	for (i = 0; i < ROWS; i++) {
		const struct pcstats_most *row = &snap.most[i];
		const int nr = expected[i].nr;
		const long in_file = writes[nr].a + writes[nr].b;

		EXPECT_EQ(p[nr].pid, row->pid);
		EXPECT_EQ(writes[nr].anon, row->tally[PCSTATS_copied]);
		EXPECT_EQ(writes[nr].anon, row->tally[PCSTATS_in_anon]);
		EXPECT_EQ(in_file, row->tally[PCSTATS_file]);
		EXPECT_EQ(in_file, row->tally[PCSTATS_in_file]);
		EXPECT_EQ((writes[nr].anon + in_file) * PAGE,
			  row->tally[PCSTATS_bytes]);
		EXPECT_EQ(0, row->tally[PCSTATS_in_heap]);
		EXPECT_EQ(0, row->tally[PCSTATS_in_stack]);
		if (expected[i].name)
			EXPECT_STREQ(expected[i].name, row->name);
		EXPECT_STREQ("job_most", row->comm);
	}
	pcstats_free(&snap);
}

TEST_F_TIMEOUT(pcstats, eight_of_twelve, 60)
{
	struct puppet p[PROCESSES];
	int fd = job_open();
	int i;

	map_all();
	for (i = 0; i < PROCESSES; i++) {
		puppet_start(&p[i]);
		ASSERT_EQ(0, job_add(fd, p[i].pid));
	}
	for (i = 0; i < PROCESSES; i++) {
		puppet_call(&p[i], do_write_b, writes[i].b);
		puppet_call(&p[i], do_write, writes[i].anon);
		puppet_call(&p[i], do_write_a, writes[i].a);
	}
	check_most(_metadata, fd, p);
	/* Every other one has left. */
	for (i = 0; i < PROCESSES; i += 2)
		puppet_end(&p[i]);
	check_most(_metadata, fd, p);
	for (i = 1; i < PROCESSES; i += 2)
		puppet_end(&p[i]);
	check_most(_metadata, fd, p);
	close(fd);
}

/* The order is that of the moment, between the living and the dead, too. */
TEST_F(pcstats, overtaking)
{
	struct pcstats_snapshot snap;
	int fd = job_open();
	struct puppet a, b;

	map_all();
	puppet_start(&a);
	puppet_start(&b);
	ASSERT_EQ(0, job_add(fd, a.pid));
	ASSERT_EQ(0, job_add(fd, b.pid));
	puppet_call(&a, do_write, 10);
	snap = job_snapshot(fd);
	ASSERT_EQ(1, snap.nr_most);
	EXPECT_EQ(a.pid, snap.most[0].pid);
	pcstats_free(&snap);
	puppet_call(&b, do_write, 20);
	puppet_end(&a);
	snap = job_snapshot(fd);
	ASSERT_EQ(2, snap.nr_most);
	EXPECT_EQ(b.pid, snap.most[0].pid);
	EXPECT_EQ(20, copies(&snap.most[0]));
	EXPECT_EQ(a.pid, snap.most[1].pid);
	EXPECT_EQ(10, copies(&snap.most[1]));
	pcstats_free(&snap);
	puppet_end(&b);
	close(fd);
}

/* ---- threads ---- */

static pthread_barrier_t barrier;
static pthread_t threads[3];

/* The thread N writes the Nth quarter of the region; the first one leaves. */
static void *thread(void *arg)
{
	const long n = (long)arg;

	region_write(region + n * 10 * PAGE, 10);
	if (!n)
		return NULL;
	region_write(n == 1 ? a_region : b_region, n + 1);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static long do_threads(long arg)
{
	long i;

	if (pthread_barrier_init(&barrier, NULL, 3))
		fail("pthread_barrier_init");
	for (i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, thread, (void *)i))
			fail("pthread_create");
	pthread_join(threads[0], NULL);
	pthread_barrier_wait(&barrier);
	return 0;
}

static long do_join(long arg)
{
	pthread_barrier_wait(&barrier);
	pthread_join(threads[1], NULL);
	pthread_join(threads[2], NULL);
	return 0;
}

TEST_F(pcstats, threads)
{
	struct pcstats_most row;
	int fd = job_open();
	struct puppet p;

	map_all();
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_threads, 0);
	row = job_most(fd, p.pid);
	EXPECT_EQ(30, row.tally[PCSTATS_in_anon]);
	EXPECT_EQ(2 + 3, row.tally[PCSTATS_in_file]);
	EXPECT_STREQ("memfd:b", row.name);
	/* No thread has copied most of it, but all together. */
	puppet_call(&p, do_write_a, 2 + 2);
	row = job_most(fd, p.pid);
	EXPECT_EQ(30 + 3 + 4, copies(&row));
	EXPECT_STREQ("memfd:a", row.name);
	puppet_call(&p, do_write_b, 3 + 2);
	row = job_most(fd, p.pid);
	EXPECT_EQ(30 + 5 + 4, copies(&row));
	EXPECT_STREQ("memfd:b", row.name);
	/* pthread_join(3) returns before they have left: no difference. */
	puppet_call(&p, do_join, 0);
	row = job_most(fd, p.pid);
	EXPECT_EQ(30 + 5 + 4, copies(&row));
	EXPECT_STREQ("memfd:b", row.name);
	/* The one that is left. */
	puppet_call(&p, do_write_a, 4 + 2);
	row = job_most(fd, p.pid);
	EXPECT_EQ(30 + 5 + 6, copies(&row));
	EXPECT_STREQ("memfd:a", row.name);
	puppet_end(&p);
	EXPECT_EQ(0, job_wait(fd));
	row = job_most(fd, p.pid);
	EXPECT_EQ(30 + 5 + 6, copies(&row));
	EXPECT_STREQ("memfd:a", row.name);
	EXPECT_EQ(1, job_read(fd).processes);
	close(fd);
}

/* ---- threads that leave ---- */

#define LEAVING	40
#define READINGS 60

static volatile bool *stop;	/* shared */

static void *leaving(void *arg)
{
	region_write(a_region + (long)arg * PAGE, 1);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* All write, wait, and then all leave, again and again. */
static long do_leaving(long arg)
{
	pthread_t thread[LEAVING];
	long i;

	frame_pin(0);
	if (pthread_barrier_init(&barrier, NULL, LEAVING + 1))
		fail("pthread_barrier_init");
	while (!*stop) {
		if (madvise(a_region, LEAVING * PAGE, MADV_DONTNEED))
			fail_errno("madvise");
		for (i = 0; i < LEAVING; i++)
			if (pthread_create(&thread[i], NULL, leaving, (void *)i))
				fail("pthread_create");
		pthread_barrier_wait(&barrier);
		usleep(rand() % 4000);
		pthread_barrier_wait(&barrier);
		for (i = 0; i < LEAVING; i++)
			pthread_join(thread[i], NULL);
	}
	return 0;
}

/*
 * The job has this process alone, so each reading says the same of both.  The
 * reader gives way where it may, which is between the threads that it meets.
 */
TEST_F_TIMEOUT(pcstats, threads_that_leave, 120)
{
	const struct sched_param param = { 0 };
	struct pcstats_snapshot snap;
	int fd = job_open();
	struct puppet p;
	int i;

	map_all();
	stop = (bool *)region_map(1, MAP_SHARED, -1);
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_post(&p, do_leaving, 0);
	frame_pin(0);
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		fail_errno("sched_setscheduler");
	for (i = 0; i < READINGS; i++) {
		snap = job_snapshot(fd);
		EXPECT_EQ(snap.job.tally[PCSTATS_file],
			  snap.nr_most ? snap.most[0].tally[PCSTATS_file] : 0);
		pcstats_free(&snap);
	}
	*stop = true;
	EXPECT_EQ(0, puppet_result(&p));
	puppet_end(&p);
	close(fd);
}

/* ---- late ---- */

/* What it copied before is not in it, nor is the file that it copied of. */
TEST_F(pcstats, from_joining_on)
{
	struct pcstats_most row;
	int fd = job_open();
	struct puppet p;
	int alive;

	map_all();
	puppet_start(&p);
	puppet_call(&p, do_write, 50);
	puppet_call(&p, do_write_a, 50);
	ASSERT_EQ(0, job_add(fd, p.pid));
	EXPECT_EQ(0, job_most(fd, p.pid).pid);
	puppet_call(&p, do_write, 50 + 5);
	row = job_most(fd, p.pid);
	EXPECT_EQ(5, copies(&row));
	EXPECT_EQ(5, row.tally[PCSTATS_in_anon]);
	EXPECT_STREQ("", row.name);
	puppet_call(&p, do_write_b, 7);
	puppet_call(&p, do_write_a, 50 + 6);
	for (alive = 1; alive >= 0; alive--) {
		row = job_most(fd, p.pid);
		EXPECT_EQ(5 + 6 + 7, copies(&row));
		EXPECT_EQ(6 + 7, row.tally[PCSTATS_in_file]);
		EXPECT_STREQ("memfd:b", row.name);
		if (alive)
			puppet_end(&p);
	}
	close(fd);
}

/* A process is one row, also where it is in an inner job. */
TEST_F(pcstats, nested)
{
	struct pcstats_most row;
	int outer, inner;
	struct puppet p;

	map_all();
	puppet_start(&p);
	outer = job_open();
	inner = job_open();
	ASSERT_EQ(0, job_add(outer, p.pid));
	ASSERT_EQ(0, job_add(inner, p.pid));
	puppet_call(&p, do_write, 9);
	puppet_call(&p, do_write_a, 2);
	row = job_most(outer, p.pid);
	EXPECT_EQ(11, copies(&row));
	row = job_most(inner, p.pid);
	EXPECT_EQ(11, copies(&row));
	close(inner);
	puppet_call(&p, do_write, 9 + 1);
	row = job_most(outer, p.pid);
	EXPECT_EQ(12, copies(&row));
	EXPECT_STREQ("memfd:a", row.name);
	puppet_end(&p);
	row = job_most(outer, p.pid);
	EXPECT_EQ(12, copies(&row));
	close(outer);
}

PCSTATS_TEST_MAIN
