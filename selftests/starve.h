/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that is not there, by the kernel's fault injection
 * (Documentation/fault-injection): for chosen tasks, and for the worker that
 * fills the module's stock.
 */
#ifndef PCSTATS_STARVE_H
#define PCSTATS_STARVE_H

#include <stdbool.h>
#include <sys/types.h>

#define FAILSLAB	"failslab"
#define FAIL_PAGE_ALLOC	"fail_page_alloc"

/* Skips the whole program where the kernel has no fault injection. */
void starve_begin(void);

/*
 * Load the build of the module whose stock is small, with all the history that it
 * can have, or the usual one again.
 */
void starve_small_stock(bool small);

/*
 * From now on @percent of the allocations of one kind fail, those of the tasks
 * that starve_task() names; 0: none.
 */
void starve_set(const char *kind, int percent);

/* Has the kernel to log the calls that led to each? */
void starve_say(bool on);

/* Both kinds; and of which tasks no more. */
void starve_end(void);

/* Does it concern the caller, and what it forks? */
void starve_self(bool on);
/* And the workers of system_highpri_wq, of which one fills the stock? */
void starve_workers(bool on);

/*
 * The caller's @nth allocation from now on fails, the first is 1; 0: none does.
 * Where a share is set and starve_self() is on, what follows the @nth fails
 * with that probability.
 */
void starve_nth(unsigned int nth);
/* How many of them were yet to come; 0: it has failed.  Once; then none does. */
unsigned int starve_left(void);

/* As klog_complaint(), but for what the kernel says of faults without memory. */
const char *starve_complaint(int klog);

#endif /* PCSTATS_STARVE_H */
