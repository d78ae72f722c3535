/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs in Python as the subjects of labs.  They are in labs/python, and their
 * text is part of pcstats, so that nothing has to be found when they are run.
 *
 * A program prints a line and waits for a byte on stdin, in turns with the lab.
 */
#ifndef PCSTATS_LABS_PYTHON_H
#define PCSTATS_LABS_PYTHON_H

#include <stdio.h>

#include "lab.h"

extern const char python_memory[], python_pools[], python_lock[];

struct program {
	pid_t pid;
	FILE *from;
	int to;
};

/* Run @text with two arguments; skips the lab where there is no Python. */
struct program program_start(const char *text, const char *how,
			     unsigned long number);
/* The next line is of the form @format, which has @nr conversions. */
void program_read(struct program *p, int nr, const char *format, ...)
	__attribute__((format(scanf, 3, 4)));
void program_go_on(struct program *p);
/* Let it end, and wait until it has, with status 0. */
void program_end(struct program *p);

#endif /* PCSTATS_LABS_PYTHON_H */
