// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame.h"

/* ---- random numbers: xorshift64* ---- */

__thread struct fuzz fuzz;

uint64_t fuzz_any(void)
{
	fuzz.state ^= fuzz.state >> 12;
	fuzz.state ^= fuzz.state << 25;
	fuzz.state ^= fuzz.state >> 27;
	return fuzz.state * 0x2545f4914f6cdd1d;
}

unsigned long fuzz_random(unsigned long n)
{
	return fuzz_any() % n;
}

size_t fuzz_size(void)
{
	const size_t sizes[] = {
		0, 1, 2, 5, 6, 7, 100, 4095, 4096, 4097, 65536, FUZZ_ROOM,
		INT_MAX, SSIZE_MAX, SIZE_MAX, fuzz_random(10000),
	};

	return FUZZ_ONE_OF(sizes);
}

off_t fuzz_offset(void)
{
	const off_t offsets[] = {
		0, 1, 100, 4096, FUZZ_ROOM, LLONG_MAX, LLONG_MAX - 1, LLONG_MIN,
		-1, -4096, 1LL << 48, fuzz_random(20000), fuzz_any(),
	};

	return FUZZ_ONE_OF(offsets);
}

void *fuzz_pointer(void)
{
	void *const bad[] = {
		NULL, (void *)8, (void *)0xffff888000000000,
		(void *)0xdead000000000000, fuzz.buf + FUZZ_ROOM,
	};

	if (!fuzz_random(8))
		return FUZZ_ONE_OF(bad);
	return fuzz_random(8) ? fuzz.buf : fuzz.buf + FUZZ_ROOM - fuzz_random(100);
}

long fuzz_text(const char *at, long got)
{
	long i;

	for (i = 0; i < got && at < fuzz.buf + FUZZ_ROOM; i++, at++)
		if (*at != '\n' && (*at < ' ' || *at > '~'))
			fail("seed %lu, call %lu: byte %#x at %ld", fuzz.seed,
			     fuzz.calls, *at & 0xff, i);
	return got;
}

/* ---- the beginning and the end ---- */

void fuzz_begin(unsigned long seed)
{
	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.seed = seed;
	/* Never 0, from which there is no way. */
	fuzz.state = seed * 2 + 1;
	fuzz.buf = mmap(NULL, FUZZ_ROOM + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fuzz.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fuzz.file = memfd_create("fuzz", MFD_CLOEXEC);
	fuzz.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (fuzz.buf == MAP_FAILED || fuzz.null < 0 || fuzz.file < 0 ||
	    fuzz.epoll < 0 || mprotect(fuzz.buf + FUZZ_ROOM, 4096, PROT_NONE) ||
	    pipe2(fuzz.pipe, O_CLOEXEC | O_NONBLOCK) ||
	    syscall(SYS_io_setup, 1, &fuzz.aio))
		fail_errno("fuzz_begin");
}

void fuzz_end(void)
{
	syscall(SYS_io_destroy, fuzz.aio);
	close(fuzz.pipe[0]);
	close(fuzz.pipe[1]);
	close(fuzz.epoll);
	close(fuzz.file);
	close(fuzz.null);
	munmap(fuzz.buf, FUZZ_ROOM + 4096);
}
