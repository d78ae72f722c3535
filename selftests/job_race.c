// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes join jobs, and jobs end, while these processes create others on
 * another CPU: who has joined is in it with all that it creates from then on,
 * and when nobody is left, nobody is.
 */
#include <sched.h>
#include <stdatomic.h>

#include "crowd.h"
#include "job.h"
#include "pcstats.h"

#define ROUNDS 60

struct shared {
	atomic_bool stop;
	atomic_int created;
};

static struct shared *shared;

static long do_create(long cpu)
{
	frame_pin(cpu);
	for (; !shared->stop; shared->created++)
		crowd_create();
	return 0;
}

static void wait_for_creations(void)
{
	int created = shared->created;

	while (shared->created == created)
		sched_yield();
}

/* Creations of any kind. */
static unsigned long long births(const struct pcstats_job *job)
{
	return job->tally[PCSTATS_forks] + job->tally[PCSTATS_vforks] +
	       job->tally[PCSTATS_threads] + job->tally[PCSTATS_clones];
}

/* One that was just being made when its creator joined is no member. */
#define EXPECT_MEMBERS(job)					\
do {								\
	unsigned long long threads = (job)->tally[PCSTATS_threads];	\
								\
	EXPECT_LE(births(job), (job)->members);			\
	/* A thread may have joined with its process. */	\
	EXPECT_GE(2 + births(job), (job)->members);		\
	EXPECT_LE(births(job) - threads, (job)->processes);	\
	EXPECT_GE(1 + births(job) - threads, (job)->processes);	\
	EXPECT_EQ(0, (job)->lost);				\
} while (0)

TEST_F_TIMEOUT(pcstats, joins_and_ends, 60)
{
	struct pcstats_job job;
	int outer, inner, i;
	struct puppet p;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	puppet_start(&p);
	puppet_post(&p, do_create, 1);
	for (i = 0; i < ROUNDS; i++) {
		outer = job_open();
		inner = job_open();
		ASSERT_EQ(0, job_add(outer, p.pid));
		ASSERT_EQ(0, job_add(inner, p.pid));
		if (i % 3)
			wait_for_creations();
		job = job_read(inner);
		EXPECT_LE(job.members, job_read(outer).members);
		close(i % 2 ? outer : inner);
		if (i % 5)
			wait_for_creations();
		job = job_read(i % 2 ? inner : outer);
		EXPECT_LE(1, job.tasks);
		EXPECT_EQ(0, job.lost);
		close(i % 2 ? inner : outer);
	}

	outer = job_open();
	ASSERT_EQ(0, job_add(outer, p.pid));
	inner = job_open();
	ASSERT_EQ(0, job_add(inner, p.pid));
	wait_for_creations();
	shared->stop = true;
	EXPECT_EQ(0, puppet_result(&p));
	puppet_end(&p);
	EXPECT_EQ(0, job_wait(inner));
	EXPECT_EQ(0, job_wait(outer));
	job = job_read(inner);
	EXPECT_EQ(0, job.tasks);
	EXPECT_MEMBERS(&job);
	job = job_read(outer);
	EXPECT_EQ(0, job.tasks);
	EXPECT_MEMBERS(&job);
	TH_LOG("%d rounds of creations", shared->created);
	close(inner);
	close(outer);
}

PCSTATS_TEST_MAIN
