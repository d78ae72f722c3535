// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork and then exec throws the copy away; posix_spawn never makes it.
 *
 * fork copies the page table, and both sides then copy the few pages that they
 * write to until the exec, stack above all.  exec makes a new address space:
 * exec_mmap() puts it in the place of the old one, and mmput() takes that apart,
 * entry by entry.  So the work grows with the parent's memory, for nothing.
 *
 * A child by vfork (CLONE_VM | CLONE_VFORK) has no address space of its own until
 * its exec makes one: it runs in its parent's, which waits for that long.  glibc
 * makes posix_spawn() of the same call, with a stack for the child to run on.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <unistd.h>

#include "lab.h"

#define PROGRAM	"/bin/cat"		/* stays until its input ends */
/* Pages that a child may write to between fork and exec: stack, data of libc. */
#define FEW	100

static unsigned long pages = 4096;

static const struct setting settings[] = {
	{ "pages", &pages, FEW, 1 << 18, "pages of data that the parent has" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "fork-vforks", "instead of fork, vfork is called" },
	{ "vfork-forks", "instead of vfork, fork is called" },
	{ "spawn-forks", "instead of posix_spawn, fork is called" },
	{ "child-writes", "the forked child writes to all data before its exec" },
	{ "no-exec", "the forked child does not call exec" },
	{ NULL }
};

enum way { FORK, VFORK, SPAWN };

static char *data;

/* To the child: @go ends when it is to exec, @in is read by PROGRAM; and from it. */
static int go[2], in[2], out[2];

static char *const argv[] = { PROGRAM, NULL };

static void make_pipes(void)
{
	if (pipe2(go, O_CLOEXEC) || pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
}

/* What PROGRAM does, too. */
static _Noreturn void echo(void)
{
	char byte;

	close(in[1]);
	while (read(in[0], &byte, 1) == 1 && write(out[1], &byte, 1) == 1)
		;
	_exit(0);
}

/* A child by vfork changes no variable here: its parent has them, too. */
static _Noreturn void child(enum way way)
{
	pid_t pid = getpid();
	char byte;

	close(go[1]);
	if (write(out[1], &pid, sizeof(pid)) != sizeof(pid) || read(go[0], &byte, 1))
		_exit(1);
	if (way == FORK && broken("child-writes"))
		write_pages(data, pages, 'c');
	if (way == FORK && broken("no-exec"))
		echo();
	if (dup2(in[0], STDIN_FILENO) == STDIN_FILENO &&
	    dup2(out[1], STDOUT_FILENO) == STDOUT_FILENO)
		execve(PROGRAM, argv, environ);
	_exit(1);
}

/* The caller of vfork sleeps in it until the exec: so another thread looks on. */
static void *vforker(void *unused)
{
	pid_t pid = vfork();

	if (!pid)
		child(VFORK);
	if (pid < 0)
		die("vfork");
	return unused;
}

static pthread_t start_vforker(void)
{
	pthread_attr_t attr;
	pthread_t id;

	/* libc keeps the stack, and a child that settles writes to all of it. */
	errno = pthread_attr_init(&attr) ?: pthread_attr_setstacksize(&attr, 64 * 1024);
	errno = errno ?: pthread_create(&id, &attr, vforker, NULL);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
	return id;
}

static void start_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		child(FORK);
	if (pid < 0)
		die("fork");
}

static pid_t spawn(void)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	errno = posix_spawn_file_actions_init(&actions) ?:
		posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO) ?:
		posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO) ?:
		posix_spawn(&pid, PROGRAM, &actions, NULL, argv, environ);
	if (errno)
		die("posix_spawn of " PROGRAM);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* What was seen of one child. */
struct seen {
	unsigned long long shared;	/* pages, by its creation */
	unsigned long long copied;	/* by the child, until its exec */
	unsigned long long left;	/* shared still behind the exec */
	unsigned long long before, after;	/* its address spaces */
};

/* PROGRAM says what it hears: the exec is over. */
static void hear_program(void)
{
	char byte;

	errno = 0;
	if (write(in[1], "", 1) != 1 || read(out[0], &byte, 1) != 1)
		die("the child did not become " PROGRAM);
}

static void look_behind_exec(struct seen *seen, pid_t pid)
{
	struct pcstats_fork fork;

	hear_program();
	seen->after = task_row(pid).mm;
	/* The new address space takes part in no fork: it copies nothing. */
	seen->copied = tally(pid, PCSTATS_copied);
	seen->left = find_fork(pid, &fork) ? fork.shared - fork.copied : 0;
}

