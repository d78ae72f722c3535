// SPDX-License-Identifier: GPL-2.0-only
/* pcstats record: snapshots, one every so often, to a file. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "interval.h"
#include "series.h"
#include "source.h"

struct options {
	const char *file, *output;
	double seconds;
	unsigned long long count;	/* 0: no end */
	char **command;			/* NULL: none */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'f':
		options->file = arg;
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case 'i':
		if (!parse_seconds(arg, &options->seconds))
			argp_error(state, "\"%s\": not seconds, 0.1 to 86400", arg);
		return 0;
	case 'n':
		if (!parse_number(arg, ULLONG_MAX, &options->count) ||
		    !options->count)
			argp_error(state, "\"%s\": not a number of snapshots", arg);
		return 0;
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write to FILE, - is stdout; what is in it goes to FILE.old (default "
	  SERIES_PATH ")" },
	{ "interval", 'i', "SECONDS", 0, "Seconds between snapshots (default 1)" },
	{ "count", 'n', "COUNT", 0, "End after so many snapshots" },
	{ "file", 'f', "FILE", 0, "Read FILE each time, not " PCSTATS_PATH },
	{ }
};

static const struct argp argp = {
	argp_options, parse, "[COMMAND [ARG...]]",
	"Record /proc/pcstats, for pcstats report.  Ends after COUNT snapshots, when COMMAND ends, or by Ctrl-C."
	"\v"
	"With a COMMAND the exit status is its own, 128+N if signal N ended it, 127 if it was not found, 126 if it could "
	"not be run. SIGTERM and SIGHUP are passed on to it.\n\n"
	"A recording that is cut off, be it by a full disk or kill -9, can be read up to there.\n\n"
	"Examples:\n"
	"  pcstats record -i 0.5 make\n"
	"  pcstats record -o night.data -i 60\n"
	"  pcstats report night.data",
};

/* ---- the file ---- */

struct output {
	int fd;
	const char *path;
	off_t whole;		/* up to here frames are whole */
};

static int keep_old(const char *path)
{
	struct stat st;
	char *old;
	int error;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	old = xasprintf("%s.old", path);
	error = rename(path, old) ? errno : 0;
	if (error)
		fail("%s: cannot become %s: %s", path, old, strerror(error));
	free(old);
	return error ? STATUS_FAILED : STATUS_OK;
}

static int open_output(struct output *output, const char *path)
{
	output->path = path;
	output->whole = 0;
	if (!strcmp(path, "-")) {
		output->path = "stdout";
		output->fd = STDOUT_FILENO;
		return STATUS_OK;
	}
	if (keep_old(path))
		return STATUS_FAILED;
	/* It may tell of tasks that others must not see. */
	output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (output->fd < 0)
		return fail("%s: %s", path, strerror(errno));
	return STATUS_OK;
}

/* @error of a write: the part that did arrive is taken back where it can be. */
static int wrote(struct output *output, int error)
{
	struct stat st;

	if (!error) {
		output->whole = lseek(output->fd, 0, SEEK_CUR);
		return STATUS_OK;
	}
	if (output->fd != STDOUT_FILENO && !fstat(output->fd, &st) &&
	    S_ISREG(st.st_mode) && ftruncate(output->fd, output->whole))
		fail("%s: %s", output->path, strerror(errno));
	return fail("%s: %s", output->path, strerror(-error));
}

static int close_output(struct output *output, int status)
{
	status = status ?: wrote(output, series_write_end(output->fd));
	/* Where errors of a network's file show. */
	if (output->fd != STDOUT_FILENO && close(output->fd) && !status)
		return fail("%s: %s", output->path, strerror(errno));
	return status;
}

/* ---- the command ---- */

/* As COMMAND's shell has it. */
static int command_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) :
					  WEXITSTATUS(wait_status);
}

/* Start @command with the signals of before; returns 0 or an exit status. */
static int start(char **command, const struct interval *interval, pid_t *pid)
{
	posix_spawnattr_t attributes;
	int error;

	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &interval->before);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	error = posix_spawnp(pid, command[0], NULL, &attributes, command,
			     environ);
	posix_spawnattr_destroy(&attributes);
	if (!error)
		return STATUS_OK;
	fail("%s: %s", command[0], strerror(error));
	return error == ENOENT ? 127 : 126;
}

/*
 * What @signal means while @pid runs; true when that has ended, with its exit
 * status in *@status.
 */
static bool command_ended(pid_t pid, int signal, int *status)
{
	int wait_status;

	/* The terminal sends SIGINT to the command as well. */
	if (signal == SIGTERM || signal == SIGHUP)
		kill(pid, signal);
	if (signal != SIGCHLD || waitpid(pid, &wait_status, WNOHANG) != pid)
		return false;
	*status = command_status(wait_status);
	return true;
}

/* ---- the recording ---- */

struct recording {
	const struct options *options;
	struct interval interval;
	struct output output;
	struct series_frame frame;
	pid_t pid;		/* of the command that runs; 0: none */
	int command_status;
};

static int take(struct recording *r)
{
	const struct pcstats_error none = { };
	char *why;
	int error;

	error = series_take(&r->frame, r->options->file);
	if (!error)
		return STATUS_OK;
	why = snapshot_error(r->options->file, error, &none);
	fail("%s", why);
	free(why);
	return STATUS_FAILED;
}

/* True if a snapshot is due, false if it is the last. */
static bool await(struct recording *r)
{
	for (;;) {
		int signal = interval_wait(&r->interval);

		if (!signal)
			return true;
		if (!r->pid)
			return false;
		if (command_ended(r->pid, signal, &r->command_status)) {
			r->pid = 0;
			return false;
		}
	}
}

static int write_frame(struct recording *r)
{
	return wrote(&r->output, series_write_frame(r->output.fd, &r->frame));
}

/* Behind the first snapshot. */
static int go_on(struct recording *r)
{
	unsigned long long nr = 1;
	bool more = true;
	int status = STATUS_OK;

	while (!status && more && nr++ != r->options->count) {
		more = await(r);
		status = take(r) ?: write_frame(r);
	}
	return status;
}

static void await_command(struct recording *r)
{
	while (r->pid)
		if (command_ended(r->pid, interval_wait_signal(&r->interval),
				  &r->command_status))
			r->pid = 0;
}

static int record(struct recording *r)
{
	int status, not_started = 0;

	/* Where there is nothing to record, or nowhere, nothing is run. */
	status = take(r) ?: open_output(&r->output, r->options->output);
	if (status)
		return status;
	status = wrote(&r->output, series_write_begin(r->output.fd)) ?:
		 write_frame(r);
	if (!status && r->options->command)
		not_started = start(r->options->command, &r->interval, &r->pid);
	if (!status && !not_started)
		status = go_on(r);
	status = close_output(&r->output, status);
	await_command(r);
	return not_started ?: r->command_status ?: status;
}

static int record_main(int argc, char **argv)
{
	struct options options = { .output = SERIES_PATH, .seconds = 1 };
	struct recording recording = { .options = &options };
	int status;

	/* COMMAND's options are its own. */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	interval_begin(&recording.interval, options.seconds, options.command);
	status = record(&recording);
	series_free(&recording.frame);
	return status;
}

const struct subcommand subcommand_record = {
	"record", "snapshots to a file, one every so often", record_main,
};
