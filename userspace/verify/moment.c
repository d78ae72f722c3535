// SPDX-License-Identifier: GPL-2.0-only
/* Moments in which the machine is at rest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "verify.h"

void pause_tenth(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
}

/* "0.15 0.03 0.01 1/83 417" */
static unsigned long long kernel_tasks(void)
{
	FILE *file = fopen("/proc/loadavg", "re");
	unsigned long long count;

	if (!file || fscanf(file, "%*s %*s %*s %*u/%llu", &count) != 1)
		die("/proc/loadavg: cannot be read");
	fclose(file);
	return count;
}

static struct kernel_totals kernel_totals(void)
{
	return (struct kernel_totals) {
		.pgreuse = file_number("/proc/vmstat", "pgreuse "),
		.cow_ksm = file_number("/proc/vmstat", "cow_ksm "),
		.processes = file_number("/proc/stat", "processes "),
		.tasks = kernel_tasks(),
	};
}

static void read_ours(struct pcstats_snapshot *snap)
{
	struct pcstats_error error;

	if (pcstats_read(snap, NULL, &error))
		die("%s: %s", PCSTATS_PATH, error.reason);
}

void take(struct moment *moment)
{
	struct kernel_totals after;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		moment->kernel = kernel_totals();
		read_ours(&moment->ours);
		after = kernel_totals();
		if (!memcmp(&after, &moment->kernel, sizeof(after)))
			return;
		pcstats_free(&moment->ours);
		pause_tenth();
	}
	die("the machine does not come to rest");
}
