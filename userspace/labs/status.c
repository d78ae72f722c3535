// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent gets its child's exit code or signal; a child that nobody has waited for
 * is a zombie; an orphan gets a new parent.
 *
 * do_exit() gives back what a task has, memory first; task_struct stays, with the
 * code, since somebody may ask: state Z, EXIT_ZOMBIE.  wait(2) finds it
 * (wait_task_zombie()), hands out the code and has release_task() free the rest.
 * A zombie runs no more, so no signal does anything to it.  Of the number given to
 * exit(3) eight bits are left.
 *
 * A parent that exits leaves its children to a reaper (forget_original_parent(),
 * find_new_reaper()): to another thread of it; else to the nearest ancestor that
 * has called prctl(PR_SET_CHILD_SUBREAPER), as service managers, desktops,
 * containers' inits and this program do; and only then to process 1.
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_CHILDREN	32

static unsigned long code = 3, children = 3;

static const struct setting settings[] = {
	{ "code", &code, 0, 100000, "exit code of a child" },
	{ "children", &children, 1, MAX_CHILDREN, "zombies" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "killed", "children that should exit are killed" },
	{ "caught", "a child that should be ended by SIGTERM handles it, and exits with 0" },
	{ "ignore", "the parent ignores SIGCHLD, so that the kernel keeps no zombies for it" },
	{ "parent-stays", "the parent of the orphan does not exit" },
	{ NULL }
};

/* ---- how a child ended ------------------------------------------------------- */

/* Children whose row in /proc/pcstats says the same as their wait status. */
static unsigned long agreeing;

static void leave_by_exit(int n)
{
	if (broken("killed"))
		raise(SIGKILL);
	_exit(n);
}

static void leave_well(int unused)
{
	(void)unused;
	_exit(0);
}

static void leave_by_signal(int n)
{
	if (broken("caught") && n != SIGKILL)
		signal(n, leave_well);
	raise(n);
}

/* The wait status of a child that does this. */
static int status_after(void (*leave)(int n), int n)
{
	struct pcstats_state state;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		leave(n);
		_exit(99);
	}
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	state = task_row(pid).state;
	if (WIFEXITED(status))
		agreeing += state.exit_code == WEXITSTATUS(status);
	else
		agreeing += state.signal == WTERMSIG(status);
	return status;
}

