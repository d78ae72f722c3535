/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that the linker's --wrap makes: __real_X is X, calls of X go to __wrap_X. */
#ifndef PCSTATS_WRAP_H
#define PCSTATS_WRAP_H

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__real_reallocarray(void *old, size_t nr, size_t size);
void __real_free(void *at);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__wrap_reallocarray(void *old, size_t nr, size_t size);
void __wrap_free(void *at);

#endif /* PCSTATS_WRAP_H */