/* From the creation until the child waits for its exec, then behind that. */
static pid_t look_at_both(struct seen *seen, enum way way)
{
	pthread_t thread = 0;
	pid_t pid;

	if (way == VFORK)
		thread = start_vforker();
	else
		start_fork();
	errno = 0;
	if (read(out[0], &pid, sizeof(pid)) != sizeof(pid))
		die("the child died");
	seen->before = task_row(pid).mm;
	close(go[1]);
	close(out[1]);
	look_behind_exec(seen, pid);
	if (way == VFORK)
		pthread_join(thread, NULL);
	return pid;
}

static struct seen look(enum way way)
{
	unsigned long long shared = process_tally(getpid(), PCSTATS_fork_pages);
	struct seen seen = { };
	pid_t pid;

	make_pipes();
	if (way == SPAWN) {
		pid = spawn();
		close(go[1]);
		close(out[1]);
		look_behind_exec(&seen, pid);
		seen.before = task_row(getpid()).mm;
	} else {
		pid = look_at_both(&seen, way);
	}
	seen.shared = process_tally(getpid(), PCSTATS_fork_pages) - shared;
	close(in[1]);
	reap(pid);
	close(go[0]);
	close(in[0]);
	close(out[0]);
	/* What a fork has left write-protected. */
	settle();
	return seen;
}

static enum way broken_way(enum way way)
{
	if (way == FORK && broken("fork-vforks"))
		return VFORK;
	if ((way == VFORK && broken("vfork-forks")) || (way == SPAWN && broken("spawn-forks")))
		return FORK;
	return way;
}

static struct {
	int shared, copied, left, own, after;
} rows[3];

/* A fork shares all that is resident: as the kernel counts it, by mm_counter(). */
static void predict(void)
{
	unsigned long long resident = memory_kb(getpid(), "Anonymous") * 1024 / page_size();
	int way;

	for (way = FORK; way <= SPAWN; way++) {
		bool forks = way == FORK;

		part(forks ? "fork makes a copy, which exec throws away" :
		     way == VFORK ? "vfork makes none" : "posix_spawn makes none");
		rows[way].own = expect(forks, "", "address space of its own before the exec");
		rows[way].shared = expect(forks ? resident : 0, "pages", "shared with the child");
		rows[way].copied = forks ?
			expect_between(1, FEW, "pages", "copied by it until the exec") :
			expect(0, "pages", "copied by it until the exec");
		rows[way].after = expect(1, "", "new address space by the exec");
		rows[way].left = expect(0, "pages", "shared with the parent after that");
	}
}

static void measure(enum way way)
{
	unsigned long long mm = task_row(getpid()).mm;
	struct seen seen = look(broken_way(way));

	measured(rows[way].own, seen.before != mm);
	measured(rows[way].shared, seen.shared);
	measured(rows[way].copied, seen.copied);
	measured(rows[way].after, seen.after != mm && seen.after != seen.before);
	measured(rows[way].left, seen.left);
}

static void run(void)
{
	if (access(PROGRAM, X_OK))
		skip("there is no " PROGRAM);
	pin();
	data = region(pages);
	write_pages(data, pages, 'd');
	predict();
	doing("fork, then exec of " PROGRAM);
	measure(FORK);
	doing("vfork, then exec");
	measure(VFORK);
	doing("posix_spawn");
	measure(SPAWN);
}

static const char *const next[] = {
	"fs/exec.c: begin_new_exec(), exec_mmap(); kernel/fork.c: mmput(), mm_release()",
	"kernel/fork.c: copy_mm(), CLONE_VM; kernel_clone(), CLONE_VFORK",
	"glibc: sysdeps/unix/sysv/linux/spawni.c; execve(2), vfork(2), posix_spawn(3)",
	"pcstats lab create: what the copy costs",
	NULL
};

const struct lab lab_exec = {
	.name = "exec",
	.claim = "fork then exec throws the copy away; posix_spawn never makes it",
	.prediction = "A fork shares each resident page with an address space of the child's own; "
		"the child copies a few, and its exec replaces it all. A child by vfork or posix_spawn "
		"runs in its parent's address space: no page is shared, none copied, and exec makes "
		"its first own one.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
