// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is emptied by MADV_DONTNEED and never unmapped, so that the page tables stay and no
 * event pays for one.  That, and a child's exit, also empties the CPU's LRU caches
 * (lru_add_drain()), so they are in the same state whenever act() begins, and a page that
 * nobody shares has no reference from there.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PAGE	4096
#define FAULTS	64
#define LARGE	(256 << 20)

static char *anon, *file;
static pid_t child;

static void write_pages(char *at)
{
	for (char *end = at + FAULTS * PAGE; at < end; at += PAGE)
		__atomic_store_n(at, 1, __ATOMIC_RELAXED);
}

static void read_pages(const char *at)
{
	for (const char *end = at + FAULTS * PAGE; at < end; at += PAGE)
		__atomic_load_n(at, __ATOMIC_RELAXED);
}

static void write_anon(void)
{
	write_pages(anon);
}

static void write_file(void)
{
	write_pages(file);
}

static void read_file(void)
{
	read_pages(file);
}

static void empty(char *at)
{
	if (madvise(at, FAULTS * PAGE, MADV_DONTNEED))
		die("madvise(MADV_DONTNEED)");
}

static void empty_anon(void)
{
	empty(anon);
}

static void empty_file(void)
{
	empty(file);
}

static void file_mapped(void)
{
	empty_file();
	read_file();
}

static void zero_page_mapped(void)
{
	empty_anon();
	read_pages(anon);
}

static void own_pages(void)
{
	empty_anon();
	write_anon();
}

static void reap(void)
{
	if (waitpid(child, NULL, 0) != child)
		die("waitpid");
}

static void start_child(void)
{
	child = fork();
	if (child < 0)
		die("fork");
}

/* Stopped before act() begins, so that nothing of it runs meanwhile. */
static void shared_with_child(void)
{
	own_pages();
	start_child();
	if (!child) {
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	if (waitpid(child, NULL, WUNTRACED) != child)
		die("waitpid");
}

static void end_child(void)
{
	kill(child, SIGKILL);
	reap();
}

void fork_exit_wait(void)
{
	start_child();
	if (!child)
		_exit(0);
	reap();
}

static void was_shared(void)
{
	own_pages();
	fork_exit_wait();
}

/* Write-protects what it marks as clean. */
static void soft_dirty_cleared(void)
{
	int fd;

	own_pages();
	fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "4", 1) != 1)
		die("/proc/self/clear_refs");
	close(fd);
}

/*
 * RCU frees what is left of a child (its stack for one, which the next may have) ticks of the
 * timer after it has gone: let it, so that each fork finds the same.  Here a sleep is short,
 * nothing else being counted than instructions.
 */
static void quiet(void)
{
	empty_anon();
	usleep(100 * 1000);
}

/*
 * With the limits that README names.  The first touch and the read of a file concern nobody:
 * below noise.
 */
const struct event events[] = {
	{ "copy (child alive)", FAULTS, shared_with_child, write_anon, end_child,
	  .tallies = { "copied", "bytes", "why_mapped", "in_anon" }, .kind = WP, .limit = 1 },
	{ "keep (child gone)", FAULTS, was_shared, write_anon,
	  .tallies = { "reused" }, .kind = WP, .limit = 4 },
	{ "exclusive", FAULTS, soft_dirty_cleared, write_anon,
	  .tallies = { "exclusive" }, .kind = WP },
	{ "zero page filled", FAULTS, zero_page_mapped, write_anon,
	  .tallies = { "zeroed" }, .kind = WP },
	{ "file (mapped before)", FAULTS, file_mapped, write_file,
	  .tallies = { "file", "bytes", "in_file" }, .kind = WP },
	{ "file (not mapped)", FAULTS, empty_file, write_file,
	  .tallies = { "file", "bytes", "in_file" } },
	{ "first touch", FAULTS, empty_anon, write_anon, .limit = NOISE },
	{ "read of a file", FAULTS, empty_file, read_file, .limit = NOISE },
	{ "fork+exit+wait", 1, quiet, fork_exit_wait,
	  .tallies = { "forks" }, .others = true, .kind = NEWTASK, .limit = 1 },
	{ "the same with 256 MiB", 1, quiet, fork_exit_wait,
	  .tallies = { "forks" }, .others = true, .kind = NEWTASK, .large = true, .limit = 1 },
	{ "vfork+exec+wait", 1, quiet, vfork_exec,
	  .tallies = { "vforks" }, .others = true, .kind = NEWTASK },
	{ "posix_spawn+wait", 1, quiet, spawn,
	  .tallies = { "vforks" }, .others = true, .kind = NEWTASK },
	{ "exec", EXECS, quiet, execs,
	  .others = true, .kind = EXEC },
	{ "thread create+join", THREADS, quiet, threads,
	  .tallies = { "threads" }, .others = true, .kind = NEWTASK, .limit = 2 },
};

const size_t nr_events = sizeof(events) / sizeof(events[0]);

static char *map(int flags, int fd)
{
	char *at = mmap(NULL, FAULTS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);

	if (at == MAP_FAILED)
		die("mmap");
	return at;
}

/* So that a read maps one page, and not those around it, too. */
static void stop_fault_around(void)
{
	int fd = open("/sys/kernel/debug/fault_around_bytes", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "4096", 4) != 4)
		die("/sys/kernel/debug/fault_around_bytes");
	close(fd);
}

void events_init(void)
{
	char page[PAGE] = "";
	int fd = memfd_create("bench", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create");
	for (int i = 0; i < FAULTS; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			die("write to a memfd");
	file = map(0, fd);
	close(fd);
	anon = map(MAP_ANONYMOUS, -1);
	if (madvise(anon, FAULTS * PAGE, MADV_NOHUGEPAGE))
		die("madvise(MADV_NOHUGEPAGE)");
	stop_fault_around();
}

void large_memory(bool inherited)
{
	static char *at;

	if (!at) {
		at = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED || madvise(at, LARGE, MADV_NOHUGEPAGE) ||
		    madvise(at, LARGE, MADV_POPULATE_WRITE))
			die("%d bytes of memory", LARGE);
	}
	if (madvise(at, LARGE, inherited ? MADV_DOFORK : MADV_DONTFORK))
		die("madvise(MADV_DONTFORK)");
}
