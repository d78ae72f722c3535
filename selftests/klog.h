/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel log says against us from a given moment on. */
#ifndef PCSTATS_KLOG_H
#define PCSTATS_KLOG_H

/* Descriptor of /dev/kmsg, positioned after the last record. */
int klog_open(void);

/*
 * The first complaint logged since klog_open() or the last call, "" if there
 * is none.  Records that were overwritten before they could be read count as
 * a complaint.  Valid until the next call.
 */
const char *klog_complaint(int fd);

#endif /* PCSTATS_KLOG_H */
