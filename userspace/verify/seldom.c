// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that programs seldom meet: merged, of hugetlbfs, pinned, with
 * breakpoints, written by two threads at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"

#define PAGE		4096UL
#define PAGES		512
#define SIZE		(PAGES * PAGE)
#define HUGE_PAGE	(2UL << 20)
#define HUGE_SIZE	(2 * HUGE_PAGE)
#define LARGE_SIZE	(16 * SIZE)
#define PROGRAM_SIZE	(16 * PAGE)
#define ROUNDS		4	/* in which two threads write */
#define MAPPINGS	50	/* while a thread changes another one */

#define KSM		"/sys/kernel/mm/ksm/"
#define PROGRAM		"/dev/shm/pcstats-seldom"
#define TRACEFS		"/sys/kernel/tracing/"
#define GROUP		"pcstats_seldom"

static void set(const char *path, const char *text)
{
	if (file_write(path, text))
		die("%s: %s", path, strerror(errno));
}

static void pause_for(int milliseconds)
{
	nanosleep(&(struct timespec){ .tv_nsec = milliseconds * 1000000 }, NULL);
}

/* ---- memory ---- */

static char *map(size_t size, int flags)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return memory;
}

/* Of base pages. */
static char *region(size_t size)
{
	char *memory = map(size, 0);

	if (madvise(memory, size, MADV_NOHUGEPAGE))
		die("madvise: %s", strerror(errno));
	return memory;
}

static void touch(char *memory, size_t size, size_t step)
{
	size_t at;

	for (at = 0; at < size; at += step)
		memory[at] = 1;
}

/* ---- children ---- */

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		die("a child failed");
}

static void child_touches(char *memory, size_t size, size_t step)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		touch(memory, size, step);
		_exit(0);
	}
	wait_for(pid);
}

/* Shares all pages and does nothing, until the pipe's other end is closed. */
struct idle {
	pid_t pid;
	int hold;
};

static struct idle idle_begin(void)
{
	struct idle idle;
	int ends[2];
	char byte;

	if (pipe(ends))
		die("pipe: %s", strerror(errno));
	idle.hold = ends[1];
	idle.pid = fork();
	if (idle.pid < 0)
		die("fork: %s", strerror(errno));
	if (!idle.pid) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	return idle;
}

static void idle_end(const struct idle *idle)
{
	close(idle->hold);
	wait_for(idle->pid);
}

/* ---- one kind of page ---- */

static void merged(void)
{
	char *memory = region(SIZE);

	if (madvise(memory, SIZE, MADV_MERGEABLE))
		die("MADV_MERGEABLE: %s", strerror(errno));
	memset(memory, 'p', SIZE);
	set(KSM "pages_to_scan", "10000");
	set(KSM "sleep_millisecs", "5");
	set(KSM "run", "1");
	while (file_number(KSM "pages_sharing", "") +
	       file_number(KSM "pages_shared", "") < PAGES)
		pause_for(10);
	/* These stay merged, and nobody else's will be. */
	set(KSM "run", "0");
	touch(memory, SIZE, PAGE);
	child_touches(memory, SIZE, PAGE);
	munmap(memory, SIZE);
}

static void hugetlb(void)
{
	char *memory;

	set("/proc/sys/vm/nr_hugepages", "8");
	memory = map(HUGE_SIZE, MAP_HUGETLB);
	touch(memory, HUGE_SIZE, HUGE_PAGE);
	child_touches(memory, HUGE_SIZE, HUGE_PAGE);
	touch(memory, HUGE_SIZE, HUGE_PAGE);
	munmap(memory, HUGE_SIZE);
}

static void pinned_by_reader(void)
{
	char *memory = region(SIZE), *local = region(SIZE);
	const struct iovec ours = { .iov_base = local, .iov_len = SIZE };
	const struct iovec theirs = { .iov_base = memory, .iov_len = SIZE };
	struct idle idle;

	touch(memory, SIZE, PAGE);
	idle = idle_begin();
	if (process_vm_readv(idle.pid, &ours, 1, &theirs, 1, 0) != (ssize_t)SIZE)
		die("process_vm_readv: %s", strerror(errno));
	idle_end(&idle);
	munmap(local, SIZE);
	munmap(memory, SIZE);
}

