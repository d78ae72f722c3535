/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to have the kernel take write permission away that it has only on some
 * processors.
 */
#ifndef PCSTATS_TRACKING_H
#define PCSTATS_TRACKING_H

#include <stdbool.h>

/* By clear_refs; see write_protect(). */
bool soft_dirty_works(void);

/* By userfaultfd. */
bool uffd_protects(void);

#define NEEDS_SOFT_DIRTY()						      \
do {									      \
	if (!soft_dirty_works())					      \
		SKIP(return, "no soft-dirty tracking in this kernel");	      \
} while (0)

#define NEEDS_UFFD_WP()							      \
do {									      \
	if (!uffd_protects())						      \
		SKIP(return, "no userfaultfd against writes in this kernel"); \
} while (0)

#endif /* PCSTATS_TRACKING_H */
