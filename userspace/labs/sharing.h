/* SPDX-License-Identifier: GPL-2.0-only */
/* What a new task shares with its creator. */
#ifndef PCSTATS_SHARING_H
#define PCSTATS_SHARING_H

/*
 * The series "sharing": 1 where the two have one and the same, 0 where each has
 * its own, after fork, vfork, clone(CLONE_VM) and as a thread.  None if the kernel
 * does not tell (kcmp(2)).
 */
void sharing_series(void);

#endif /* PCSTATS_SHARING_H */