static void pinned_at_fork(void)
{
	char *memory = region(SIZE);
	const struct iovec buffer = { .iov_base = memory, .iov_len = SIZE };
	struct io_uring_params params = { 0 };
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		die("io_uring_setup: %s", strerror(errno));
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS,
		    &buffer, 1))
		die("IORING_REGISTER_BUFFERS: %s", strerror(errno));
	child_touches(NULL, 0, PAGE);
	close(ring);
	munmap(memory, SIZE);
}

/* Of instructions that do nothing. */
static char *map_program(void)
{
	static char code[PROGRAM_SIZE];
	int fd = open(PROGRAM, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	char *memory;

	memset(code, 0x90, sizeof(code));
	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code))
		die(PROGRAM ": %s", strerror(errno));
	memory = mmap(NULL, PROGRAM_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE,
		      fd, 0);
	if (memory == MAP_FAILED)
		die(PROGRAM ": %s", strerror(errno));
	close(fd);
	return memory;
}

/* In each page of a mapped program. */
static void breakpoints(void)
{
	char *memory = map_program();
	char probe[100];
	size_t at;

	for (at = 0; at < PROGRAM_SIZE; at += PAGE) {
		snprintf(probe, sizeof(probe),
			 "p:" GROUP "/at%zu " PROGRAM ":0x%zx", at, at);
		set(TRACEFS "uprobe_events", probe);
	}
	set(TRACEFS "events/" GROUP "/enable", "1");
	set(TRACEFS "events/" GROUP "/enable", "0");
	munmap(memory, PROGRAM_SIZE);
}

/* ---- two threads ---- */

static pthread_t thread_begin(void *(*act)(void *), void *arg)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, act, arg);

	if (error)
		die("pthread_create: %s", strerror(error));
	return thread;
}

/* Else the first may have written all when the second begins. */
static pthread_barrier_t start;

static void *write_all(void *memory)
{
	pthread_barrier_wait(&start);
	memset(memory, 7, SIZE);
	return NULL;
}

/* Of two that write the same shared pages, one comes too late for some. */
static void written_at_once(void)
{
	char *memory = region(SIZE);
	pthread_t threads[2];
	struct idle idle;
	int round, i;

	touch(memory, SIZE, PAGE);
	pthread_barrier_init(&start, NULL, 2);
	for (round = 0; round < ROUNDS; round++) {
		idle = idle_begin();
		for (i = 0; i < 2; i++)
			threads[i] = thread_begin(write_all, memory);
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		idle_end(&idle);
	}
	munmap(memory, SIZE);
}

static bool done;

static void *change(void *large)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED))
		if (mprotect(large, LARGE_SIZE, PROT_READ) ||
		    mprotect(large, LARGE_SIZE, PROT_READ | PROT_WRITE))
			die("mprotect: %s", strerror(errno));
	return NULL;
}

/*
 * First copies in new mappings, while a thread changes another one and so holds
 * the mmap lock most of the time.
 */
static void mapped_meanwhile(void)
{
	int i, fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *large = region(LARGE_SIZE);
	pthread_t thread;

	if (fd < 0)
		die("/proc/self/exe: %s", strerror(errno));
	touch(large, LARGE_SIZE, PAGE);
	thread = thread_begin(change, large);
	for (i = 0; i < MAPPINGS; i++) {
		volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE, fd, 0);
		char byte;

		if (page == MAP_FAILED)
			die("mmap: %s", strerror(errno));
		/* Read first: a copy of a page not yet mapped is no attempt. */
		byte = page[0];
		/* The thread had to leave the lock to mmap(): let it go on. */
		pause_for(1);
		page[0] = byte ^ 1;
		munmap((char *)page, PAGE);
	}
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	munmap(large, LARGE_SIZE);
	close(fd);
}

int main(void)
{
	merged();
	hugetlb();
	pinned_by_reader();
	pinned_at_fork();
	breakpoints();
	written_at_once();
	mapped_meanwhile();
	return 0;
}