static int code_of(int n)
{
	int status = status_after(leave_by_exit, n);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int signal_of(int n)
{
	int status = status_after(leave_by_signal, n);

	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

/* ---- zombies ----------------------------------------------------------------- */

static pid_t pids[MAX_CHILDREN];

/* Each has exited, and nobody has waited for it. */
static void make_zombies(void)
{
	unsigned long i;
	siginfo_t info;

	if (broken("ignore"))
		signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < children; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (!pids[i])
			_exit(0);
	}
	for (i = 0; i < children; i++)
		if (waitid(P_PID, pids[i], &info, WEXITED | WNOWAIT) && errno != ECHILD)
			die("waitid");
}

static unsigned long count_zombies(void)
{
	struct pcstats_task row;
	unsigned long nr = 0, i;

	for (i = 0; i < children; i++)
		nr += find_live(pids[i], &row) && row.state.letter == 'Z';
	return nr;
}

static void kill_zombies(void)
{
	struct pcstats_task row;
	unsigned long i;

	for (i = 0; i < children; i++)
		if (find_live(pids[i], &row) && kill(pids[i], SIGKILL))
			die("kill");
}

static void wait_for_zombies(void)
{
	unsigned long i;

	for (i = 0; i < children; i++)
		if (waitpid(pids[i], NULL, 0) < 0 && errno != ECHILD)
			die("waitpid");
	signal(SIGCHLD, SIG_DFL);
}

/* ---- orphans ------------------------------------------------------------------ */

struct orphan {
	pid_t first_parent, parent, later_parent;
	int code;			/* that the lab gets for it; -1: none */
};

static pid_t *orphan_pid;		/* shared memory */
static int hold[2];			/* until the writing end is closed */

static void make_orphan(const struct child *self)
{
	pid_t pid;
	char byte;

	close(hold[1]);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		_exit(read(hold[0], &byte, 1) ? 99 : (int)(code & 255));
	*orphan_pid = pid;
	child_tell(self);
	child_hear(self);
	if (broken("parent-stays"))
		child_hear(self);
}

static struct orphan orphan(bool subreaper)
{
	struct orphan o = { .code = -1 };
	struct child c;
	int status;

	if (pipe(hold) || prctl(PR_SET_CHILD_SUBREAPER, (long)subreaper))
		die("pipe, or prctl(PR_SET_CHILD_SUBREAPER)");
	c = fork_child(make_orphan);
	o.first_parent = c.pid;
	child_hear(&c);
	o.parent = task_row(*orphan_pid).ppid;
	child_tell(&c);
	if (!broken("parent-stays"))
		reap(c.pid);
	o.later_parent = task_row(*orphan_pid).ppid;
	close(hold[1]);
	if (waitpid(*orphan_pid, &status, 0) == *orphan_pid && WIFEXITED(status))
		o.code = WEXITSTATUS(status);
	if (broken("parent-stays")) {
		child_tell(&c);
		reap(c.pid);
	}
	close(hold[0]);
	return o;
}

static int small, large, code_rows, term, killed, signal_rows;
static int zombies, immortal, gone, first, adopted, waited, init;

static void predict(void)
{
	part("a parent gets the exit code of its child, modulo 256");
	small = expect(code & 255, "", "code of a child that calls exit(%lu)", code);
	large = expect(code & 255, "", "code of a child that calls exit(%lu)", code + 256);
	code_rows = expect(2, "rows", "of these two in /proc/pcstats say the same");
	part("or the number of the signal that ended it");
	term = expect(SIGTERM, "", "signal of a child that sends itself SIGTERM");
	killed = expect(SIGKILL, "", "signal of a child that sends itself SIGKILL");
	signal_rows = expect(2, "rows", "of these two in /proc/pcstats say the same");
	part("a child that has ended is a zombie until it is waited for");
	zombies = expect(children, "", "children in state Z, all having exited");
	immortal = expect(children, "", "in state Z after SIGKILL to each");
	gone = expect(0, "", "in state Z after wait()");
	part("an orphan gets a new parent");
	first = expect(2, "", "parents of 2 orphans that were theirs until they exited");
	adopted = expect(getpid(), "pid", "of the new parent, where the lab calls itself a subreaper");
	waited = expect(code & 255, "", "code that it gets for the orphan");
	part("and that is process 1, init");
	init = expect(getppid(), "pid", "of the new parent otherwise: pcstats, a subreaper itself");
	if (getppid() != 1)
		against(init);
}

static void run(void)
{
	struct orphan own, other;

	predict();
	orphan_pid = shared_memory(sizeof(*orphan_pid));

	doing("children exit, or are ended by a signal");
	measured(small, code_of(code));
	measured(large, code_of(code + 256));
	measured(code_rows, agreeing);
	agreeing = 0;
	measured(term, signal_of(SIGTERM));
	measured(killed, signal_of(SIGKILL));
	measured(signal_rows, agreeing);

	doing("%lu children exit, and nobody waits for them", children);
	make_zombies();
	measured(zombies, count_zombies());
	kill_zombies();
	measured(immortal, count_zombies());
	wait_for_zombies();
	measured(gone, count_zombies());

	doing("a child's child loses its parent, twice");
	own = orphan(true);
	other = orphan(false);
	measured(first, (own.parent == own.first_parent) +
			(other.parent == other.first_parent));
	measured(adopted, own.later_parent);
	measured(waited, own.code);
	measured(init, other.later_parent);
}

static const char *const next[] = {
	"kernel/exit.c: do_exit(), exit_notify(), wait_task_zombie(), release_task()",
	"kernel/exit.c: forget_original_parent(), find_new_reaper()",
	"wait(2), its NOTES on zombies; _exit(2); prctl(2), PR_SET_CHILD_SUBREAPER; SIGCHLD in signal(7)",
	"pcstats lab crash, pcstats lab kill: the rows of those who end by a signal",
	NULL
};

const struct lab lab_status = {
	.name = "status",
	.claim = "a parent learns how its child ended; until then it is a zombie; init adopts orphans",
	.prediction = "The parent gets the low 8 bits of the exit code, or the signal. A child that "
		"has exited is in state Z until its parent has waited for it, and nothing can kill "
		"it. A child whose parent exits gets another: the nearest subreaper, which is "
		"process 1 only if there is no nearer one.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
