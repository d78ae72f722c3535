/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSTATS_VM_DEBUG_H
#define PCSTATS_VM_DEBUG_H

#include <stdbool.h>

struct options;

/* Whether the guest has told where its module lies. */
bool debug_knows_module(void);

/*
 * Write a gdb script where/name: the symbols that there are, and the command target (NULL: none) for
 * what they are the symbols of. To be freed, as what path_in() returns: parent/name.
 */
char *write_script(const struct options *o, const char *where, const char *name,
		   const char *target, const char *module);
char *path_in(const char *parent, const char *name);

#endif
