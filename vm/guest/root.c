// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "guest.h"

struct mount_point {
	const char *type;
	const char *source;
	const char *target;
	unsigned long flags;
	const char *options;
};

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/*
 * The host is as it is: what it has not got as a directory, or the kernel as a file system, is
 * left out.
 */
static const struct mount_point system_mounts[] = {
	{ "devtmpfs", "dev", "/dev", MS_NOSUID, "mode=0755" },
	{ "devpts", "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666,gid=5" },
	{ "tmpfs", "shm", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777" },
	{ "proc", "proc", "/proc", SAFE, NULL },
	{ "sysfs", "sysfs", "/sys", SAFE, NULL },
	{ "tmpfs", "run", "/run", MS_NOSUID | MS_NODEV, "mode=0755" },
	{ "cgroup2", "cgroup2", "/sys/fs/cgroup", SAFE, NULL },
	{ "debugfs", "debugfs", "/sys/kernel/debug", SAFE, NULL },
	{ "tracefs", "tracefs", "/sys/kernel/tracing", SAFE, NULL },
};

void mount_early(void)
{
	mkdir("/dev", 0755);
	if (mount("dev", "/dev", "devtmpfs", MS_NOSUID, "mode=0755") && errno != EBUSY)
		fail_errno("mount /dev");
}

static void must_mount(const char *type, const char *source, const char *target,
		       unsigned long flags, const char *options)
{
	if (mount(source, target, type, flags, options))
		fail_errno("mount %s (%s)", target, type);
}

/*
 * Mounting it asks for a module of preloaded programs that Debian's kernels do not have. To find
 * that out, modprobe would take longer than all of the other mounts.
 */
static void mount_bpf(void)
{
	int fd = open("/proc/sys/kernel/modprobe", O_RDWR | O_CLOEXEC);
	char modprobe[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : read(fd, modprobe, sizeof(modprobe));

	if (n > 0 && pwrite(fd, "\n", 1, 0) != 1)
		fail_errno("/proc/sys/kernel/modprobe");
	mkdir("/sys/fs/bpf", 0755);
	if (mount("bpf", "/sys/fs/bpf", "bpf", SAFE, NULL) && errno != ENODEV && errno != ENOENT)
		fail_errno("mount /sys/fs/bpf");
	if (n > 0 && pwrite(fd, modprobe, n, 0) != n)
		fail_errno("/proc/sys/kernel/modprobe");
	close(fd);
}

static void bring_up_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		return;
	ifr.ifr_flags |= IFF_UP;
	ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
}

/* Where the C library of a program that looks for its descriptors expects them. */
static void link_descriptors(void)
{
	static const char *const links[][2] = {
		{ "/proc/self/fd", "/dev/fd" },
		{ "/proc/self/fd/0", "/dev/stdin" },
		{ "/proc/self/fd/1", "/dev/stdout" },
		{ "/proc/self/fd/2", "/dev/stderr" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			fail_errno("%s", links[i][1]);
}

void mount_root(void)
{
	mkdir("/host", 0755);
	mkdir("/over", 0755);
	mkdir("/root", 0755);
	must_mount("9p", "root", "/host", MS_RDONLY,
		   "trans=virtio,version=9p2000.L,msize=262144,cache=loose,access=any");
	must_mount("tmpfs", "over", "/over", 0, "mode=0755");
	mkdir("/over/upper", 0755);
	mkdir("/over/work", 0755);
	must_mount("overlay", "root", "/root", 0,
		   "lowerdir=/host,upperdir=/over/upper,workdir=/over/work,xino=off");
	hide_foreign_programs("/root");
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail_errno("change the root directory");

	for (size_t i = 0; i < ARRAY_SIZE(system_mounts); i++) {
		const struct mount_point *m = &system_mounts[i];

		mkdir(m->target, 0755);
		if (mount(m->source, m->target, m->type, m->flags, m->options) &&
		    errno != ENODEV && errno != ENOENT)
			fail_errno("mount %s (%s)", m->target, m->type);
	}
	mount_bpf();
	link_descriptors();
	name_own_programs();
	bring_up_loopback();
	if (sethostname("pcstats", strlen("pcstats")))
		fail_errno("sethostname");
}

/* For modprobe. A user whose cache root may not see has only what the initramfs brought. */
void mount_modules(const char *directory)
{
	char target[sizeof("/lib/modules/") + NAME_MAX];

	snprintf(target, sizeof(target), "/lib/modules/%s", basename(directory));
	mkdir("/lib/modules", 0755);
	mkdir(target, 0755);
	mount(directory, target, NULL, MS_BIND, NULL);
}
