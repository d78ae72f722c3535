/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of the hugetlbfs tests: a pool of known size, one page of it. */
#ifndef PCSTATS_HUGETLB_H
#define PCSTATS_HUGETLB_H

#include <fcntl.h>
#include <sys/uio.h>

#include "cow.h"

#define HUGETLB_SIZE	(2UL << 20)
#define POOL		"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

/* In the puppets; a child has it where its parent has. */
static char *huge;

static inline void pool_set(int pages)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pages);
	if (file_write(POOL, text))
		fail("%s: cannot write", POOL);
	if (file_number(POOL, "") != (unsigned long long)pages)
		fail("the kernel has not got %d huge pages to spare", pages);
}

static inline long do_map(long flags)
{
	huge = mmap(NULL, HUGETLB_SIZE, PROT_READ | PROT_WRITE,
		    flags | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (huge == MAP_FAILED)
		fail_errno("MAP_HUGETLB");
	leave_unsettled(huge);
	return 0;
}

static inline long do_write_huge(long arg)
{
	region_write(huge, 1);
	return 0;
}

static inline long do_read_huge(long arg)
{
	region_read(huge, 1);
	return 0;
}

/* A parent with a page, for which it has a reserve, and its child; idle. */
static inline pid_t hugetlb_family(struct puppet *parent)
{
	puppet_start(parent);
	puppet_call(parent, do_map, MAP_PRIVATE);
	puppet_call(parent, do_write_huge, 0);
	return inner_start(parent, SIGCHLD);
}

/* A puppet that is to access the page of @p or of its inner puppet, @pid. */
static pid_t victim;
static char *victims;

static inline long do_tell_address(long arg)
{
	return (long)huge;
}

static inline void stranger_start(struct puppet *stranger, struct puppet *p,
				  pid_t pid)
{
	victim = pid;
	victims = (char *)puppet_call(p, do_tell_address, 0);
	puppet_start(stranger);
}

static inline long do_write_victims(long arg)
{
	char byte = 1;
	struct iovec local = { .iov_base = &byte, .iov_len = 1 };
	struct iovec remote = { .iov_base = victims, .iov_len = 1 };

	return process_vm_writev(victim, &local, 1, &remote, 1, 0) == 1 ?
	       0 : -errno;
}

/* Pins it for reading. */
static inline long do_read_victims(long arg)
{
	char byte;
	struct iovec local = { .iov_base = &byte, .iov_len = 1 };
	struct iovec remote = { .iov_base = victims, .iov_len = 1 };

	return process_vm_readv(victim, &local, 1, &remote, 1, 0) == 1 ?
	       0 : -errno;
}

/*
 * All of hugetlbfs is mappings of files, MAP_ANONYMOUS ones of a file that the
 * kernel makes for them.
 */
#define HUGETLB_COPY_OF(kind)						      \
	TALLIES([PCSTATS_##kind] = 1, [PCSTATS_bytes] = HUGETLB_SIZE,	      \
		[PCSTATS_in_file] = 1)
#define HUGETLB_COPIED	HUGETLB_COPY_OF(hugetlb_copied)
#define HUGETLB_REUSED	TALLIES([PCSTATS_hugetlb_reused] = 1)
#define HUGETLB_STOLEN	TALLIES([PCSTATS_hugetlb_stolen] = 1)
#define HUGE_EXCLUSIVE	TALLIES([PCSTATS_huge_exclusive] = 1)

FIXTURE(hugetlb) {
	int klog;
};

FIXTURE_SETUP(hugetlb)
{
	frame_pin(0);
	self->klog = klog_open();
}

FIXTURE_TEARDOWN(hugetlb)
{
	pool_set(0);
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

#define HUGETLB_TEST_MAIN						      \
int main(int argc, char **argv)						      \
{									      \
	frame_begin();							      \
	if (access(POOL, F_OK))						      \
		frame_skip("no hugetlbfs");				      \
	return run_cases(argc, argv);					      \
}

#endif /* PCSTATS_HUGETLB_H */
