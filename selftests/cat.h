/* SPDX-License-Identifier: GPL-2.0-only */
/* A program that can be executed, and that shows when it is running. */
#ifndef PCSTATS_CAT_H
#define PCSTATS_CAT_H

#include "frame.h"

/* cat(1) on two pipes.  To be made before the puppet that is to become it. */
struct cat {
	int in[2];
	int out[2];
};

void cat_prepare(struct cat *cat);

/* Replace the calling process by @argv, whose end is to be cat. */
__noreturn void cat_exec(const struct cat *cat, char *const argv[]);

/* Return when cat answers: the execve is over. */
void cat_wait(const struct cat *cat);

/*
 * End its input, and so cat.  The output stays open: cat may have more to say,
 * and is not to die of it.
 */
void cat_close(const struct cat *cat);

#endif /* PCSTATS_CAT_H */
