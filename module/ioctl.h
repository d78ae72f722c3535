/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ioctl(2) on an open /proc/pcstats, for reading will do: the job of that file.
 *
 * A job is a process and all that descend from it while it is in the job,
 * whoever is their parent by now.  What its members do is added up and stays
 * when they exit; a read through the same file (also one that was inherited or
 * duplicated) shows it in `job` records and in the `most` table, see module/ABI.
 * The job ends with the last close of the file; its members are not touched.
 *
 * Included by userspace too: keep this file free of the kernel's own headers.
 */
#ifndef PCSTATS_IOCTL_H
#define PCSTATS_IOCTL_H

#include <linux/ioctl.h>

/*
 * All threads of the process with the id that is the argument, in the caller's
 * PID namespace, join the job, which the first such call makes; 0 stands for the
 * caller's own process.  What they did before is not counted.  0, or -1 with
 *   ESRCH   there is no such process, or it has ended (a zombie)
 *   EPERM   it is not the caller's: its uids and gids differ, it has a capability
 *           that the caller lacks, or is not dumpable, and CAP_SYS_PTRACE is
 *           lacking; or it is a kernel thread
 *   EBUSY   it is in another job, or in none, than those that joined before were
 *   ENOSPC  more than 8 jobs one in the other
 *   ENOMEM, ENODEV (the module is being unloaded)
 * A process that is in a job may join a new one, which lies in that one then:
 * what is counted in it is counted in both.
 */
#define PCSTATS_JOB_ADD		_IO(0xDC, 1)

/*
 * Sleep until no task of the job is alive.  0, or -1 with
 *   EINTR   a signal
 *   EINVAL  there is no job
 *   ENODEV  the module is being unloaded
 */
#define PCSTATS_JOB_WAIT	_IO(0xDC, 2)

#endif /* PCSTATS_IOCTL_H */
