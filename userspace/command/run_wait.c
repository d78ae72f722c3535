// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: waiting for the command and its descendants, and signals. */
#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "../../module/ioctl.h"
#include "command.h"
#include "run_private.h"

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static const int taken[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM };

/* Out of a wait that has no other end; there is one at a time. */
static sigjmp_buf interrupted;

static void interrupt(int signal)
{
	siglongjmp(interrupted, signal);
}

static bool is_ignored(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) && action.sa_handler == SIG_IGN;
}

/* Who is started with a signal ignored (nohup, a script's &) leaves it so. */
void run_signals_take(struct run_signals *signals, bool attach)
{
	struct sigaction action = { .sa_handler = interrupt };
	size_t i;

	sigemptyset(&signals->blocked);
	for (i = 0; i < NR(taken); i++) {
		if (is_ignored(taken[i]) && !(attach && taken[i] == SIGINT))
			continue;
		sigaddset(&signals->blocked, taken[i]);
	}
	sigprocmask(SIG_BLOCK, &signals->blocked, &signals->before);
	for (i = 0; i < NR(taken); i++)
		if (sigismember(&signals->blocked, taken[i]))
			sigaction(taken[i], &action, NULL);
	/* Ignored, it would leave no status to wait for. */
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, &signals->child);
	/* The command's status is passed on, though nobody reads the report. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, &signals->pipe);
	signals->fd = signalfd(-1, &signals->blocked, SFD_CLOEXEC);
	if (signals->fd < 0)
		exit(fail("signalfd: %m"));
}

void run_signals_restore(const struct run_signals *signals)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	size_t i;

	/* One that is pending must not find the handler in this process. */
	for (i = 0; i < NR(taken); i++)
		if (sigismember(&signals->blocked, taken[i]))
			sigaction(taken[i], &action, NULL);
	sigaction(SIGCHLD, &signals->child, NULL);
	sigaction(SIGPIPE, &signals->pipe, NULL);
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

/*
 * Read the signal that has arrived.  What a terminal sends (by the kernel, not
 * by a process) the command has been sent as well.
 */
static bool take_signal(const struct run_signals *signals, pid_t command)
{
	struct signalfd_siginfo info;

	if (read(signals->fd, &info, sizeof(info)) != sizeof(info))
		return false;
	if (!command || info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT)
		return true;
	if (info.ssi_code <= 0)
		kill(command, info.ssi_signo);
	return false;
}

bool run_wait_processes(const struct run_signals *signals, struct pollfd *ends,
			size_t nr, pid_t command)
{
	struct pollfd *fds = ends - 1;
	bool signalled = false;
	size_t left = nr, i;

	fds[0] = (struct pollfd){ signals->fd, POLLIN, 0 };
	while (left && (command || !signalled)) {
		if (poll(fds, nr + 1, -1) < 0 && errno != EINTR)
			exit(fail("poll: %m"));
		if (fds[0].revents && take_signal(signals, command))
			signalled = true;
		for (i = 0; i < nr; i++) {
			if (!ends[i].revents)
				continue;
			close(ends[i].fd);
			ends[i] = (struct pollfd){ .fd = -1 };
			left--;
		}
	}
	return signalled;
}

/*
 * A signal may come before the ioctl sleeps, or after: neither is missed by a
 * handler that does not return.
 */
bool run_wait_job(const struct run_signals *signals, int fd)
{
	/* Blocks the signals again. */
	if (sigsetjmp(interrupted, true))
		return true;
	sigprocmask(SIG_UNBLOCK, &signals->blocked, NULL);
	/* Other errors meet whoever reads the counts. */
	while (ioctl(fd, PCSTATS_JOB_WAIT) && errno == EINTR)
		;
	sigprocmask(SIG_BLOCK, &signals->blocked, NULL);
	return false;
}
