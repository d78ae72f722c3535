// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: a job, the processes that are put into it, and what it counted. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../module/ioctl.h"
#include "command.h"
#include "run_private.h"
#include "source.h"

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static const char *add_error(int error)
{
	switch (error) {
	case ENOTTY:
		return "the module that is loaded has no jobs";
	case EBUSY:
		return "is in another pcstats run than the others";
	case ENOSPC:
		return "too many pcstats run inside each other";
	case ENODEV:
		return "the module is being unloaded";
	}
	return strerror(error);
}

static int open_job(void)
{
	int fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);

	char *why;

	if (fd < 0) {
		why = snapshot_error(NULL, -errno, NULL);
		fail("%s", why);
		free(why);
	}
	return fd;
}

/* The pidfd comes first: what it tells of is then what was in the job. */
static int attach(int job, pid_t pid)
{
	int fd = pidfd_open(pid, 0);

	if (fd < 0 && errno == EINVAL) {
		fail("%d: not a process, or one of its threads", pid);
	} else if (fd < 0) {
		fail("%d: %m", pid);
	} else if (ioctl(job, PCSTATS_JOB_ADD, (unsigned long)pid)) {
		fail("%d: %s", pid, add_error(errno));
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Written by the vfork child. */
struct start_error {
	int join, exec;
};

/* @job is -1 if the command is not to be counted. */
static pid_t start(char **argv, int job, const struct run_signals *signals,
		   volatile struct start_error *error)
{
	/* Not fork: the job would have the copies of pcstats' own pages. */
	pid_t pid = vfork();

	if (pid)
		return pid;
	run_signals_restore(signals);
	if (job >= 0 && ioctl(job, PCSTATS_JOB_ADD, 0UL)) {
		error->join = errno;
		_exit(RUN_FAILED);
	}
	execvp(argv[0], argv);
	error->exec = errno;
	_exit(RUN_CANNOT_EXEC);
}

static int reap(pid_t pid)
{
	int wait_status = 0;

	while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	return wait_status;
}

/* The command, not yet waited for, as *@pid and the pidfd *@end. */
static int start_command(const struct run_target *target, int job,
			 const struct run_signals *signals, pid_t *pid,
			 int *end)
{
	volatile struct start_error error = { };

	*pid = start(target->argv, target->nr_pids ? -1 : job, signals, &error);
	if (*pid < 0) {
		fail("vfork: %m");
		return RUN_FAILED;
	}
	if (error.join || error.exec) {
		reap(*pid);
		fail("%s: %s", target->argv[0], error.join ?
		     add_error(error.join) : strerror(error.exec));
		return error.join ? RUN_FAILED :
		       error.exec == ENOENT ? RUN_NOT_FOUND : RUN_CANNOT_EXEC;
	}
	*end = pidfd_open(*pid, 0);
	if (*end < 0) {
		fail("pidfd_open: %m");
		reap(*pid);
		return RUN_FAILED;
	}
	return 0;
}

static void take_counts(struct pcstats_snapshot *snap,
			struct run_sample *sample)
{
	sample->job = snap->job;
	sample->most = snap->most;
	sample->nr_most = snap->nr_most;
	snap->most = NULL;
	pcstats_free(snap);
}

static int count(int job, struct run_sample *sample)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	int error = pcstats_read_fd(&snap, job, &err);
	char *why;

	if (!error) {
		take_counts(&snap, sample);
		return 0;
	}
	/* What /proc itself says of a file whose module has gone, to a seek or read. */
	if (error == -EINVAL || error == -EIO || error == -ENODEV)
		why = xstrdup("the module was unloaded: what it had counted is lost");
	else
		why = snapshot_error(NULL, error, &err);
	fail("%s", why);
	free(why);
	return RUN_FAILED;
}

static void close_ends(struct pollfd *ends, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (ends[i].fd >= 0) {
			close(ends[i].fd);
			ends[i].fd = -1;
		}
}

static int measure(const struct run_target *target, int job,
		   const struct run_signals *signals, struct pollfd *ends,
		   struct run_sample *sample)
{
	double begin = now();
	pid_t command = 0;
	size_t nr = 0;
	int status;

	for (; nr < target->nr_pids; nr++) {
		ends[nr].fd = attach(job, target->pids[nr]);
		if (ends[nr].fd < 0)
			return RUN_FAILED;
	}
	if (target->argv) {
		/* With -p it says how long; how they end does not matter. */
		close_ends(ends, nr);
		nr = 1;
		status = start_command(target, job, signals, &command, &ends[0].fd);
		if (status)
			return status;
	}
	sample->interrupted = run_wait_processes(signals, ends, nr, command);
	sample->elapsed = now() - begin;
	if (command)
		sample->wait_status = reap(command);
	if (target->wait && !(command ? target->nr_pids : sample->interrupted) &&
	    run_wait_job(signals, job))
		sample->interrupted = true;
	sample->measured = now() - begin;
	return count(job, sample);
}

int run_measure(const struct run_target *target,
		const struct run_signals *signals, struct run_sample *sample)
{
	size_t nr = target->nr_pids + 1, i;
	/* The first is for the signals. */
	struct pollfd *fds = xcalloc(1 + nr, sizeof(*fds));
	int job = open_job(), status = RUN_FAILED;

	*sample = (struct run_sample){ .wait_status = -1 };
	for (i = 0; i < nr; i++)
		fds[1 + i] = (struct pollfd){ -1, POLLIN, 0 };
	if (job >= 0) {
		status = measure(target, job, signals, fds + 1, sample);
		close(job);
	}
	close_ends(fds + 1, nr);
	free(fds);
	return status;
}

int run_read_saved(const char *path, struct run_sample *sample)
{
	struct pcstats_snapshot snap;

	*sample = (struct run_sample){
		.wait_status = -1, .elapsed = NAN, .measured = NAN,
	};
	if (read_snapshot(&snap, path))
		return RUN_FAILED;
	take_counts(&snap, sample);
	if (sample->job.present)
		return 0;
	free(sample->most);
	fail("%s: no counts of a job in it", path);
	return RUN_FAILED;
}

int run_exit_status(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return RUN_SIGNALLED + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}
