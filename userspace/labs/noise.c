// SPDX-License-Identifier: GPL-2.0-only
/*
 * How busy the machine is with other things, seen from inside.  A virtual machine
 * need not be told what its host takes away, and an emulated one cannot be.  But
 * the same few instructions take the same time again, unless somebody else has had
 * the CPU in between: so what they take as a rule is theirs, and what they take longer
 * on average is others'.  Not the shortest time: a CPU that shares its core with
 * another one is slower as long as that works, but it is there.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sheet.h"

#define MAX_CPUS	64
/* Until the clock frequency is what it will be; then what is measured. */
#define WARM_NS		20e6
#define MEASURED_NS	60e6
#define MAX_SPINS	8192

/* Some hundred thousand instructions. */
static double spin(void)
{
	double begin = now_ns();
	volatile unsigned int i;

	for (i = 0; i < 20000; i++)
		;
	return now_ns() - begin;
}

/* In a process of its own, on @cpu. */
static _Noreturn void probe(int cpu, double *lost)
{
	static double took[MAX_SPINS];
	double begin, now;
	cpu_set_t set;
	int nr = 0;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
	for (begin = now_ns(); now_ns() - begin < WARM_NS;)
		spin();
	begin = now_ns();
	do {
		took[nr++] = spin();
		now = now_ns();
	} while (now - begin < MEASURED_NS && nr < MAX_SPINS);
	qsort(took, nr, sizeof(took[0]), compare_doubles);
	*lost = fmax(0, 1 - nr * took[nr / 2] / (now - begin));
	_exit(0);
}

double time_lost(void)
{
	double *lost, most = 0;
	cpu_set_t set;
	pid_t pids[MAX_CPUS];
	int cpu, nr = 0;

	lost = mmap(NULL, MAX_CPUS * sizeof(*lost), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (lost == MAP_FAILED || sched_getaffinity(0, sizeof(set), &set))
		return 0;
	for (cpu = 0; cpu < CPU_SETSIZE && nr < MAX_CPUS; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		pids[nr] = fork();
		if (!pids[nr])
			probe(cpu, &lost[nr]);
		if (pids[nr] > 0)
			nr++;
	}
	while (nr--) {
		waitpid(pids[nr], NULL, 0);
		most = fmax(most, lost[nr]);
	}
	munmap(lost, MAX_CPUS * sizeof(*lost));
	return most;
}
