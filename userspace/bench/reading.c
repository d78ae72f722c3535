// SPDX-License-Identifier: GPL-2.0-only
/*
 * reading KERNEL CSV ABI TASKS...: what it takes to read of all tasks, in instructions for each,
 * where that many are alive, one process in a hundred of them: /proc/pcstats, and what else
 * tells of all tasks.
 *
 * As bench: for one CPU whose TSC counts instructions, as root, pcstats loaded.  Each way is
 * tried three times, and once if that takes long, and the cheapest counts.  Exit status: 0
 * the limits are kept, 1 not, 2 it could not be run.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../../module/ioctl.h"
#include "query.h"
#include "slabs.h"

#define TASKS_OF_PROCESS	100
#define PS_TIMES		20	/* that ps must be dearer */
#define GROWTH			1.1	/* that a task may be dearer among many than among 1000 */
#define LONG			(2000ULL * 1000 * 1000)

/*
 * A reader of a job holds the lock that births need while it meets so many: READ_BATCH in
 * job_read.c.
 */
#define BATCH			8

static char text[1 << 20];
static int job;		/* whose tasks all are */
static unsigned long seen;	/* tasks that the last way told of */

/* ---- tasks ---- */

/* A thread that uses no stack, so that it costs the kernel's memory only. */
static void start_thread(void)
{
	long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		     CLONE_SYSVSEM;
	long ret;

	asm volatile("mov %[clone], %%eax\n\t"
		     "mov %[flags], %%rdi\n\t"
		     "xor %%esi, %%esi\n\t"
		     "xor %%edx, %%edx\n\t"
		     "xor %%r10d, %%r10d\n\t"
		     "xor %%r8d, %%r8d\n\t"
		     "syscall\n\t"
		     "test %%rax, %%rax\n\t"
		     "jnz 2f\n"
		     "1: mov %[pause], %%eax\n\t"
		     "syscall\n\t"
		     "jmp 1b\n"
		     "2:"
		     : "=&a" (ret)
		     : [clone] "i" (SYS_clone), [pause] "i" (SYS_pause), [flags] "r" (flags)
		     : "rdi", "rsi", "rdx", "r10", "r8", "rcx", "r11", "memory");
	errno = ret < 0 ? -ret : 0;
	if (ret < 0)
		die("clone");
}

static void start_process(unsigned long threads)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (threads--)
			start_thread();
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1))
		die("a process of many threads");
	close(ready[0]);
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die("%s", path);
	close(fd);
}

/* ---- ways ---- */

static size_t read_whole(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		die("%s", path);
	while ((n = read(fd, text, sizeof(text))) > 0)
		len += n;
	if (n < 0)
		die("%s", path);
	close(fd);
	return len;
}

static void read_pcstats(void)
{
	read_whole("/proc/pcstats");
}

static void read_job(void)
{
	if (lseek(job, 0, SEEK_SET))
		die("seek");
	while (read(job, text, sizeof(text)) > 0)
		;
}

static void for_each(const char *directory, void (*what)(const char *directory, const char *name))
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	if (!dir)
		die("%s", directory);
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)*entry->d_name))
			what(directory, entry->d_name);
	closedir(dir);
}

static void thread_stat(const char *directory, const char *tid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/stat", directory, tid);
	read_whole(path);
	seen++;
}

static void thread_query(const char *directory, const char *tid)
{
	(void)directory;
	query(atoi(tid));
	seen++;
}

static void (*of_thread)(const char *directory, const char *name);

static void of_process(const char *directory, const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%.16s/task", directory, pid);
	for_each(path, of_thread);
}

static void stat_files(void)
{
	of_thread = thread_stat;
	for_each("/proc", of_process);
}

static void queries(void)
{
	of_thread = thread_query;
	for_each("/proc", of_process);
}

