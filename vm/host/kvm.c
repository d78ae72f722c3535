// SPDX-License-Identifier: GPL-2.0-only
/*
 * There are machines, virtual ones themselves, where /dev/kvm opens and QEMU starts and the
 * guest then runs at a million instructions a second. So have it do something: count down from
 * ten million.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* A working KVM needs 10 ms; an emulating one 10 s. */
#define PROBE_MS 1000

/* isa-debug-exit ends QEMU with twice the value written, plus one. */
#define PROBE_VALUE 0x15
#define PROBE_STATUS (2 * PROBE_VALUE + 1)

#define FIRMWARE_SIZE 65536

static const unsigned char countdown[] = {
	0x66, 0xb9, 0x80, 0x96, 0x98, 0x00,	/* mov ecx, 10000000 */
	0x66, 0x49,				/* 1: dec ecx */
	0x75, 0xfc,				/* jnz 1b */
	0xb0, PROBE_VALUE,			/* mov al, PROBE_VALUE */
	0xe6, 0xf4,				/* out 0xf4, al */
	0xf4,					/* hlt */
};

/* The processor starts 16 bytes below the end, in real mode. */
static const unsigned char reset_vector[] = { 0xe9, 0x0d, 0xff }; /* jmp to 0xff00 */

static int make_firmware(void)
{
	int fd = memfd_create("firmware", 0);

	if (fd < 0 || ftruncate(fd, FIRMWARE_SIZE) ||
	    pwrite(fd, countdown, sizeof(countdown), 0xff00) != sizeof(countdown) ||
	    pwrite(fd, reset_vector, sizeof(reset_vector), 0xfff0) != sizeof(reset_vector))
		die("cannot make the firmware of the KVM probe: %s", strerror(errno));
	return fd;
}

static bool probe(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int firmware = make_firmware();
	char bios[32];
	char *argv[] = {
		"qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
		"-no-reboot", "-machine", "q35,accel=kvm", "-cpu", "host", "-m", "16M",
		"-bios", bios, "-device", "isa-debug-exit,iobase=0xf4,iosize=1", NULL
	};
	int alive[2];
	struct pollfd p;
	int status;
	pid_t pid;

	if (null < 0 || pipe2(alive, O_CLOEXEC))
		die("cannot probe KVM: %s", strerror(errno));
	snprintf(bios, sizeof(bios), "/proc/self/fd/%d", firmware);
	/* Its stderr ends when it ends. */
	pid = start_child(argv, null, null, alive[1], &firmware, 1);
	close(null);
	close(firmware);
	close(alive[1]);
	for (;;) {
		char text[512];

		p = (struct pollfd){ .fd = alive[0], .events = POLLIN };
		if (poll(&p, 1, PROBE_MS) <= 0 || read(alive[0], text, sizeof(text)) <= 0)
			break;
	}
	close(alive[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == PROBE_STATUS;
}

static bool read_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, size, f);

	if (f)
		fclose(f);
	return ok;
}

static void remember(const char *path, const char *line)
{
	char fresh[PATH_MAX + 16];
	FILE *f;

	snprintf(fresh, sizeof(fresh), "%s.%d", path, getpid());
	f = fopen(fresh, "we");
	if (!f)
		return;
	fputs(line, f);
	/* A full disk costs the next run a probe. */
	if (fclose(f) || rename(fresh, path))
		unlink(fresh);
}

bool kvm_works(void)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char path[PATH_MAX], boot[64], known[80], line[80];
	bool works;

	if (access("/dev/kvm", R_OK | W_OK))
		return false;
	if (!read_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot)))
		return probe();
	boot[strcspn(boot, "\n")] = '\0';
	if (cache && *cache)
		snprintf(path, sizeof(path), "%s/pcstats/kvm", cache);
	else
		snprintf(path, sizeof(path), "%s/.cache/pcstats/kvm", home ? home : "");
	if (read_line(path, known, sizeof(known))) {
		snprintf(line, sizeof(line), "%s works\n", boot);
		if (!strcmp(known, line))
			return true;
		snprintf(line, sizeof(line), "%s useless\n", boot);
		if (!strcmp(known, line))
			return false;
	}
	works = probe();
	snprintf(line, sizeof(line), "%s %s\n", boot, works ? "works" : "useless");
	remember(path, line);
	return works;
}
