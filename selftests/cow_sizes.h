/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each case is run for N pages: one, more than an LRU batch holds, a few
 * batches, and more than one page table.
 */
#ifndef PCSTATS_COW_SIZES_H
#define PCSTATS_COW_SIZES_H

#include "cow.h"

FIXTURE_VARIANT(pcstats) {
	size_t pages;
};

FIXTURE_VARIANT_ADD(pcstats, 1) { .pages = 1 };
FIXTURE_VARIANT_ADD(pcstats, 17) { .pages = 17 };
FIXTURE_VARIANT_ADD(pcstats, 256) { .pages = 256 };
FIXTURE_VARIANT_ADD(pcstats, 4096) { .pages = 4096 };

/* Where each fault is slow: still more than one page table. */
#define nr_pages(variant)						      \
	(slowness() > 1 && (variant)->pages > 600 ? 600 : (variant)->pages)

#endif /* PCSTATS_COW_SIZES_H */
