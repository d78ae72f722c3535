// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's own memory, by /proc/slabinfo: no object more than what lives
 * needs, and the stock of free ones (module/stock.c).  The stock is filled up
 * when half of it is gone: an object that got lost counts as one of the stock's
 * until then.  Nothing is lost unseen, for the caches must be empty at unload.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

#define SLABINFO	"/proc/slabinfo"
#define STOCK		1024	/* STOCK_FULL */
#define NAMES		16	/* files whose names a task keeps, at most */

/* Objects in use, with those that wait on a CPU's list put where they are counted. */
static long long in_use(const char *cache)
{
	char path[64], key[64];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	if (file_write(path, "1"))
		die("%s: %s (slab_nomerge?)", path, strerror(errno));
	snprintf(key, sizeof(key), "%s ", cache);
	return file_number(SLABINFO, key);
}

static long long above(long long count, long long limit)
{
	return count > limit ? count - limit : 0;
}

void slab_compare(unsigned long long nr_tasks)
{
	static const struct {
		const char *cache, *what;
		unsigned int per_task;
	} parts[] = {
		{ "pcs_cow", "slab pcs_cow, at most", 1 },
		{ "pcs_space", "slab pcs_space, at most", 1 },
		{ "pcs_map", "slab pcs_map, at most", NAMES },
	};
	long long count, limit;
	size_t i;

	compare_equal("slab pcs_record", in_use("pcs_record"), nr_tasks + STOCK);
	compare_equal("slab pcs_process", in_use("pcs_process"), 0);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		count = in_use(parts[i].cache);
		limit = STOCK + nr_tasks * parts[i].per_task;
		compare(parts[i].what, count, limit, above(count, limit));
	}
}
