// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench KERNEL TOOLS CSV [NAME...]: what pcstats adds to a page fault and to a creation, in
 * instructions, and beside it what other tools add that tell the same or the nearest (all,
 * or those NAMEd), as tables of KERNEL and in the file CSV.  TOOLS is the directory tools.
 *
 * For a machine that has one CPU whose TSC counts instructions (vm/run --icount), where the
 * caller is root and pcstats is loaded.  All states take turns in one boot; numbers of
 * different boots do not compare. Of each round the cheapest sample counts: an interrupt or
 * a refill of the CPU's free pages can only add to one.
 *
 * A row is refused if what was to count the events did not: it would be the cost of
 * something else.  Exit status: 0 all limits are kept, 1 one is not, or a row was refused or
 * too noisy to tell, 2 the benchmark could not be run.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

struct row *rows;
struct measured *measured;

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

static unsigned long sample(const struct event *event, struct row *row, size_t state, int k)
{
	unsigned long long begin, ticks;

	/* Whoever reads what tools say gets to run. */
	usleep(20 * 1000);
	measured->pid = 0;
	event->prepare();
	tallies_before(state, k);
	begin = __rdtsc();
	event->act();
	ticks = __rdtsc() - begin;
	tallies_after(state, k);
	if (event->finish)
		event->finish();
	if (measured->pid) {
		ticks = measured->ticks;
		row->pid[state] = measured->pid;
		row->done[state] = event->n;
	} else {
		row->done[state] += event->n;
	}
	return (ticks + event->n / 2) / event->n;
}

/*
 * In a process of its own, so that tools tell its events by its pid; one that runs before
 * all others, so that what is counted is the event and what is done about it meanwhile, and
 * not the tool's own process, which waits.
 */
static void work(const struct event *event, struct row *row, size_t state, int round)
{
	const struct sched_param first = { .sched_priority = 1 };
	unsigned long least = 0;

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		die("SCHED_FIFO");
	row->pid[state] = getpid();
	row->done[state] = 0;
	for (int k = 0; k < WARM_UP + SAMPLES; k++) {
		unsigned long cost = sample(event, row, state, k);

		if (k == WARM_UP || (k > WARM_UP && cost < least))
			least = cost;
	}
	row->least[state][round] = least;
}

static void measure(size_t state, int round)
{
	fprintf(stderr, "round %d of %d, %s\n", round + 1, ROUNDS, states[state].name);
	if (!state_enter(state))
		return;
	for (size_t i = 0; i < nr_events; i++) {
		pid_t child;
		int status;

		large_memory(events[i].large);
		child = fork();
		if (!child) {
			work(&events[i], &rows[i], state, round);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			die("fork");
		if (status)
			exit(2);
		if (state == PCSTATS || state == JOB)
			tallies_check(&events[i], child, rows[i].refused[state],
				      sizeof(rows[i].refused[state]));
	}
	state_leave(state);
}

void *shared_memory(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

/* Otherwise one that runs before all others may be stopped after a while. */
static void never_throttle(void)
{
	int fd = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1", 2) != 2)
		die("kernel.sched_rt_runtime_us");
	close(fd);
}

static bool wanted(size_t state, char **names)
{
	if (state < FIRST_TOOL || !*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, states[state].name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], EXEC_ARG))
		return exec_main(argv + 1);
	if (argc < 4) {
		fputs("usage: bench KERNEL TOOLS CSV [NAME...]\n", stderr);
		return 2;
	}
	check_tsc();
	never_throttle();
	rows = shared_memory(nr_events * sizeof(*rows));
	measured = shared_memory(sizeof(*measured));
	tallies_init();
	events_init();
	creation_init();
	states_init(argv[2]);

	/* What the first leaves is overwritten: until the kernel has settled. */
	for (size_t state = BARE; state < FIRST_TOOL; state++)
		measure(state, 0);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t state = BARE; state < nr_states; state++)
			if (wanted(state, argv + 4))
				measure(state, round);
	return print_tables(argv[1], argv[3]) ? 0 : 1;
}
