/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a subject does: the process in which the code of a workload or a lab runs.
 * Memory whose every copy-on-write fault is known, children, and lines to them.
 *
 * Everything here is checked: what fails is said by die(), which each of the two
 * frames has.  memory.c and child.c; no locks, so by one thread at a time.
 */
#ifndef PCSTATS_SUBJECT_H
#define PCSTATS_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define __printf(a, b)	__attribute__((format(printf, a, b)))

/*
 * Say what failed, with errno if it is not 0, and exit: with EXIT_BROKEN from a
 * workload, so that a lab cannot be judged.
 */
_Noreturn void die(const char *format, ...) __printf(1, 2);

/*
 * One CPU for the caller and all that it makes: a page that was just faulted in
 * waits in that CPU's LRU batch, which holds a reference to it, and do_wp_page()
 * drains the batch of its own CPU only before it decides whether the page is
 * shared.  Where a page is to be kept and not copied, this is needed.
 */
void pin(void);
/* No huge pages for the caller and all that it makes: predictions count base pages. */
void base_pages(void);

/*
 * Write to each private page of this process except those of regions, and
 * grow the stack first: after it no access of the process' own (stack, data,
 * libc) takes a copy-on-write fault until the next fork.
 */
void settle(void);

/* @pages of private anonymous memory, none present; settle() passes it by. */
char *region(unsigned long pages);
/* The memory of a region goes back. */
void region_free(char *at);
/* The same, a private mapping of a file in memory whose pages are filled. */
char *file_region(unsigned long pages);
/* Write to, or read, a byte of each page. */
void write_pages(char *at, unsigned long pages, char value);
void read_pages(const char *at, unsigned long pages);
/* Die unless each page of the region still holds @value. */
void check_pages(const char *at, unsigned long pages, char value);

size_t page_size(void);

/*
 * A child with a line to its parent.  On both sides child_tell() sends a byte
 * and child_hear() waits for one (false: the other side is gone).
 */
struct child {
	pid_t pid;		/* 0 in the child itself */
	int in, out;
};

/*
 * Fork; parent and child have both settled when it returns, and the child
 * waits in its first child_hear().  @run is what the child does; it exits
 * with 0 when that returns.
 */
struct child fork_child(void (*run)(const struct child *self));
void child_tell(const struct child *child);
bool child_hear(const struct child *child);
/* Wait until @pid has exited with status 0. */
void reap(pid_t pid);

/* A child that vfork made, and that exited at once. */
pid_t vfork_exit(void);

/*
 * Where many children, or threads, say that they have arrived, and wait until
 * they are released.  @own_files: the task has a file table of its own.
 */
struct gate {
	int arrived[2], held[2];
};

void gate_init(struct gate *gate);
void gate_pass(struct gate *gate, bool own_files);
void gate_gather(struct gate *gate, unsigned long n);
void gate_release(struct gate *gate);

#endif /* PCSTATS_SUBJECT_H */
