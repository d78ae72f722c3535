// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process can be killed from outside, one thread of it cannot.
 *
 * A thread is a task with an id of its own, and tgkill(2) sends a signal to just
 * this one.  But what a signal does if nobody handles it, it does to the process:
 * complete_signal() sees that it is fatal, notes in signal_struct, which all
 * threads share, that the group exits, and gives each of them a SIGKILL.  Each
 * leaves by do_group_exit(), with the same code.
 *
 * There is no such thing as killing one thread, for a good reason: it may hold a
 * lock, or have done half of what others rely on.  What can be done to one thread
 * from outside is to have it run a handler.  Whether it ends is its own affair
 * then; pthread_cancel(3) is such a handler.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "threaded.h"
#include "threads.h"

static unsigned long threads = 4;

static const struct setting settings[] = {
	{ "threads", &threads, 1, MAX_THREADS, "threads besides the first one" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "ignored", "SIGTERM instead of SIGKILL, and the process ignores it" },
	{ "asked", "the one thread is asked to end, by a signal that it handles" },
	{ "to-process", "the handled signals are sent to the process, not to a thread" },
	{ NULL }
};

/* Handlers that ran, and those in the thread that was meant; shared memory. */
static struct {
	unsigned long nr, right, meant;
} *ran;

static void count_handler(int signal)
{
	(void)signal;
	__atomic_add_fetch(&ran->nr, 1, __ATOMIC_RELAXED);
	if (own_number() == ran->meant)
		__atomic_add_fetch(&ran->right, 1, __ATOMIC_RELAXED);
	child_tell(own_line());
}

/* Ends the thread that it runs in, which returns nowhere. */
static void leave(int signal)
{
	(void)signal;
	child_tell(own_line());
	syscall(SYS_exit, 0);
}

static void wait_for_signals(unsigned long i)
{
	(void)i;
	for (;;)
		pause();
}

static struct threaded process(void)
{
	return fork_threaded(threads, wait_for_signals, NULL);
}

static void handle(int signal, void (*handler)(int))
{
	/* No SA_RESETHAND; reads and writes on the line go on. */
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	if (sigaction(signal, &action, NULL))
		die("sigaction");
}

static void send_to_thread(const struct threaded *to, unsigned long i, int signal)
{
	if (syscall(SYS_tgkill, to->child.pid, to->tids[i], signal))
		die("tgkill");
}

static int deadly(void)
{
	return broken("ignored") ? SIGTERM : SIGKILL;
}

static unsigned long killed_as_process(void)
{
	struct threaded process_of = process();

	if (kill(process_of.child.pid, deadly()))
		die("kill");
	finish_threaded(&process_of);
	return ended_by(&process_of, SIGKILL);
}

static unsigned long killed_by_thread(void)
{
	struct threaded process_of = process();

	if (broken("asked")) {
		send_to_thread(&process_of, 1, SIGUSR2);
		child_hear(&process_of.child);
	} else {
		send_to_thread(&process_of, 1, deadly());
	}
	finish_threaded(&process_of);
	return ended_by(&process_of, SIGKILL);
}

static void signal_each(void)
{
	struct threaded process_of = process();
	unsigned long i;

	for (i = 1; i <= threads; i++) {
		ran->meant = i;
		if (!broken("to-process"))
			send_to_thread(&process_of, i, SIGUSR1);
		else if (kill(process_of.child.pid, SIGUSR1))
			die("kill");
		if (!child_hear(&process_of.child))
			die("the process ended by a signal that it handles");
	}
	finish_threaded(&process_of);
}

static void run(void)
{
	int as_process, by_thread, handlers, right;

	part("a process can be killed from outside");
	as_process = expect(threads + 1, "tasks", "ended by SIGKILL to the process");
	part("one thread of it cannot be killed alone");
	by_thread = expect(threads + 1, "tasks", "ended by SIGKILL to one thread of it");
	part("but one thread of it can be signalled");
	handlers = expect(threads, "", "handlers that run, one signal being sent to each thread");
	right = expect(threads, "", "of them in the thread that the signal was sent to");

	ran = shared_memory(sizeof(*ran));
	if (broken("ignored"))
		signal(SIGTERM, SIG_IGN);
	handle(SIGUSR1, count_handler);
	handle(SIGUSR2, leave);

	doing("a process with %lu more threads is killed", threads);
	measured(as_process, killed_as_process());
	doing("one thread of such a process is killed");
	measured(by_thread, killed_by_thread());
	doing("each of these threads is sent a signal that it handles");
	signal_each();
	measured(handlers, ran->nr);
	measured(right, ran->right);
}

static const char *const next[] = {
	"kernel/signal.c: do_send_specific() of tgkill, complete_signal(), get_signal()",
	"kernel/exit.c: do_group_exit(), which takes the code that signal_struct has",
	"tgkill(2), kill(2), signal(7): \"thread-directed\"; pthread_kill(3), pthread_cancel(3)",
	"pcstats lab crash: the same, the signal coming from inside",
	NULL
};

const struct lab lab_kill = {
	.name = "kill",
	.claim = "a process can be killed from outside, one thread of it cannot",
	.prediction = "A signal can be sent to one thread, but what it does by default it does to "
		"the process: SIGKILL to one thread ends all of them, and their rows have the same "
		"signal. Only a handler runs in the one thread that was meant.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
