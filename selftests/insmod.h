/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading and unloading pcstats: for tests that run in a VM of their own. */
#ifndef PCSTATS_INSMOD_H
#define PCSTATS_INSMOD_H

#include <stddef.h>

/* Load the module at @path, with @params; 0 or a negative errno. */
int module_load(const char *path, const char *params);

int module_unload(void);

/* The file at @path, in memory that may be changed; and to load it from there. */
char *module_image(const char *path, size_t *size);
int module_load_image(const char *image, size_t size, const char *params);

/* What is set in the environment; skips the whole program if it is not. */
const char *module_path(const char *variable);

#endif /* PCSTATS_INSMOD_H */
