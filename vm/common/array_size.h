/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSTATS_VM_ARRAY_SIZE_H
#define PCSTATS_VM_ARRAY_SIZE_H

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
