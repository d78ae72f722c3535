// SPDX-License-Identifier: GPL-2.0-only
/* What QEMU does for a guest is less than the user who runs us could have it do. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

/*
 * If root runs us: what the guest writes to a shared directory is to be root's as it would be
 * another user's, and no device that a host's user could open.
 */
static void drop_capabilities(void)
{
	for (int i = 0; i < 64; i++)
		if (i != CAP_DAC_OVERRIDE && i != CAP_DAC_READ_SEARCH && i != CAP_FOWNER)
			prctl(PR_CAPBSET_DROP, i);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Newer than Debian 12. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

/* With the number of the call in the accumulator. */
#define REFUSE_SETUID(call, mode_argument) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4), \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[mode_argument])), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, S_ISUID, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/*
 * A setuid program in a shared directory would make any of the host's users the one who runs us. Not
 * setgid, too: a directory inherits it, and the mode alone does not tell what it is for.
 */
static void refuse_setuid(void)
{
	static struct sock_filter calls[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		REFUSE_SETUID(SYS_chmod, 1),
		REFUSE_SETUID(SYS_fchmod, 1),
		REFUSE_SETUID(SYS_fchmodat, 2),
		REFUSE_SETUID(SYS_fchmodat2, 2),
		REFUSE_SETUID(SYS_openat, 3),
		REFUSE_SETUID(SYS_mknodat, 2),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { ARRAY_SIZE(calls), calls };

	/* Older kernels would make all of QEMU slower for it. */
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
}

void confine(void)
{
	drop_capabilities();
	refuse_setuid();
}
