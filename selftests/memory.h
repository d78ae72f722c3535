/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory whose page faults a test knows one by one. */
#ifndef PCSTATS_MEMORY_H
#define PCSTATS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PAGE 4096UL

/*
 * Map @pages pages, private or shared, of @fd or anonymous (-1), never huge,
 * none of them resident.  Left alone by settle().
 */
char *region_map(size_t pages, int mmap_flags, int fd);
void region_unmap(char *region, size_t pages);

/*
 * Let settle() leave alone the mapping at @p, too: the stack, say.  What the
 * caller itself needs of it will fault once.
 */
void leave_unsettled(char *p);

/* A new file in memory with @pages pages, none of them a hole. */
int file_with(size_t pages);

/* One byte in each page. */
void region_write(char *region, size_t pages);
void region_read(const char *region, size_t pages);

/*
 * All page table entries of @pid lose their write permission (and the soft-dirty
 * bit): it is to settle() again.
 */
void write_protect(pid_t pid);

/*
 * Take all write faults now that the caller's own memory (data, heap, stacks;
 * not the regions) would take later: until the next fork, only writes to
 * regions fault.
 */
void settle(void);

#endif /* PCSTATS_MEMORY_H */
