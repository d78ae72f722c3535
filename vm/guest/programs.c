// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the host's programs are for another processor, the initramfs has busybox, which hides them
 * under all of its names: a command that it has not got is not found.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "guest.h"

#ifdef __aarch64__
#define OWN_MACHINE EM_AARCH64
#else
#define OWN_MACHINE EM_X86_64
#endif

#define OWN_PROGRAMS "/programs"
#define BUSYBOX "/usr/bin/busybox"

static bool own;

void hide_foreign_programs(const char *root)
{
	static const char *const places[] = {
		"usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "bin", "sbin"
	};

	own = !access(OWN_PROGRAMS, F_OK);
	for (size_t i = 0; own && i < ARRAY_SIZE(places); i++) {
		char path[64];
		struct stat s;

		snprintf(path, sizeof(path), "%s/%s", root, places[i]);
		/* Most are links to one another. */
		if (lstat(path, &s) || !S_ISDIR(s.st_mode))
			continue;
		if (mount(OWN_PROGRAMS, path, NULL, MS_BIND, NULL))
			fail_errno("mount %s", path);
	}
}

void name_own_programs(void)
{
	int status = 0;
	pid_t pid;

	if (!own)
		return;
	pid = fork();
	if (!pid) {
		execl(BUSYBOX, BUSYBOX, "--install", "-s", "/usr/bin", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail("%s --install: wait status %d", BUSYBOX, status);
}

/* Of 32-bit programs the kernel knows better than we. */
bool is_foreign_program(const char *path)
{
	/* Along the PATH are our own. */
	int fd = strchr(path, '/') ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	Elf64_Ehdr header;
	bool is = false;

	if (fd >= 0 && read(fd, &header, sizeof(header)) == sizeof(header))
		is = !memcmp(header.e_ident, ELFMAG, SELFMAG) && header.e_machine != OWN_MACHINE &&
		     header.e_ident[EI_CLASS] == ELFCLASS64;
	if (fd >= 0)
		close(fd);
	return is;
}
