// SPDX-License-Identifier: GPL-2.0-only
/*
 * A crashing thread takes the whole process with it; a crashing process only
 * itself.
 *
 * An access to an address that nothing maps is a page fault that the kernel
 * cannot resolve: it sends SIGSEGV to the thread that did it, by
 * force_sig_fault().  If that is not handled, get_signal() ends the process:
 * do_coredump() stops the other threads, which share the memory that is to be
 * dumped, and do_group_exit() ends them all with the code of the one.  That is not
 * malice: the thread may have written anywhere before, to memory that is theirs
 * too.
 *
 * Another process has another address space.  Nobody there is asked; the parent
 * learns of it by the wait status.
 */
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "threaded.h"

static unsigned long workers = 4;

static const struct setting settings[] = {
	{ "workers", &workers, 2, MAX_THREADS, "threads, or processes; one crashes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-crash", "nobody crashes" },
	{ "caught", "a handler of SIGSEGV ends its thread, and no more" },
	{ "swapped", "the threads are processes, and the processes are threads" },
	{ NULL }
};

/* Tasks that were ended by SIGSEGV, and that left with 0. */
struct ends {
	unsigned long crashed, well;
};

static void crash(void)
{
	/* What the compiler knows to be NULL it turns into another trap. */
	static int *volatile nowhere;

	if (!broken("no-crash"))
		*nowhere = 1;
}

/* ---- workers that are threads ----------------------------------------------- */

static sem_t begin, survived;

/* Ends the thread only, and lets its process go on. */
static void leave(int signal)
{
	(void)signal;
	sem_post(&survived);
	syscall(SYS_exit, 0);
}

static void work_as_thread(unsigned long i)
{
	if (i == 1) {
		sem_wait(&begin);
		crash();
		sem_post(&survived);
	}
	for (;;)
		pause();
}

/* Returns if the crash was none. */
static void let_crash(void)
{
	sem_post(&begin);
	sem_wait(&survived);
}

static struct ends threads(void)
{
	struct threaded all;
	struct ends ends;

	sem_init(&begin, 0, 0);
	sem_init(&survived, 0, 0);
	if (broken("caught"))
		signal(SIGSEGV, leave);
	all = fork_threaded(workers, work_as_thread, let_crash);
	signal(SIGSEGV, SIG_DFL);
	child_tell(&all.child);
	finish_threaded(&all);
	ends.crashed = ended_by(&all, SIGSEGV);
	ends.well = workers + 1 - ends.crashed;
	return ends;
}

/* ---- workers that are processes --------------------------------------------- */

static bool to_crash;

static void work_as_process(const struct child *self)
{
	no_core();
	child_hear(self);
	if (to_crash)
		crash();
}

/* One ends, by itself; then the others are told to. */
static struct ends processes(void)
{
	struct child children[MAX_THREADS];
	struct ends ends = { };
	unsigned long i;

	for (i = 0; i < workers; i++) {
		to_crash = !i;
		children[i] = fork_child(work_as_process);
	}
	for (i = 0; i < workers; i++) {
		struct pcstats_state state;

		child_tell(&children[i]);
		if (waitpid(children[i].pid, NULL, 0) < 0)
			die("waitpid");
		state = task_row(children[i].pid).state;
		ends.crashed += state.signal == SIGSEGV;
		ends.well += state.exit_code == 0;
	}
	return ends;
}

static void run(void)
{
	bool swapped = broken("swapped");
	int with_threads, with_processes, others;
	struct ends ends;

	part("a crashing thread takes the whole process with it");
	with_threads = expect(workers + 1, "tasks",
			      "ended by SIGSEGV: one of %lu threads, the others, and the first",
			      workers);
	part("a crashing process takes only itself");
	with_processes = expect(1, "tasks", "ended by SIGSEGV: one of %lu processes",
				workers);
	others = expect(workers - 1, "tasks", "that go on, and exit with 0 when they are told to");

	doing("one of %lu threads writes to address 0", workers);
	ends = swapped ? processes() : threads();
	measured(with_threads, ends.crashed);
	doing("one of %lu processes writes to address 0", workers);
	ends = swapped ? threads() : processes();
	measured(with_processes, ends.crashed);
	measured(others, ends.well);
}

static const char *const next[] = {
	"arch/x86/mm/fault.c: bad_area_nosemaphore(); kernel/signal.c: force_sig_fault(), get_signal()",
	"fs/coredump.c: coredump_wait(), zap_threads(); kernel/exit.c: do_group_exit()",
	"signal(7), \"Core\"; core(5); wait(2), WIFSIGNALED; sigaltstack(2)",
	"pcstats lab kill: the same, the signal coming from outside",
	NULL
};

const struct lab lab_crash = {
	.name = "crash",
	.claim = "a crashing thread takes the whole process with it; a crashing process only itself",
	.prediction = "The signal of a crash ends the process, that is all its threads: their rows "
		"have the same signal. Of several processes only the one that crashed has it.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