static void rollup(const char *directory, const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%.16s/smaps_rollup", directory, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* A kernel thread has none: ESRCH. */
	if (fd < 0)
		die("%s", path);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static void rollups(void)
{
	for_each("/proc", rollup);
}

static void run_ps(void)
{
	pid_t child = vfork();
	int status;

	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execl("/bin/ps", "ps", "-eLf", NULL);
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		die("ps");
}

static const struct way {
	const char *name;
	void (*act)(void);
} ways[] = {
	{ "/proc/pcstats", read_pcstats },
	{ "the same with a job", read_job },
	{ "/proc/*/task/*/stat", stat_files },
	{ "taskstats", queries },
	{ "/proc/*/smaps_rollup", rollups },
	{ "ps -eLf", run_ps },
};

enum { PCSTATS, IN_JOB, PS = 5, WAYS };

/* ---- the table ---- */

/* Of children that have gone; a nanosecond is an instruction here. */
static unsigned long long time_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ULL +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ULL;
}

/* ps waits for the machine's files, its own: what passes meanwhile is no work. */
static unsigned long long now(const struct way *way)
{
	return way->act == run_ps ? time_of_children() : __rdtsc();
}

static unsigned long long cheapest(const struct way *way)
{
	unsigned long long least = -1;

	for (int i = 0; i < 3; i++) {
		unsigned long long begin = now(way), ticks;

		way->act();
		ticks = now(way) - begin;
		least = ticks < least ? ticks : least;
		if (ticks > LONG)
			break;
	}
	return least;
}

int main(int argc, char **argv)
{
	static double of_pcstats[16];
	double at_thousand = 0, step = 0;
	unsigned long alive;
	bool good;
	FILE *csv;

	if (argc < 5 || argc > 16) {
		fputs("usage: reading KERNEL CSV ABI TASKS...\n", stderr);
		return 2;
	}
	csv = fopen(argv[2], "ae");
	if (!csv)
		die("%s", argv[2]);
	set("/proc/sys/kernel/pid_max", "1000000");
	set("/proc/sys/kernel/threads-max", "1000000");
	job = open("/proc/pcstats", O_RDONLY | O_CLOEXEC);
	if (job < 0 || ioctl(job, PCSTATS_JOB_ADD, 0))
		die("PCSTATS_JOB_ADD");
	stat_files();
	alive = seen;
	good = slabs_check(argv[1], argv[3]);

	printf("%-6s %-22s %8s %12s %8s\n", "kernel", "read", "tasks", "for a task", "times");
	for (int i = 4; i < argc; i++) {
		unsigned long wanted = strtoul(argv[i], NULL, 10), had = alive;
		unsigned long bytes = slab_bytes("pcs_record");

		while (alive < wanted) {
			unsigned long more = wanted - alive;

			more = more < TASKS_OF_PROCESS ? more : TASKS_OF_PROCESS;
			start_process(more - 1);
			alive += more;
			/* Whoever refills pcstats' stock of records gets to run. */
			usleep(1000);
		}
		bytes = slab_bytes("pcs_record") - bytes;
		if (alive > had)
			printf("%-6s %-22s %8lu %12.0f bytes\n", argv[1], "pcs_record grew", alive,
			       (double)bytes / (alive - had));
		for (int way = 0; way < WAYS; way++) {
			double cost = (double)cheapest(&ways[way]) / alive;
			double times;

			if (way == PCSTATS)
				of_pcstats[i] = cost;
			times = cost / of_pcstats[i];
			printf("%-6s %-22s %8lu %12.0f %7.1fx\n", argv[1], ways[way].name, alive,
			       cost, times);
			fprintf(csv, "%s,%s of %lu tasks,read,,%.0f,,,,%.2f,\n", argv[1],
				ways[way].name, wanted, cost, times);
			if (way == IN_JOB)
				step = (cost - of_pcstats[i]) * BATCH;
			if (way == PS && times < PS_TIMES && wanted >= 1000) {
				printf("BROKEN: ps is to be dearer %d times\n", PS_TIMES);
				good = false;
			}
		}
		if (wanted == 1000)
			at_thousand = of_pcstats[i];
		if (at_thousand && of_pcstats[i] > at_thousand * GROWTH) {
			printf("BROKEN: of %lu tasks each is dearer than of 1000\n", alive);
			good = false;
		}
	}
	printf("%-6s longest step of a reader that a birth may wait for: %.0f\n", argv[1], step);
	if (fclose(csv))
		die("%s", argv[2]);
	return good ? 0 : 1;
}
