// SPDX-License-Identifier: GPL-2.0-only
/* Groups of tasks that share something. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kcmp.h>

#include "command.h"
#include "share.h"

const char *const share_kind_names[NR_SHARE_KINDS] = {
	[SHARE_MM] = "mm",
	[SHARE_FILES] = "files",
	[SHARE_FS] = "fs",
	[SHARE_SIGHAND] = "sighand",
	[SHARE_IO] = "io",
	[SHARE_SYSVSEM] = "sysvsem",
};

static const int kcmp_types[NR_SHARE_KINDS] = {
	[SHARE_FILES] = KCMP_FILES,
	[SHARE_FS] = KCMP_FS,
	[SHARE_SIGHAND] = KCMP_SIGHAND,
	[SHARE_IO] = KCMP_IO,
	[SHARE_SYSVSEM] = KCMP_SYSVSEM,
};

struct comparison {
	enum share_kind kind;
	pid_t zombie;	/* a task that has nothing: what equals it has nothing */
	bool failed;
};

/* 0: the same; 1 and 2: lesser and greater; -1 with errno. */
static long kcmp(pid_t a, pid_t b, enum share_kind kind)
{
	return syscall(SYS_kcmp, a, b, kcmp_types[kind], 0, 0);
}

static int compare(const void *left, const void *right, void *arg)
{
	const struct pcstats_task *a = (*(struct share_member *const *)left)->task;
	const struct pcstats_task *b = (*(struct share_member *const *)right)->task;
	struct comparison *comparison = arg;

	if (comparison->kind == SHARE_MM)
		return (a->mm > b->mm) - (a->mm < b->mm);
	switch (kcmp(a->pid, b->pid, comparison->kind)) {
	case 0:
		return 0;
	case 1:
		return -1;
	case 2:
		return 1;
	}
	comparison->failed = true;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Whether @member has something to be compared; if not, its group says so. */
static bool comparable(struct sharing *sharing, struct share_member *member,
		       const struct comparison *comparison)
{
	unsigned int *group = &member->group[comparison->kind];
	const struct pcstats_task *task = member->task;

	*group = SHARE_UNKNOWN;
	if (comparison->kind == SHARE_MM) {
		if (!task->mm)
			*group = SHARE_NONE;
		return task->mm && task->mm != PCSTATS_UNWATCHED;
	}
	switch (kcmp(comparison->zombie, task->pid, comparison->kind)) {
	case 0:
		*group = SHARE_NONE;
		return false;
	case -1:
		if (errno != EPERM && errno != ESRCH)
			sharing->error = errno;
		return false;
	}
	return true;
}

/*
 * Number the groups of the comparable @list as they come; false if a task could
 * not be compared after all.
 */
static bool number(struct share_member **list, size_t nr,
		   struct comparison *comparison)
{
	unsigned int group = SHARE_FIRST_GROUP;
	size_t i;

	comparison->failed = false;
	qsort_r(list, nr, sizeof(list[0]), compare, comparison);
	for (i = 0; i < nr; i++) {
		if (i && compare(&list[i - 1], &list[i], comparison))
			group++;
		list[i]->group[comparison->kind] = group;
	}
	return !comparison->failed;
}

/* The order in the kernel is another one at each boot. */
static void renumber(struct sharing *sharing, enum share_kind kind)
{
	unsigned int *numbers = xcalloc(sharing->nr_members + SHARE_FIRST_GROUP,
					sizeof(*numbers));
	unsigned int next = SHARE_FIRST_GROUP, *group;
	size_t i;

	for (i = 0; i < sharing->nr_members; i++) {
		group = &sharing->members[i].group[kind];
		if (*group < SHARE_FIRST_GROUP)
			continue;
		if (!numbers[*group])
			numbers[*group] = next++;
		*group = numbers[*group];
	}
	sharing->end_group[kind] = next;
	free(numbers);
}

static void find_groups(struct sharing *sharing, struct comparison *comparison)
{
	struct share_member **list = xcalloc(sharing->nr_members, sizeof(*list));
	size_t nr, i;

	/* One that goes while they are sorted spoils the order: once more. */
	do {
		nr = 0;
		for (i = 0; i < sharing->nr_members; i++)
			if (comparable(sharing, &sharing->members[i], comparison))
				list[nr++] = &sharing->members[i];
	} while (!number(list, nr, comparison));
	free(list);
	renumber(sharing, comparison->kind);
}

/* A child that has ended, and has given up all that can be shared. */
static pid_t make_zombie(void)
{
	siginfo_t info;
	pid_t pid;

	/* If it is ignored, as nohup(1) and others may have left it, none stays. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (!pid)
		_exit(0);
	if (pid < 0 || waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		exit(fail("fork: %m"));
	return pid;
}

static void count_unknown(struct sharing *sharing, pid_t zombie)
{
	size_t i;

	for (i = 0; i < sharing->nr_members; i++) {
		struct share_member *member = &sharing->members[i];

		if (member->group[SHARE_FILES] != SHARE_UNKNOWN)
			continue;
		if (kcmp(zombie, member->task->pid, SHARE_FILES) < 0 && errno == EPERM)
			sharing->nr_forbidden++;
		else
			sharing->nr_gone++;
	}
}

static int by_process(const void *left, const void *right)
{
	const struct pcstats_task *a = ((const struct share_member *)left)->task;
	const struct pcstats_task *b = ((const struct share_member *)right)->task;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if ((a->pid == a->tgid) != (b->pid == b->tgid))
		return a->pid == a->tgid ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static bool has_something(const struct pcstats_task *task, bool kernel)
{
	return !task->state.exited && task->state.letter != 'Z' &&
	       task->state.letter != 'X' && (kernel || task->mm);
}

void sharing_find(struct sharing *sharing, const struct pcstats_snapshot *snap,
		  bool kernel, bool live)
{
	struct comparison comparison = { SHARE_MM };
	size_t i;

	*sharing = (struct sharing){
		.members = xcalloc(snap->nr_tasks, sizeof(*sharing->members)),
	};
	for (i = 0; i < snap->nr_tasks; i++)
		if (has_something(&snap->tasks[i], kernel))
			sharing->members[sharing->nr_members++].task = &snap->tasks[i];
	qsort(sharing->members, sharing->nr_members, sizeof(sharing->members[0]),
	      by_process);
	find_groups(sharing, &comparison);
	if (!live)
		return;
	comparison.zombie = make_zombie();
	while (++comparison.kind < NR_SHARE_KINDS)
		find_groups(sharing, &comparison);
	count_unknown(sharing, comparison.zombie);
	waitpid(comparison.zombie, NULL, 0);
}

void sharing_free(struct sharing *sharing)
{
	free(sharing->members);
}
