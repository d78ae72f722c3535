/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's files, for verify and for seldom (file.c). */
#ifndef PCSTATS_FILE_H
#define PCSTATS_FILE_H

/* End with status 2: what was to be done could not be done. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
/* @text to the file @path by one write(2); 0 or -1 and errno. */
int file_write(const char *path, const char *text);
/* The value of the first line of @path that begins with @key. */
unsigned long long file_number(const char *path, const char *key);

#endif /* PCSTATS_FILE_H */
