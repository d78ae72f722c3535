/* SPDX-License-Identifier: GPL-2.0-only */
/* What ia32_calls says to ia32, in types that are the same for both. */
#ifndef PCSTATS_IA32_H
#define PCSTATS_IA32_H

#define IA32_PAGES 7

struct ia32_report {
	/* Tasks: two children of fork, one of which wrote; a thread. */
	int idle, writer, thread;
	/* What ioctl(2) gave. */
	int wait, add_wrong, add;
};

#endif /* PCSTATS_IA32_H */
