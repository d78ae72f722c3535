/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that the linker's --wrap makes: __real_X is X, calls of X go to __wrap_X. */
#ifndef PCSTATS_FUZZ_WRAP_H
#define PCSTATS_FUZZ_WRAP_H

#include <stddef.h>
#include <stdio.h>

void __real_exit(int status) __attribute__((noreturn));
void __wrap_exit(int status) __attribute__((noreturn));
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);
int __wrap_fprintf(FILE *to, const char *format, ...);
int __wrap_fail(const char *format, ...);

#endif /* PCSTATS_FUZZ_WRAP_H */
