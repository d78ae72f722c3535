/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every tally that pcstats keeps, declared once.
 *
 * A row is x(NAME, sources, help): NAME is the column of /proc/pcstats and the
 * `total` record of the same name; sources are the event sources
 * (PCSTATS_SOURCES in pcstats.h) without which the tally is not watched and
 * reads "-"; help is what module/ABI says of it.  The module's storage and
 * tables, the userspace reader and the tests all expand these lists: a new
 * tally is one row here and one pcs_tally_add() where it happens.
 *
 * Included by userspace too, which does not use the sources: keep this file
 * free of kernel headers.
 *
 * Unit: events, except fork_pages (base pages), fork_ns (nanoseconds) and
 * bytes (bytes).
 */
#ifndef PCSTATS_COUNTERS_H
#define PCSTATS_COUNTERS_H

#define PCSTATS_FORMAT_VERSION	1

/* Columns of the task table: what a task created. */
#define PCSTATS_TASK_COUNTERS(x)					\
	x(forks,      SRC(newtask),					\
	  "children made with an address space of their own")		\
	x(vforks,     SRC(newtask),					\
	  "children that borrow it until they exec (CLONE_VM|CLONE_VFORK)") \
	x(threads,    SRC(newtask),					\
	  "threads made (CLONE_THREAD)")				\
	x(clones,     SRC(newtask),					\
	  "children that share memory but are neither (CLONE_VM alone)") \
	x(execs,      SRC(exec),					\
	  "successful execve calls")					\
	x(fork_pages, SRC(newtask),					\
	  "anonymous pages that forks shared with the child, resident then") \
	x(fork_ns,    SRC(newtask) | SRC(copy_process),			\
	  "time that creations took in the kernel")

/* Columns of the cow table: what a task's writes did to shared pages. */
#define PCSTATS_COW_COUNTERS(x)						\
	x(copied,     SRC(wp) | SRC(new_anon),				\
	  "anonymous pages copied on write")				\
	x(reused,     SRC(wp) | SRC(move_anon),				\
	  "pages kept on write, the task having become the last owner")	\
	x(zeroed,     SRC(wp) | SRC(new_anon),				\
	  "pages filled on a first write over the shared zero page")	\
	x(file,       SRC(wp) | SRC(new_anon) | SRC(finish_fault),	\
	  "private file pages copied on first write")			\
	x(bytes,      SRC(wp) | SRC(new_anon) | SRC(finish_fault),	\
	  "bytes copied by the above")

#define PCSTATS_COUNTERS(x)						\
	PCSTATS_TASK_COUNTERS(x)					\
	PCSTATS_COW_COUNTERS(x)

#endif /* PCSTATS_COUNTERS_H */
