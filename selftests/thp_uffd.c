// SPDX-License-Identifier: GPL-2.0-only
/*
 * A huge page that userfaultfd protects from writing is the task's own all the
 * time; where the kernel splits it to track writes by base pages, that is no
 * split of a shared page.
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "huge.h"
#include "tracking.h"

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

static void protect(int uffd, unsigned long long mode)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (unsigned long)huge, .len = HUGE_SIZE },
		.mode = mode,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		fail_errno("UFFDIO_WRITEPROTECT");
}

/* The descriptor; -1 if the kernel lacks the feature. */
static long do_protect(long features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = {
		.range = { (unsigned long)huge, HUGE_SIZE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (uffd < 0)
		fail_errno("userfaultfd");
	if (ioctl(uffd, UFFDIO_API, &api)) {
		close(uffd);
		return -1;
	}
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		fail_errno("UFFDIO_REGISTER");
	protect(uffd, UFFDIO_WRITEPROTECT_MODE_WP);
	return uffd;
}

/* Has a huge page and shares its descriptors with us. */
static void owner_start(struct puppet *p)
{
	huge_map();
	puppet_clone(p, CLONE_FILES | SIGCHLD);
	puppet_call(p, do_make_huge, 0);
}

static void write_stopped(struct puppet *p, int uffd)
{
	struct uffd_msg msg;

	puppet_post(p, do_write_first, HUGE_PAGES);
	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		fail_errno("userfaultfd: read");
	protect(uffd, 0);
	puppet_result(p);
}

/* Until 6.2 the permission does not come back with the end of the protection. */
TEST_F(pcstats, stopped)
{
	struct puppet p;
	int uffd;

	NEEDS_UFFD_WP();
	owner_start(&p);
	uffd = puppet_call(&p, do_protect, 0);
	ASSERT_LE(0, uffd);
	EXPECT_EQ(1, huge_mapped(p.pid));
	EXPECT_COUNTED(write_stopped(&p, uffd), p.pid,
		       kernel_version() < KERNEL(6, 2) ? HUGE_EXCLUSIVE : NOTHING,
		       0, NOTHING);
	EXPECT_EQ(1, huge_mapped(p.pid));
	close(uffd);
	puppet_end(&p);
}

TEST_F(pcstats, tracked)
{
	struct puppet p;
	int uffd;

	NEEDS_UFFD_WP();
	owner_start(&p);
	uffd = puppet_call(&p, do_protect, UFFD_FEATURE_WP_ASYNC);
	if (uffd < 0)
		SKIP(return, "this kernel always asks");
	EXPECT_COUNTED(puppet_call(&p, do_write_first, 1),
		       p.pid, EXCLUSIVE(1), 0, NOTHING);
	EXPECT_EQ(0, huge_mapped(p.pid));
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HUGE_PAGES),
		       p.pid, EXCLUSIVE(HUGE_PAGES - 1), 0, NOTHING);
	close(uffd);
	puppet_end(&p);
}

THP_TEST_MAIN
