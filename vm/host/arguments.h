/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's command line while it is made, and the descriptors that it speaks of. */
#ifndef PCSTATS_VM_ARGUMENTS_H
#define PCSTATS_VM_ARGUMENTS_H

#include <stddef.h>

struct arguments {
	char **argv;		/* ended by NULL */
	size_t n;
	int keep[64];		/* descriptors that QEMU inherits */
	size_t nr_keep;
};

/* One argument, printf's format. These end the process if there is no memory. */
void add(struct arguments *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An option and its value, printf's format. */
void add_option(struct arguments *a, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Arguments without blanks in them, separated by blanks. */
void add_words(struct arguments *a, const char *words);

/* A chardev ID that is one end of a socket pair; the other end, non-blocking, is returned. */
int add_socket(struct arguments *a, const char *id);

/* QEMU inherits fd, which is closed here by close_kept(). */
void keep(struct arguments *a, int fd);
void close_kept(struct arguments *a);

/* A path as part of a value, where a comma ends it. To be freed. */
char *quote_commas(const char *path);

#endif
