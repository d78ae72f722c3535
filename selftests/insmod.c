// SPDX-License-Identifier: GPL-2.0-only
#include "insmod.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
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

char *module_image(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *image;

	if (fd < 0 || fstat(fd, &st))
		fail_errno(path);
	*size = st.st_size;
	image = mmap(NULL, *size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (image == MAP_FAILED)
		fail_errno(path);
	close(fd);
	return image;
}

int module_load_image(const char *image, size_t size, const char *params)
{
	return syscall(SYS_init_module, image, size, params) ? -errno : 0;
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
