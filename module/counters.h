/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every tally that pcstats keeps, declared once.
 *
 * A row is x(NAME, sources, help): NAME is the column of /proc/pcstats and the
 * `total` record of the same name; sources are the event sources
 * (PCSTATS_SOURCES in source.h) without which the tally is not watched and reads
 * "-", in THP() one that only transparent huge pages need, which not all kernels
 * have; help is what module/ABI says of it.  The module's storage and tables,
 * the userspace reader and the tests all expand these lists: a new tally is one
 * row here and one pcs_tally_add() where it happens.
 *
 * Included by userspace too, which does not use the sources: keep this file
 * free of kernel headers.
 *
 * Unit: events, except fork_pages (base pages), fork_ns (nanoseconds) and
 * bytes (bytes).  An event of the cow, rare, why and where tables is one base
 * page, of the huge table one huge page.
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
	x(copied,     SRC(clear_flush) | SRC(unshare),			\
	  "anonymous pages copied on write")				\
	x(reused,     SRC(set_access) | SRC(move_anon),			\
	  "pages kept on write, the task having become the last owner")	\
	x(zeroed,     SRC(clear_flush),					\
	  "pages filled on a first write over the shared zero page")	\
	x(file,       SRC(clear_flush) | SRC(new_anon),			\
	  "private file pages copied on first write")			\
	x(bytes,      SRC(clear_flush) | SRC(new_anon) |		\
	  SRC(huge_clear_flush),					\
	  "bytes of all pages copied, whatever the reason")

/* Columns of the rare table: what most programs never meet. */
#define PCSTATS_RARE_COUNTERS(x)					\
	x(exclusive,  SRC(set_access) | SRC(move_anon),			\
	  "write faults on pages that were the task's own already")	\
	x(shared_write, SRC(set_access),				\
	  "write faults on pages of shared mappings")			\
	x(ksm,        SRC(clear_flush),					\
	  "pages merged by KSM, copied on write")			\
	x(unshared,   SRC(clear_flush) | SRC(unshare) |			\
	  SRC(huge_clear_flush),					\
	  "shared pages copied for a read-only pin")			\
	x(fork_copied, SRC(new_anon) | SRC(new_hugetlb),		\
	  "pinned pages copied by fork itself, not shared")		\
	x(remote,     SRC(clear_flush) | SRC(set_access) | SRC(new_anon) | \
	  SRC(huge_clear_flush) | SRC(huge_set_access),			\
	  "events that other tasks caused in this address space")

/* Columns of the huge table: transparent huge pages and hugetlbfs. */
#define PCSTATS_HUGE_COUNTERS(x)					\
	x(huge_split,  SRC(split) | SRC(withdraw),			\
	  "shared huge pages whose mapping a write split")		\
	x(huge_reused, SRC(pmd_set_access) | SRC(move_anon),		\
	  "huge pages kept whole, the task having become the last owner") \
	x(huge_exclusive, THP(pmd_set_access) | SRC(huge_set_access) |	\
	  SRC(move_anon) | SRC(hugetlb) | SRC(new_hugetlb),		\
	  "write faults on huge or hugetlb pages that were the task's own") \
	x(hugetlb_copied, SRC(huge_clear_flush) | SRC(hugetlb),		\
	  "hugetlb pages copied on write")				\
	x(hugetlb_reused, SRC(huge_set_access) | SRC(move_anon) |	\
	  SRC(hugetlb) | SRC(unmap_hugetlb),				\
	  "hugetlb pages kept, the task having become the last owner")	\
	x(hugetlb_stolen, SRC(huge_set_access) | SRC(move_anon) |	\
	  SRC(hugetlb) | SRC(unmap_hugetlb),				\
	  "hugetlb pages kept by taking them from the children")

/* Columns of the why table: each copied page has one of these reasons. */
#define PCSTATS_WHY_COUNTERS(x)						\
	x(why_mapped,  SRC(clear_flush),				\
	  "somebody else mapped the page")				\
	x(why_swapped, SRC(clear_flush),				\
	  "nobody else mapped it, but it was in the swap cache")	\
	x(why_large,   SRC(clear_flush),				\
	  "nobody else mapped it, but it was part of a large folio")	\
	x(why_pinned,  SRC(clear_flush),				\
	  "nobody else mapped it, but it was pinned")			\
	x(why_ref,     SRC(clear_flush),				\
	  "nobody else mapped it, but somebody held a reference")	\
	x(why_unknown, SRC(clear_flush),				\
	  "none of these any more when the copy was put in place")

/* Columns of the where table: each page copied lay in one of these regions. */
#define PCSTATS_WHERE_COUNTERS(x)					\
	x(in_heap,    SRC(clear_flush) | SRC(new_anon),			\
	  "in the heap (brk)")						\
	x(in_stack,   SRC(clear_flush) | SRC(new_anon),			\
	  "in the stack of the process")				\
	x(in_anon,    SRC(clear_flush) | SRC(new_anon),			\
	  "in another anonymous mapping")				\
	x(in_file,    SRC(clear_flush) | SRC(new_anon) |		\
	  SRC(huge_clear_flush),					\
	  "in a private mapping of a file")

/* The tables of copy-on-write tallies: x(record, RECORD). */
#define PCSTATS_COW_TABLES(x)						\
	x(cow, COW) x(rare, RARE) x(huge, HUGE) x(why, WHY) x(where, WHERE)

/* All of their columns; the storage has them in this order. */
#define PCSTATS_ALL_COW_COUNTERS(x)					\
	PCSTATS_COW_COUNTERS(x)						\
	PCSTATS_RARE_COUNTERS(x)					\
	PCSTATS_HUGE_COUNTERS(x)					\
	PCSTATS_WHY_COUNTERS(x)						\
	PCSTATS_WHERE_COUNTERS(x)

#define PCSTATS_COUNTERS(x)						\
	PCSTATS_TASK_COUNTERS(x)					\
	PCSTATS_ALL_COW_COUNTERS(x)

#endif /* PCSTATS_COUNTERS_H */
