/* SPDX-License-Identifier: GPL-2.0-only */
/* The little of io_uring that the tests need, by its system calls. */
#ifndef PCSTATS_URING_H
#define PCSTATS_URING_H

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stddef.h>

/* A ring of the caller's own; false if the kernel has none to give. */
bool uring_open(void);

/* Submit one request and wait for its result, as io_uring(7) has it. */
int uring_do(const struct io_uring_sqe *request);

/* Pin @len bytes at @buf, for the kernel to write to at any time. */
void uring_register_buffer(void *buf, size_t len);
void uring_unregister_buffers(void);

/* Keep @fd as file 0; keep the caller's credentials, by the id returned. */
void uring_register_file(int fd);
int uring_register_personality(void);

#endif /* PCSTATS_URING_H */
