// SPDX-License-Identifier: GPL-2.0-only
#include "insmod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "frame.h"

int module_load(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		fail_errno(path);
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, "pcstats", O_NONBLOCK) ? -errno : 0;
}

const char *module_path(const char *variable)
{
	const char *path = getenv(variable);

	if (!path)
		frame_skip("no module is named in the environment");
	return path;
}
