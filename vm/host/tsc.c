// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel would measure of the TSC, by the emulated timer, and of each further CPU as it comes
 * up. Where other programs have the host's CPUs it finds something else, or tries for seconds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host.h"

struct moment {
	uint64_t tsc;
	int64_t ns;
};

static struct moment begin;

static int64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* 0: this machine has none. */
static uint64_t read_tsc(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

/* The two clocks at once, unless others ran between the readings each time. */
static struct moment read_moment(void)
{
	struct moment best = { 0 };
	int64_t least = INT64_MAX;

	for (int i = 0; i < 20 && least > 1000; i++) {
		int64_t before = monotonic_ns();
		uint64_t tsc = read_tsc();
		int64_t after = monotonic_ns();

		if (after - before < least) {
			least = after - before;
			best = (struct moment){ tsc, before + least / 2 };
		}
	}
	return best;
}

/* The kernel's ticks in a second; 0: not known. */
static unsigned int ticks_of(const char *kernel_dir)
{
	char path[4096], line[256];
	unsigned int hz = 0;
	FILE *config;

	snprintf(path, sizeof(path), "%s/build/.config", kernel_dir);
	config = fopen(path, "re");
	while (config && fgets(line, sizeof(line), config))
		if (sscanf(line, "CONFIG_HZ=%u", &hz) == 1)
			break;
	if (config)
		fclose(config);
	return hz;
}

void tsc_begin(void)
{
	begin = read_moment();
}

/* The guest's TSC is the host's. */
char *tsc_parameters(const char *kernel_dir)
{
	struct moment end = read_moment();
	unsigned int hz = ticks_of(kernel_dir);
	char *parameters;
	double rate;
	int n;

	/* In a shorter time the readings are not exact enough. */
	if (end.ns - begin.ns < 5000000 || !end.tsc)
		return "";
	rate = (double)(end.tsc - begin.tsc) / (end.ns - begin.ns) * 1e9;
	/* Delays are counted by the TSC, for each tick. */
	n = hz ? asprintf(&parameters, "tsc_early_khz=%.0f lpj=%.0f ", rate / 1000, rate / hz) :
		 asprintf(&parameters, "tsc_early_khz=%.0f ", rate / 1000);
	if (n < 0)
		die("out of memory");
	return parameters;
}
