// SPDX-License-Identifier: GPL-2.0-only
/*
 * cow KERNEL: what pcstats adds to a page fault and to a fork, in instructions, as a table
 * whose first column says KERNEL.
 *
 * For a machine that has one CPU whose TSC counts instructions (vm/run --icount), where the
 * caller is root and pcstats is loaded.  It is unloaded, loaded, and asked to count us in a job
 * in turn, so that all kinds of rounds see the same boot; numbers of different boots do not compare.  Of each round the
 * cheapest sample counts: an interrupt or a refill of the CPU's free pages can only add to one.
 *
 * A row is refused if /proc/pcstats, read around each sample, did not count what the event
 * is: it would be the cost of something else.  Exit status: 0 all limits are kept, 1 one is
 * not, or a row was refused or too noisy to tell, 2 the benchmark could not be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../../module/ioctl.h"
#include "../reader.h"
#include "events.h"

#define WARM_UP_ROUNDS	1	/* until the kernel has settled */
#define ROUNDS		4	/* of each kind */
#define WARM_UP		3	/* samples of a round that do not count */
#define SAMPLES		11	/* that do */
#define MAX_EVENTS	16
#define TEXT_SIZE	(256 * 1024)
#define NOISE		0.5	/* percent */

enum state { BARE, LOADED, IN_JOB, STATES };

static struct result {
	unsigned long least[STATES][ROUNDS];	/* instructions of a single event */
	char refused[128];
} results[MAX_EVENTS];

struct text {
	size_t len;
	char bytes[TEXT_SIZE];
};

/* Shared, so that a fork does not make it copy-on-write. */
static struct text *before, *after;

