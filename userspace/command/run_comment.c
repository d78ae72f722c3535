// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: what a number in the report amounts to, in words. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "run_private.h"

static char *size_text(double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t i = 0;

	for (; bytes >= 1024 && i < 4; i++)
		bytes /= 1024;
	return xasprintf("%.*f %s", i ? 1 : 0, bytes, units[i]);
}

static char *time_text(double ns)
{
	if (ns >= 1e9)
		return xasprintf("%.3f s", ns / 1e9);
	if (ns >= 1e6)
		return xasprintf("%.3f ms", ns / 1e6);
	return xasprintf("%.3f us", ns / 1e3);
}

static char *pages_comment(double pages, const char *behind)
{
	char *size = size_text(pages * sysconf(_SC_PAGESIZE));
	char *comment = xasprintf("%s%s", size, behind);

	free(size);
	return comment;
}

static char *copied_comment(const struct run_samples *samples)
{
	double copied = run_mean(samples, PCSTATS_copied);
	double shared = run_mean(samples, PCSTATS_fork_pages);

	if (!(shared > 0))
		return pages_comment(copied, "");
	return xasprintf("%.1f%% of fork_pages", 100 * copied / shared);
}

static char *fork_ns_comment(const struct run_samples *samples)
{
	double creations = run_mean(samples, PCSTATS_forks) +
			   run_mean(samples, PCSTATS_vforks) +
			   run_mean(samples, PCSTATS_threads) +
			   run_mean(samples, PCSTATS_clones);
	char *each, *comment;

	if (!(creations > 0))
		return NULL;
	each = time_text(run_mean(samples, PCSTATS_fork_ns) / creations);
	comment = xasprintf("%s for each creation", each);
	free(each);
	return comment;
}

/* How much of all pages that were copied lay in the region @value. */
static char *where_comment(const struct run_samples *samples, int value)
{
	double sum = 0;
	int t;

	for (t = PCSTATS_in_heap; t <= PCSTATS_in_file; t++)
		sum += run_mean(samples, t);
	if (isnan(sum))
		return NULL;
	return xasprintf("%.1f%% of all that was copied",
			 100 * run_mean(samples, value) / sum);
}

static char *why_comment(const struct run_samples *samples, int value)
{
	double copied = run_mean(samples, PCSTATS_copied);

	if (!(copied > 0))
		return NULL;
	return xasprintf("%.1f%% of copied", 100 * run_mean(samples, value) / copied);
}

char *run_comment(const struct run_samples *samples, int value)
{
	double number = run_mean(samples, value);

	if (isnan(number))
		return xstrdup("not watched");
	if (value == RUN_PEAK)
		return xstrdup("most tasks alive at once");
	if (value == RUN_LOST)
		return xstrdup("children missing here");
	if (number == 0)
		return NULL;
	if (value >= PCSTATS_in_heap && value <= PCSTATS_in_file)
		return where_comment(samples, value);
	if (value >= PCSTATS_why_mapped && value <= PCSTATS_why_unknown)
		return why_comment(samples, value);
	switch (value) {
	case PCSTATS_fork_pages:
		return pages_comment(number, " shared");
	case PCSTATS_copied:
		return copied_comment(samples);
	case PCSTATS_reused:
		return xstrdup("kept: nobody else was left");
	case PCSTATS_zeroed:
	case PCSTATS_file:
	case PCSTATS_ksm:
	case PCSTATS_unshared:
	case PCSTATS_fork_copied:
		return pages_comment(number, "");
	case PCSTATS_bytes:
		return size_text(number);
	case PCSTATS_fork_ns:
		return fork_ns_comment(samples);
	}
	return NULL;
}
