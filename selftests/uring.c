// SPDX-License-Identifier: GPL-2.0-only
#include "uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "frame.h"

#define ENTRIES 4

static int ring = -1;
static struct io_uring_params params;
static struct io_uring_sqe *sqes;
static char *queues;	/* both, in one mapping (IORING_FEAT_SINGLE_MMAP) */

static void *ring_map(size_t len, off_t what)
{
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_POPULATE, ring, what);

	if (map == MAP_FAILED)
		fail_errno("mmap of a ring");
	return map;
}

bool uring_open(void)
{
	size_t len;

	ring = syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring < 0)
		return false;
	len = params.cq_off.cqes +
	      params.cq_entries * sizeof(struct io_uring_cqe);
	queues = ring_map(len, IORING_OFF_SQ_RING);
	sqes = ring_map(params.sq_entries * sizeof(*sqes), IORING_OFF_SQES);
	return true;
}

static unsigned int *at(unsigned int offset)
{
	return (unsigned int *)(queues + offset);
}

int uring_do(const struct io_uring_sqe *request)
{
	const struct io_uring_cqe *cqes = (void *)at(params.cq_off.cqes);
	unsigned int *sq_tail = at(params.sq_off.tail);
	unsigned int *cq_head = at(params.cq_off.head);
	unsigned int slot = *sq_tail & *at(params.sq_off.ring_mask);
	int result;

	sqes[slot] = *request;
	at(params.sq_off.array)[slot] = slot;
	__atomic_store_n(sq_tail, *sq_tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		fail_errno("io_uring_enter");
	if (__atomic_load_n(at(params.cq_off.tail), __ATOMIC_ACQUIRE) ==
	    *cq_head)
		fail("io_uring_enter: no completion");
	result = cqes[*cq_head & *at(params.cq_off.ring_mask)].res;
	__atomic_store_n(cq_head, *cq_head + 1, __ATOMIC_RELEASE);
	return result;
}

void uring_register_buffer(void *buf, size_t len)
{
	const struct iovec iov = { .iov_base = buf, .iov_len = len };

	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iov,
		    1))
		fail_errno("IORING_REGISTER_BUFFERS");
}

void uring_unregister_buffers(void)
{
	if (syscall(SYS_io_uring_register, ring, IORING_UNREGISTER_BUFFERS,
		    NULL, 0))
		fail_errno("IORING_UNREGISTER_BUFFERS");
}

void uring_register_file(int fd)
{
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1))
		fail_errno("IORING_REGISTER_FILES");
}

int uring_register_personality(void)
{
	int id = syscall(SYS_io_uring_register, ring,
			 IORING_REGISTER_PERSONALITY, NULL, 0);

	if (id < 0)
		fail_errno("IORING_REGISTER_PERSONALITY");
	return id;
}
