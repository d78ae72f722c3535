// SPDX-License-Identifier: GPL-2.0-only
/* The processors that there are kernels for, and what a VM with one is made of. */
#include <stdlib.h>
#include <string.h>

#include "../common/array_size.h"
#include "host.h"

/* The first is for names without an "@". Its programs are the host's. */
static const struct machine machines[] = {
	{
		.qemu = "qemu-system-x86_64",
		.board = "q35",
		.cpu = "max",
		.image = "vmlinux",
		/*
		 * no_timer_check: for a fast start. tsc=reliable: where the CPUs are emulated and
		 * wait for each other, the watchdog finds the TSC wrong against a clock that is no
		 * better, and sched_clock() then stands still between ticks.
		 */
		.append = "console=ttyS0 no_timer_check tsc=reliable",
		.native = true,
	}, {
		.arch = "arm64",
		.qemu = "qemu-system-aarch64",
		.board = "virt,gic-version=3",
		/* What newer ones have, authenticated pointers above all, is emulated at a third of the speed. */
		.cpu = "cortex-a72",
		.image = "Image",
		.append = "console=ttyAMA0",
	},
};

const struct machine *machine_of(const char *kernel)
{
	const char *at = strchr(kernel, '@');

	if (!at)
		return &machines[0];
	for (size_t i = 1; i < ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i].arch, at + 1))
			return &machines[i];
	die("kernel %s: no such processor", kernel);
}