void die(const char *format, ...)
{
	int error = errno;
	va_list ap;

	fputs("bench-cow: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	exit(2);
}

static unsigned long long ticks_of_loop(unsigned long n)
{
	unsigned long long begin = __rdtsc();

	/* Two instructions each time. */
	asm volatile("1: dec %0; jnz 1b" : "+r" (n) : : "cc");
	return __rdtsc() - begin;
}

/* One tick of the TSC is one instruction, or all numbers below are something else. */
static void check_tsc(void)
{
	const unsigned long times = 100000;
	unsigned long long one = -1, two = -1;

	for (int i = 0; i < 20; i++) {
		unsigned long long ticks = ticks_of_loop(times);

		one = ticks < one ? ticks : one;
		ticks = ticks_of_loop(2 * times);
		two = ticks < two ? ticks : two;
	}
	errno = 0;
	if (two - one != 2 * times)
		die("%lu instructions take %llu ticks of the TSC: needs vm/run --icount",
		    2 * times, two - one);
}

static void set_state(enum state state)
{
	const char *path = getenv("PCSTATS_MODULE") ?: "";
	static int job = -1;
	int fd;

	if (state == IN_JOB) {
		job = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
		if (job < 0 || ioctl(job, PCSTATS_JOB_ADD, 0))
			die("PCSTATS_JOB_ADD");
		return;
	}
	if (state == BARE) {
		close(job);
		if (syscall(SYS_delete_module, "pcstats", 0))
			die("unload pcstats");
		return;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die("load $PCSTATS_MODULE (%s)", path);
	close(fd);
}

/* Takes no memory of ours, and is the same work without the module. */
static void read_text(struct text *text, enum state state)
{
	const char *path = state == BARE ? "/proc/self/status" : PCSTATS_PATH;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		die("%s", path);
	text->len = 0;
	errno = 0;
	do {
		got = read(fd, text->bytes + text->len, TEXT_SIZE - text->len);
		if (got < 0 || text->len + got == TEXT_SIZE)
			die("read %s", path);
		text->len += got;
	} while (got);
	close(fd);
}

/* How much tally @i is to grow by: -1 for anything. */
static long long expected(const struct event *event, int i)
{
	const char *name = pcstats_tally_names[i];

	for (size_t k = 0; k < sizeof(event->tallies) / sizeof(event->tallies[0]); k++)
		if (event->tallies[k] && !strcmp(event->tallies[k], name))
			return i == PCSTATS_bytes ? event->n * sysconf(_SC_PAGESIZE) : event->n;
	return event->others ? -1 : 0;
}

static const struct pcstats_task *own_row(struct pcstats_snapshot *snap, const struct text *text)
{
	const struct pcstats_task *task;
	struct pcstats_error error;

	errno = 0;
	if (pcstats_parse(snap, text->bytes, text->len, &error))
		die("/proc/pcstats: line %lu: %s", error.line, error.reason);
	task = pcstats_find_live(snap, getpid());
	if (!task)
		die("/proc/pcstats has no row for the benchmark");
	return task;
}

/* What was counted between the two texts, against what the event is. */
static void check_tallies(const struct event *event, struct result *result)
{
	struct pcstats_snapshot snaps[2];
	const struct pcstats_task *from = own_row(&snaps[0], before);
	const struct pcstats_task *to = own_row(&snaps[1], after);

	for (int i = 0; i < PCSTATS_NR_TALLIES && !*result->refused; i++) {
		long long want = expected(event, i);
		long long got = pcstats_delta(from->tally[i], to->tally[i]);

		if (want < 0 || got == want)
			continue;
		if (got == PCSTATS_DELTA_UNWATCHED)
			snprintf(result->refused, sizeof(result->refused),
				 "%s is not watched", pcstats_tally_names[i]);
		else
			snprintf(result->refused, sizeof(result->refused),
				 "%s: %lld, not %lld", pcstats_tally_names[i], got, want);
	}
	pcstats_free(&snaps[0]);
	pcstats_free(&snaps[1]);
	/* A fork that finds more memory in use costs more. */
	malloc_trim(0);
}

static unsigned long sample(const struct event *event, struct result *result, enum state state)
{
	unsigned long long begin, end;

	event->prepare();
	/*
	 * What is written to between the two texts has been written to before, so that it
	 * takes no fault there: these texts, and by the first call what the second writes to.
	 */
	memset(before, 0, sizeof(*before));
	memset(after, 0, sizeof(*after));
	read_text(before, state);
	begin = __rdtsc();
	event->act();
	end = __rdtsc();
	read_text(after, state);
	if (event->finish)
		event->finish();
	if (state != BARE)
		check_tallies(event, result);
	return (end - begin + event->n / 2) / event->n;
}

static int compare(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static unsigned long median(const unsigned long *of_rounds)
{
	unsigned long sorted[ROUNDS];

	memcpy(sorted, of_rounds, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), compare);
	return (sorted[(ROUNDS - 1) / 2] + sorted[ROUNDS / 2]) / 2;
}

static void measure(enum state state, int round)
{
	for (size_t i = 0; i < nr_events; i++) {
		unsigned long least = 0;

		for (int k = -WARM_UP; k < SAMPLES; k++) {
			unsigned long cost = sample(&events[i], &results[i], state);

			if (k == 0 || (k > 0 && cost < least))
				least = cost;
		}
		results[i].least[state][round] = least;
	}
}

/* Between the rounds of one kind, in percent: how far the numbers repeat. */
static double spread(const unsigned long *of_rounds)
{
	unsigned long low = of_rounds[0], high = of_rounds[0];

	for (int i = 1; i < ROUNDS; i++) {
		low = of_rounds[i] < low ? of_rounds[i] : low;
		high = of_rounds[i] > high ? of_rounds[i] : high;
	}
	return (high - low) * 100. / low;
}

/* Whether the row is as it should be. */
static bool print_row(const char *kernel, const struct event *event, const struct result *result)
{
	unsigned long bare = median(result->least[BARE]);
	unsigned long loaded = median(result->least[LOADED]);
	long added = loaded - bare;
	double percent = added * 100. / bare;
	double bare_spread = spread(result->least[BARE]);
	double loaded_spread = spread(result->least[LOADED]);
	double worst = bare_spread > loaded_spread ? bare_spread : loaded_spread;
	long job_added = median(result->least[IN_JOB]) - bare;
	bool noisy = worst >= NOISE, broken = event->limit && percent > event->limit;

	printf("%-6s %-20s ", kernel, event->name);
	if (*result->refused) {
		printf("refused: %s\n", result->refused);
		return false;
	}
	printf("%8lu %8lu %+7ld %+7.2f%% %6.2f%% %+7ld ", bare, loaded, added, percent, worst,
	       job_added);
	if (event->limit)
		printf("%5.1f%%  %s", event->limit, noisy ? "noisy" : broken ? "BROKEN" : "kept");
	else
		printf("%6s%s", "-", noisy ? "  noisy" : "");
	putchar('\n');
	return !event->limit || !(noisy || broken);
}

static void *shared_memory(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

int main(int argc, char **argv)
{
	bool good = true;

	if (argc != 2) {
		fputs("usage: cow KERNEL\n", stderr);
		return 2;
	}
	check_tsc();
	before = shared_memory(sizeof(*before));
	after = shared_memory(sizeof(*after));
	events_init();

	for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
		for (enum state state = BARE; state < STATES; state++) {
			set_state(state);
			/* What the first leaves is overwritten. */
			measure(state, round < 0 ? 0 : round);
		}
	}

	printf("%-6s %-20s %8s %8s %7s %8s %7s %7s %6s\n", "kernel", "event", "bare", "loaded",
	       "added", "percent", "spread", "in job", "limit");
	for (size_t i = 0; i < nr_events; i++)
		good &= print_row(argv[1], &events[i], &results[i]);
	return good ? 0 : 1;
}
