// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ten thousand processes that live for a moment and are orphans or zombies when
 * they end are counted, each once; and who reads meanwhile sees no number fall.
 */
#include <signal.h>
#include <stdatomic.h>

#include "job.h"
#include "pcstats.h"

#define CHILDREN 100
#define GRANDCHILDREN 100	/* of each of them, where that is a matter of seconds */
#define DEPTH 200
#define READERS 2
#define HEAD (16 * 1024)	/* more than there is before the tables */

struct shared {
	atomic_int reads[READERS];
	atomic_bool stop;
};

static struct shared *shared;
static int fd;
static int grandchildren;	/* of each child */

/* ---- reading while it storms ---- */

struct line {
	char name[32];
	unsigned long long value;
};

/* The job records, by pread(2): readers of one file have one position. */
static int read_lines(struct line *lines, int max)
{
	char text[HEAD + 1], *line;
	ssize_t len = pread(fd, text, HEAD, 0);
	int n = 0;

	if (len <= 0)
		fail_errno("read of a job");
	text[len] = '\0';
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strncmp(line, "job ", 4))
			continue;
		if (n == max)
			fail("more than %d job records", max);
		/* "-": this kernel has nothing to count it by. */
		lines[n].value = 0;
		if (sscanf(line, "job %31s %llu", lines[n].name,
			   &lines[n].value) != 2 && !strstr(line, " -"))
			fail("\"%s\" is not understood", line);
		n++;
	}
	return n;
}

/* As often as it can, until the storm is over, and once more. */
static long do_read(long reader)
{
	enum { MAX = PCSTATS_NR_TALLIES + 8 };
	struct line before[MAX] = { 0 }, now[MAX];
	bool last;
	int i, n;

	frame_pin(reader);
	do {
		last = shared->stop;
		n = read_lines(now, MAX);
		if (n <= PCSTATS_NR_TALLIES)
			fail("%d job records", n);
		for (i = 0; i < n; i++)
			if (now[i].value < before[i].value &&
			    strcmp(now[i].name, "tasks"))
				fail("%s fell from %llu to %llu", now[i].name,
				     before[i].value, now[i].value);
		memcpy(before, now, sizeof(now));
		shared->reads[reader]++;
	} while (!last);
	return 0;
}

static void readers_start(struct puppet *readers)
{
	int i;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail_errno("mmap");
	for (i = 0; i < READERS; i++) {
		puppet_start(&readers[i]);
		puppet_post(&readers[i], do_read, i);
		while (!shared->reads[i])
			sched_yield();
	}
}

static void readers_end(struct puppet *readers)
{
	int i;

	shared->stop = true;
	for (i = 0; i < READERS; i++) {
		if (puppet_result(&readers[i]))
			fail("a reader gave up");
		puppet_end(&readers[i]);
	}
}

/* ---- storms ---- */

static pid_t must_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail_errno("fork");
	return pid;
}

/* Whose children are nobody's to wait for but those who inherit them. */
static void child(long cpu)
{
	int i;

	frame_pin(cpu);
	for (i = 0; i < grandchildren; i++)
		if (!must_fork())
			_exit(0);
	_exit(0);
}

static long do_storm(long arg)
{
	int i;

	for (i = 0; i < CHILDREN; i++)
		if (!must_fork())
			child(i);
	for (i = 0; i < CHILDREN; i++)
		if (wait(NULL) < 0)
			fail_errno("wait");
	return 0;
}

TEST_F_TIMEOUT(pcstats, grandchildren, 120)
{
	struct puppet p, readers[READERS];
	struct pcstats_job job;
	int forks, reads, i;

	grandchildren = GRANDCHILDREN / slowness();
	forks = CHILDREN + CHILDREN * grandchildren;
	fd = job_open();
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	readers_start(readers);
	reads = shared->reads[0];
	puppet_call(&p, do_storm, 0);
	puppet_end(&p);
	ASSERT_EQ(0, job_wait(fd));
	EXPECT_LT(reads + 1, shared->reads[0]);
	/*
	 * job_read() takes several reads.  Others through the same file in between
	 * would have the text made anew, to go on at the same byte of another one.
	 */
	readers_end(readers);
	job = job_read(fd);
	EXPECT_EQ(0, job.tasks);

	EXPECT_EQ(forks, job.tally[PCSTATS_forks]);
	EXPECT_EQ(0, job.tally[PCSTATS_vforks]);
	EXPECT_EQ(0, job.tally[PCSTATS_threads]);
	EXPECT_EQ(0, job.tally[PCSTATS_clones]);
	EXPECT_EQ(0, job.tally[PCSTATS_execs]);
	EXPECT_EQ(1 + forks, job.members);
	EXPECT_EQ(1 + forks, job.processes);
	EXPECT_GE(1 + forks, job.peak);
	EXPECT_EQ(0, job.lost);
	for (i = 0; i < READERS; i++)
		TH_LOG("%d readings", shared->reads[i]);
	close(fd);
}

/* Each forks the next and leaves. */
static long do_chain(long depth)
{
	pid_t pid = must_fork();

	if (pid) {
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("waitpid");
		return 0;
	}
	while (--depth)
		if (must_fork())
			_exit(0);
	_exit(0);
}

TEST_F(pcstats, chain)
{
	struct pcstats_job job;
	struct puppet p;

	fd = job_open();
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_chain, DEPTH);
	puppet_end(&p);
	ASSERT_EQ(0, job_wait(fd));
	job = job_read(fd);
	EXPECT_EQ(0, job.tasks);
	EXPECT_EQ(DEPTH, job.tally[PCSTATS_forks]);
	EXPECT_EQ(1 + DEPTH, job.members);
	EXPECT_EQ(1 + DEPTH, job.processes);
	EXPECT_EQ(0, job.lost);
	close(fd);
}

/* A job has it all before the parent can know of the end. */
static long do_fork_and_look(long n)
{
	pid_t pid;

	while (n--) {
		pid = must_fork();
		if (!pid)
			_exit(0);
		if (waitid(P_PID, pid, NULL, WEXITED | WNOWAIT) ||
		    job_read(fd).tasks != 1)
			return 1;
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("waitpid");
	}
	return 0;
}

TEST_F(pcstats, zombies_have_left)
{
	struct puppet p;

	fd = job_open();
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	EXPECT_EQ(0, puppet_call(&p, do_fork_and_look, 20));
	EXPECT_EQ(21, job_read(fd).members);
	puppet_end(&p);
	close(fd);
}

PCSTATS_TEST_MAIN
