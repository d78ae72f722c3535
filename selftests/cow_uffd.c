// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write that userfaultfd stops is counted once, when it is done: by what the
 * page is when the protection has been taken away.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "cow.h"
#include "tracking.h"

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

#define PAGES 256

/* With which the kernel clears the protection of its own accord. */
static unsigned long long features;

static void protect(int uffd, char *start, size_t len, unsigned long long mode)
{
	struct uffdio_writeprotect wp = {
		.range = { .start = (unsigned long)start, .len = len },
		.mode = mode,
	};

	if (ioctl(uffd, UFFDIO_WRITEPROTECT, &wp))
		fail_errno("UFFDIO_WRITEPROTECT");
}

/* A new descriptor; -1 if the kernel lacks the features asked for. */
static int uffd_open(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (uffd < 0)
		fail_errno("userfaultfd");
	if (!ioctl(uffd, UFFDIO_API, &api))
		return uffd;
	close(uffd);
	return -1;
}

/* The descriptor of the caller's own memory, the region of which it stops. */
static long do_protect(long pages)
{
	struct uffdio_register reg = {
		.range = { (unsigned long)region, pages * PAGE },
		.mode = UFFDIO_REGISTER_MODE_WP |
			UFFDIO_REGISTER_MODE_MISSING,
	};
	int uffd = uffd_open();

	if (uffd < 0 || ioctl(uffd, UFFDIO_REGISTER, &reg))
		fail_errno("UFFDIO_REGISTER");
	protect(uffd, region, pages * PAGE, UFFDIO_WRITEPROTECT_MODE_WP);
	return uffd;
}

/* Let @p write N pages, each of which waits until we have said yes. */
static void write_stopped(struct puppet *p, int uffd, size_t pages)
{
	struct uffd_msg msg;
	size_t i;

	puppet_post(p, do_write, pages);
	for (i = 0; i < pages; i++) {
		if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
			fail_errno("userfaultfd: read");
		if (msg.event != UFFD_EVENT_PAGEFAULT ||
		    msg.arg.pagefault.address != (unsigned long)region +
						 i * PAGE)
			fail("userfaultfd: not the fault on page %zu", i);
		protect(uffd, region + i * PAGE, PAGE, 0);
	}
	puppet_result(p);
}

/* Has N pages and shares its descriptors with us. */
static void owner_start(struct puppet *p, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_clone(p, CLONE_FILES | SIGCHLD);
	puppet_call(p, do_write, pages);
}

/*
 * Taking the protection away also makes an exclusive page writable where the
 * kernel does so (since 6.2); else the write is stopped a second time, by the
 * page table entry alone.
 */
static bool is_made_writable(void)
{
	return kernel_version() >= KERNEL(6, 2);
}

TEST_F(pcstats, exclusive)
{
	struct puppet p;
	int uffd;

	NEEDS_UFFD_WP();
	owner_start(&p, PAGES);
	uffd = puppet_call(&p, do_protect, PAGES);
	EXPECT_COUNTED(write_stopped(&p, uffd, PAGES), p.pid,
		       is_made_writable() ? NOTHING : EXCLUSIVE(PAGES), 0, NOTHING);
	close(uffd);
	puppet_end(&p);
}

TEST_F(pcstats, shared)
{
	struct puppet parent;
	pid_t child;
	int uffd;

	NEEDS_UFFD_WP();
	owner_start(&parent, PAGES);
	child = inner_start(&parent, SIGCHLD);
	uffd = puppet_call(&parent, do_protect, PAGES);
	EXPECT_COUNTED(write_stopped(&parent, uffd, PAGES),
		       parent.pid, COPIED(PAGES), child, NOTHING);
	close(uffd);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The pages that a monitor provides are new ones, and copies of nobody's. */
TEST_F(pcstats, provided)
{
	static char pages[PAGES * PAGE];
	struct uffdio_copy copy = {
		.src = (unsigned long)pages, .len = sizeof(pages),
	};
	struct puppet p;
	int uffd;

	NEEDS_UFFD_WP();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_clone(&p, CLONE_FILES | SIGCHLD);
	uffd = puppet_call(&p, do_protect, PAGES);
	wait_for_rest();
	copy.dst = (unsigned long)region;
	EXPECT_COUNTED(EXPECT_EQ(0, ioctl(uffd, UFFDIO_COPY, &copy)),
		       p.pid, NOTHING, getpid(), NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, PAGES),
		       p.pid, NOTHING, 0, NOTHING);
	close(uffd);
	puppet_end(&p);
}

/* Nobody has to say yes: one fault clears the protection and goes on. */
TEST_F(pcstats, exclusive_async)
{
	struct puppet p;
	int uffd;

	NEEDS_UFFD_WP();
	features = UFFD_FEATURE_WP_ASYNC;
	if (uffd_open() < 0)
		SKIP(return, "this kernel always asks");
	owner_start(&p, PAGES);
	uffd = puppet_call(&p, do_protect, PAGES);
	EXPECT_COUNTED(puppet_call(&p, do_write, PAGES),
		       p.pid, EXCLUSIVE(PAGES), 0, NOTHING);
	close(uffd);
	puppet_end(&p);
}

TEST_F(pcstats, shared_async)
{
	struct puppet parent;
	pid_t child;
	int uffd;

	NEEDS_UFFD_WP();
	features = UFFD_FEATURE_WP_ASYNC;
	if (uffd_open() < 0)
		SKIP(return, "this kernel always asks");
	owner_start(&parent, PAGES);
	child = inner_start(&parent, SIGCHLD);
	uffd = puppet_call(&parent, do_protect, PAGES);
	EXPECT_COUNTED(puppet_call(&parent, do_write, PAGES),
		       parent.pid, COPIED(PAGES), child, NOTHING);
	close(uffd);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
