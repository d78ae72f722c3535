/* SPDX-License-Identifier: GPL-2.0-only */
/* What must hold for any input ends the program if it does not. */
#ifndef PCSTATS_FUZZ_CHECK_H
#define PCSTATS_FUZZ_CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(claim) \
	((claim) ? (void)0 : check_failed(__FILE__, __LINE__, #claim))

static inline void check_failed(const char *file, int line, const char *claim)
{
	dprintf(2, "%s:%d: does not hold: %s\n", file, line, claim);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* PCSTATS_FUZZ_CHECK_H */
