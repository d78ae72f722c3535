// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: what a command and all its descendants did. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "run_private.h"

struct options {
	struct run_target target;
	enum format format;
	unsigned long long repeat;
	const char *output;
	bool append;
};

static void parse_pids(struct run_target *target, const char *list,
		       struct argp_state *state)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	unsigned long long pid;

	while ((word = strsep(&rest, ","))) {
		if (!parse_pid(word, &pid))
			argp_error(state, "\"%s\" is not a process id", word);
		target->pids = xreallocarray(target->pids, target->nr_pids + 1,
					     sizeof(*target->pids));
		target->pids[target->nr_pids++] = pid;
	}
	free(copy);
}

static void check(const struct options *options, struct argp_state *state)
{
	const struct run_target *target = &options->target;

	if (target->nr_files) {
		if (target->argv || target->nr_pids || options->repeat > 1)
			argp_error(state, "--file runs nothing");
	} else if (!target->argv && !target->nr_pids) {
		argp_error(state, "no command");
	} else if (options->repeat > 1 && !target->argv) {
		argp_error(state, "--repeat without a command");
	}
	if (options->append && !options->output)
		argp_error(state, "--append without --output");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct run_target *target = &options->target;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		return 0;
	case 'a':
		options->append = true;
		return 0;
	case 'f':
		target->files = xreallocarray(target->files, target->nr_files + 1,
					      sizeof(*target->files));
		target->files[target->nr_files++] = arg;
		return 0;
	case 'n':
		target->wait = false;
		return 0;
	case 'o':
		options->output = arg;
		return 0;
	case 'p':
		parse_pids(target, arg, state);
		return 0;
	case 'r':
		if (!parse_number(arg, 1000000, &options->repeat) || !options->repeat)
			argp_error(state, "\"%s\" is not a number of runs", arg);
		return 0;
	case ARGP_KEY_ARG:
		/* All behind it is the command's. */
		target->argv = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		check(options, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "repeat", 'r', "N", 0, "Run it N times; print the mean, and its standard error in percent" },
	{ "pid", 'p', "PID[,PID...]", 0, "Count these processes and what descends from them, until COMMAND has ended; without one until they have, or Ctrl-C" },
	{ "output", 'o', "FILE", 0, "Print to FILE instead of stderr" },
	{ "append", 'a', NULL, 0, "Append to it" },
	{ "no-wait", 'n', NULL, 0, "Do not wait for descendants that run longer than the command" },
	{ "file", 'f', "FILE", 0, "Report on a saved text of a job; several: as of repeated runs", 40 },
	{ }
};

static const struct argp_child children[] = { { &format_argp }, { } };

static const char doc[] =
	"What COMMAND and all its descendants did: how many processes and threads they made, and how many pages they copied for it. The report goes to stderr, at the end."
	"\v"
	"Counting is done by the kernel: children that live for a moment only are in it, and so are those whose parent has gone. After COMMAND has ended, pcstats waits for the descendants that it has left behind; Ctrl-C ends that. SIGTERM and SIGHUP are passed on to COMMAND.\n"
	"\n"
	"The exit status is that of COMMAND (with --repeat the first that is not 0); 128+N if signal N ended it; 127 if it was not found, 126 if it could not be run, 125 if pcstats failed; if it failed after COMMAND did, COMMAND's.\n"
	"\n"
	"Examples:\n"
	"  pcstats run make\n"
	"  pcstats run -r 5 -- sh -c 'true | true'\n"
	"  pcstats run -p \"$(pidof -s redis-server)\" sleep 10\n"
	"  pcstats run --json -o counts.json ./prefork-server --workers 8";

static const struct argp argp = {
	argp_options, parse, "[--] COMMAND [ARG...]\n-p PID[,PID...] [COMMAND [ARG...]]",
	doc, children,
};

static struct run_sample *add_sample(struct run_samples *samples)
{
	samples->at = xreallocarray(samples->at, samples->nr + 1,
				    sizeof(*samples->at));
	return &samples->at[samples->nr];
}

static int read_all_saved(const struct run_target *target,
			  struct run_samples *samples)
{
	size_t i;

	for (i = 0; i < target->nr_files; i++, samples->nr++)
		if (run_read_saved(target->files[i], add_sample(samples)))
			return RUN_FAILED;
	return 0;
}

/* *@status is the command's; what is returned is not 0 if that is not known. */
static int measure_all(const struct options *options,
		       struct run_samples *samples, int *status)
{
	struct run_signals signals;
	struct run_sample *sample;
	int failed;

	run_signals_take(&signals, !options->target.argv);
	do {
		sample = add_sample(samples);
		failed = run_measure(&options->target, &signals, sample);
		if (sample->wait_status > 0 && !*status)
			*status = run_exit_status(sample->wait_status);
		if (failed)
			return failed;
		samples->nr++;
	} while (samples->nr < options->repeat && !sample->interrupted);
	return 0;
}

static void print(const struct options *options,
		  const struct run_samples *samples, FILE *to)
{
	switch (options->format) {
	case FORMAT_TEXT:
		run_print_report(&options->target, samples, to);
		break;
	case FORMAT_CSV:
		run_print_csv(samples, to, options->append);
		break;
	case FORMAT_JSON:
		run_print_json(&options->target, samples, to);
		break;
	}
}

static FILE *open_output(const struct options *options)
{
	FILE *to = stderr;

	if (options->output)
		to = fopen(options->output, options->append ? "ae" : "we");
	if (!to)
		fail("%s: %m", options->output);
	return to;
}

static int close_output(const struct options *options, FILE *to)
{
	/* What fails with EIO does so once. */
	bool failed = ferror(to) | fflush(to);

	if (to != stderr && fclose(to))
		failed = true;
	if (!failed)
		return 0;
	fail("%s: %m", options->output ? options->output : "stderr");
	return RUN_FAILED;
}

static void free_all(struct options *options, struct run_samples *samples)
{
	size_t i;

	for (i = 0; i < samples->nr; i++)
		free(samples->at[i].most);
	free(samples->at);
	free(options->target.files);
	free(options->target.pids);
}

static int run(int argc, char **argv)
{
	struct options options = { .target.wait = true, .repeat = 1 };
	struct run_samples samples = { };
	int status = 0, failed;
	FILE *to;

	argp_err_exit_status = RUN_FAILED;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	to = open_output(&options);
	if (!to) {
		free_all(&options, &samples);
		return RUN_FAILED;
	}
	failed = options.target.nr_files ?
		 read_all_saved(&options.target, &samples) :
		 measure_all(&options, &samples, &status);
	if (samples.nr)
		print(&options, &samples, to);
	if (close_output(&options, to))
		failed = RUN_FAILED;
	free_all(&options, &samples);
	return status ?: failed;
}

const struct subcommand subcommand_run = {
	"run", "what a command and all its descendants did", run,
};
