/* SPDX-License-Identifier: GPL-2.0-only */
/* taskstats: what the kernel answers about one task. */
#ifndef PCSTATS_BENCH_QUERY_H
#define PCSTATS_BENCH_QUERY_H

#include <sys/types.h>

void query(pid_t tid);

/* One line on stderr, errno's text after it if it is set, and exit status 2. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* PCSTATS_BENCH_QUERY_H */
