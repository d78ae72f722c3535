// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process has an id, a parent, its own memory, files and environment.
 *
 * copy_process() makes a task, and for each thing that a task has it either makes
 * a copy or adds a reference to what the parent has: copy_mm() for the memory,
 * copy_files() for the table of open files, copy_fs(), copy_sighand().  Flags of
 * clone(2) say which.  fork(2) has none of these flags: all of it is copied.  The
 * environment is memory, so it is copied with that.
 *
 * But the table of files is a table of references.  What open(2) made, with the
 * place where reading goes on (f_pos of struct file), is not copied by
 * dup_fd(): parent and child go on reading where the other has stopped.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "sharing.h"
#include "threads.h"

#define FILE_BYTES	4096
#define VARIABLE	"PCSTATS_LAB"

static unsigned long bytes = 100;

static const struct setting settings[] = {
	{ "bytes", &bytes, 1, FILE_BYTES, "bytes that the child reads" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "other-parent", "the children are given their creator's parent (CLONE_PARENT)" },
	{ "share-memory", "parent and children have one address space (CLONE_VM)" },
	{ "share-files", "parent and children have one table of open files (CLONE_FILES)" },
	{ "open-again", "the child opens the file for itself before it reads" },
	{ NULL }
};

static int variable = 1, file;
static struct child line;		/* the child's end */
static pid_t *grandchild;		/* shared memory */

static pid_t make(int (*what)(void *), char *stack_top)
{
	int flags = SIGCHLD;
	pid_t pid;

	if (broken("other-parent"))
		flags |= CLONE_PARENT;
	if (broken("share-memory"))
		flags |= CLONE_VM;
	if (broken("share-files"))
		flags |= CLONE_FILES;
	pid = clone(what, stack_top, flags, NULL);
	if (pid < 0)
		die("clone");
	return pid;
}

static int wait_to_be_killed(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pause() < 0)
		;
	return 0;
}

static void read_some(void)
{
	char buffer[FILE_BYTES], path[32];
	int fd = file;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	if (broken("open-again"))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (read(fd, buffer, bytes) != (ssize_t)bytes)
		die("read");
}

static int change_everything(void *unused)
{
	static char stack[64 * 1024] __attribute__((aligned(16)));

	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	*grandchild = make(wait_to_be_killed, stack + sizeof(stack));
	child_tell(&line);
	child_hear(&line);
	variable = 2;
	setenv(VARIABLE, "child", 1);
	read_some();
	close(file);
	child_tell(&line);
	while (pause() < 0)
		;
	return 0;
}

/* As fork_child() does, but with flags of clone(). */
static struct child make_child(void)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	struct child child;
	int down[2], up[2];

	if (pipe(down) || pipe(up))
		die("pipe");
	line.in = down[0];
	line.out = up[1];
	child.in = up[0];
	child.out = down[1];
	child.pid = make(change_everything, stack + sizeof(stack));
	/* So that it is noticed if the child dies. */
	if (!broken("share-files")) {
		close(down[0]);
		close(up[1]);
	}
	return child;
}

static void wait_for(const struct child *child)
{
	errno = 0;
	if (!child_hear(child))
		die("the child died");
}

static void end(const struct child *child)
{
	kill(child->pid, SIGKILL);
	/* Where it has another parent that one waits for it. */
	if (waitpid(child->pid, NULL, 0) < 0 && errno != ECHILD)
		die("waitpid");
}

static unsigned long different(unsigned long long a, unsigned long long b,
			       unsigned long long c)
{
	return 1 + (b != a) + (c != a && c != b);
}

static int filled_file(void)
{
	char buffer[FILE_BYTES] = "";
	int fd = memfd_create("pcstats", MFD_CLOEXEC);

	if (fd < 0 || write(fd, buffer, sizeof(buffer)) != sizeof(buffer) ||
	    lseek(fd, 0, SEEK_SET))
		die("a file in memory");
	return fd;
}

static void run(void)
{
	int ids, parents, spaces, value, environment, opened, place;
	struct pcstats_task me, child_row, grandchild_row;
	struct child child;

	part("an id of its own");
	ids = expect(3, "ids", "of parent, child and grandchild");
	part("a parent");
	parents = expect(2, "processes", "whose parent made them: child and grandchild");
	part("memory of its own");
	spaces = expect(3, "mm ids", "of the three, an address space each");
	value = expect(1, "", "a variable of the parent, 1, after the child's wrote 2 to it");
	part("an environment of its own");
	environment = expect(0, "", "variables changed in the parent by setenv() in the child");
	part("files of its own: which are open");
	opened = expect(1, "files", "open in the parent, of 1 that the child has closed");
	part("files of its own: the place in them");
	place = expect(bytes, "bytes", "that the parent's place in a file moves when the child reads");
	against(place);

	file = filled_file();
	setenv(VARIABLE, "parent", 1);
	grandchild = shared_memory(sizeof(*grandchild));

	doing("a child, which has a child, too");
	child = make_child();
	wait_for(&child);
	me = task_row(getpid());
	child_row = task_row(child.pid);
	grandchild_row = task_row(*grandchild);
	measured(ids, different(me.tgid, child_row.tgid, grandchild_row.tgid));
	measured(parents, (child_row.ppid == me.pid) +
			  (grandchild_row.ppid == child_row.pid));
	measured(spaces, different(me.mm, child_row.mm, grandchild_row.mm));

	doing("the child writes, changes its environment, reads a file, closes it");
	child_tell(&child);
	wait_for(&child);
	measured(value, variable);
	measured(environment, strcmp(getenv(VARIABLE), "parent") != 0);
	measured(opened, fcntl(file, F_GETFD) >= 0);
	if (broken("share-files"))
		unjudged(place, "the child has closed the file for both");
	else
		measured(place, lseek(file, 0, SEEK_CUR));
	end(&child);

	doing("who shares what, by clone()'s flags");
	sharing_series();
}

static const char *const next[] = {
	"kernel/fork.c: copy_process() and copy_mm(), copy_files(), copy_fs(), copy_sighand()",
	"fs/file.c: dup_fd(); fs/read_write.c: ksys_read(), which moves f_pos",
	"fork(2), where it lists what is not inherited; clone(2); open(2), \"Open file descriptions\"",
	"pcstats share: who shares what among processes that run now",
	"pcstats lab memory: what \"its own memory\" costs",
	NULL
};

const struct lab lab_properties = {
	.name = "properties",
	.claim = "a process has an id, a parent, its own memory, files and environment",
	.prediction = "Each of parent, child and grandchild has an id, an address space, and its "
		"creator as its parent; what the child writes, sets and closes the parent does not "
		"notice. But a file that was open at the fork is one file for both: where one has "
		"read, the other goes on.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
