// SPDX-License-Identifier: GPL-2.0-only
/* What a new task shares with its creator: the kernel itself compares. */
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "sharing.h"
#include "threads.h"

static const struct resource {
	const char *name;
	int kcmp;
} resources[] = {
	{ "memory", KCMP_VM },
	{ "open files", KCMP_FILES },
	{ "directory, umask", KCMP_FS },
	{ "signal handlers", KCMP_SIGHAND },
};

#define NR_RESOURCES	((int)(sizeof(resources) / sizeof(resources[0])))

/* Each waits for its child by CLONE_VFORK, which has it share no more. */
static const struct kind {
	const char *name;
	int flags;
} kinds[] = {
	{ "fork", SIGCHLD },
	{ "vfork", CLONE_VM | SIGCHLD },
	{ "clone with CLONE_VM", CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD },
	{ "thread", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
	  CLONE_SYSVSEM },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static pid_t creator;
static long *answers;			/* shared memory */

static int compare(void *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < NR_RESOURCES; i++)
		answers[i] = syscall(SYS_kcmp, creator, gettid(), resources[i].kcmp, 0UL,
				     0UL);
	return 0;
}

static void add_row(int row_of, const struct kind *kind)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));
	double values[NR_RESOURCES];
	pid_t pid = clone(compare, stack + sizeof(stack), kind->flags | CLONE_VFORK, NULL);
	int i;

	if (pid < 0)
		die("clone for %s", kind->name);
	if (!(kind->flags & CLONE_THREAD))
		reap(pid);
	for (i = 0; i < NR_RESOURCES; i++)
		values[i] = answers[i] == 0;
	series_row(row_of, kind->name, values);
}

void sharing_series(void)
{
	const char *columns[NR_RESOURCES];
	size_t i;
	int row_of;

	creator = getpid();
	answers = shared_memory(sizeof(*answers) * NR_RESOURCES);
	if (syscall(SYS_kcmp, creator, creator, KCMP_VM, 0UL, 0UL))
		return;
	for (i = 0; i < NR_RESOURCES; i++)
		columns[i] = resources[i].name;
	row_of = series("sharing", columns, NR_RESOURCES);
	for (i = 0; i < NR_KINDS; i++)
		add_row(row_of, &kinds[i]);
}
