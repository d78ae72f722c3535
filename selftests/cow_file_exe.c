// SPDX-License-Identifier: GPL-2.0-only
/*
 * A private mapping of the program's own file, on whatever file system it lies,
 * counts as any other file.
 */
#include <fcntl.h>

#include "cow.h"

TEST_F(pcstats, program_file)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct puppet p;

	ASSERT_LE(0, fd);
	region = region_map(2, MAP_PRIVATE, fd);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, 2),
		       p.pid, FILE_COPIED(2), 0, NOTHING);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
