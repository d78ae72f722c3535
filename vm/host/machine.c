// SPDX-License-Identifier: GPL-2.0-only
/* The processors that there are kernels for, and what a VM with one is made of. */
#include <stdlib.h>
#include <string.h>

#include "../common/array_size.h"
#include "host.h"

/* The first is for all names without an "@" and one of the others. Its programs are the host's. */
static const struct machine machines[] = {
	{
		.qemu = "qemu-system-x86_64",
		.board = "q35",
		.cpu = "max",
		/*
		 * Kernels that find ERMS clear a page by "rep stosb", which is emulated byte by
		 * byte: eight times as often as by "rep stosq".
		 */
		.missing = ",-erms",
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
		.missing = "",
		.append = "console=ttyAMA0",
	},
};

const struct machine *machine_of(const char *kernel)
{
	const char *at = strrchr(kernel, '@');

	for (size_t i = 1; at && i < ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i].arch, at + 1))
			return &machines[i];
	return &machines[0];
}
