// SPDX-License-Identifier: GPL-2.0-only
#include "tracking.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame.h"

#define PAGE_SIZE	4096
#define SOFT_DIRTY	(1ULL << 55)	/* Documentation/admin-guide/mm/pagemap.rst */

/* A page that has been written has the bit, unless no page has. */
bool soft_dirty_works(void)
{
	static volatile char written;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	written = 1;
	if (fd < 0 || pread(fd, &entry, sizeof(entry),
			    (uintptr_t)&written / PAGE_SIZE * sizeof(entry)) !=
		      sizeof(entry))
		fail_errno("/proc/self/pagemap");
	close(fd);
	return entry & SOFT_DIRTY;
}

bool uffd_protects(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	bool yes;

	if (fd < 0)
		fail_errno("userfaultfd");
	yes = !ioctl(fd, UFFDIO_API, &api) &&
	      api.features & UFFD_FEATURE_PAGEFAULT_FLAG_WP;
	close(fd);
	return yes;
}
