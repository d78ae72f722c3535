// SPDX-License-Identifier: GPL-2.0-only
/* The reader's side: options, snapshots while the subject waits. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"

#define MAX_SETTINGS	8

struct reader {
	const struct workload *w;
	struct plan *plan;
	struct window window;
	struct timespec opened;
	bool open, closed;
};

static void print_usage(const struct workload *w, FILE *to)
{
	const struct setting *s;

	fprintf(to, "usage: %s [OPTION]...\n%s\n\n", w->name, w->about);
	for (s = w->settings; s->name; s++)
		fprintf(to, "  --%s N%*s %s (%lu to %lu; %lu)\n", s->name,
			14 - (int)strlen(s->name), "", s->help, s->min, s->max,
			*s->value);
	fputs("  --help             this text\n\n"
	      "exit status: 0 all counts are as predicted, 1 some differ,\n"
	      "2 it could not be run, 4 pcstats is not loaded or does not watch\n"
	      "what is predicted\n", to);
}

static bool set(const struct setting *s, const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n < s->min ||
	    n > s->max)
		return false;
	*s->value = n;
	return true;
}

/* -1: go on; else an exit status. */
static int parse_options(int argc, char **argv, const struct workload *w)
{
	struct option table[MAX_SETTINGS + 2] = { { .name = NULL } };
	int i, got;

	for (i = 0; i < MAX_SETTINGS && w->settings[i].name; i++)
		table[i] = (struct option){ .name = w->settings[i].name,
					    .has_arg = required_argument,
					    .val = i };
	table[i] = (struct option){ .name = "help", .val = MAX_SETTINGS };
	while ((got = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (got == MAX_SETTINGS) {
			print_usage(w, stdout);
			return EXIT_AGREED;
		}
		if (got == '?')
			break;
		if (!set(&w->settings[got], optarg)) {
			fprintf(stderr, "%s: --%s is a number from %lu to %lu, not \"%s\"\n",
				w->name, w->settings[got].name,
				w->settings[got].min, w->settings[got].max,
				optarg);
			return EXIT_BROKEN;
		}
	}
	if (got == -1 && optind == argc)
		return -1;
	if (got == -1)
		fprintf(stderr, "%s: no arguments but options: \"%s\"\n",
			w->name, argv[optind]);
	fprintf(stderr, "%s: see --help\n", w->name);
	return EXIT_BROKEN;
}

/* 0, or an exit status with the reason said. */
static int snapshot(const struct workload *w, struct pcstats_snapshot *snap)
{
	struct pcstats_error err;
	int error = pcstats_read(snap, NULL, &err);

	if (!error)
		return 0;
	if (error == -ENOENT) {
		fprintf(stderr, "%s: SKIP: pcstats is not loaded (no %s)\n",
			w->name, PCSTATS_PATH);
		return EXIT_SKIPPED;
	}
	fprintf(stderr, "%s: %s", w->name, PCSTATS_PATH);
	if (err.line)
		fprintf(stderr, ", line %lu", err.line);
	fprintf(stderr, ": %s\n", err.reason);
	return EXIT_BROKEN;
}

static unsigned long long nanoseconds(const struct timespec *from,
				      const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000000000LL + to->tv_nsec -
	       from->tv_nsec;
}

/* By the page tables, hence exact and no counter of the kernel's. */
static int count_anon(struct reader *r)
{
	unsigned long kilobytes;
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup",
		 r->plan->anon_pid);
	file = fopen(path, "r");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Anonymous: %lu kB", &kilobytes) == 1;
	if (file)
		fclose(file);
	if (!found) {
		fprintf(stderr, "%s: %s: no \"Anonymous\"\n", r->w->name, path);
		return EXIT_BROKEN;
	}
	r->plan->anon_pages = kilobytes * 1024ULL / page_size();
	return 0;
}

static int serve(struct reader *r, char request)
{
	struct timespec now;
	int status;

	switch (request) {
	case REQUEST_ANON:
		return count_anon(r);
	case REQUEST_OPEN:
		r->open = true;
		status = snapshot(r->w, &r->window.before);
		clock_gettime(CLOCK_MONOTONIC, &r->opened);
		return status;
	case REQUEST_CLOSE:
		if (!r->open || r->closed)
			break;
		clock_gettime(CLOCK_MONOTONIC, &now);
		r->window.ns = nanoseconds(&r->opened, &now);
		r->closed = true;
		return snapshot(r->w, &r->window.after);
	}
	fprintf(stderr, "%s: unexpected request %d\n", r->w->name, request);
	return EXIT_BROKEN;
}

/* Serve the subject until it ends; 0, or an exit status. */
static int serve_all(struct reader *r, pid_t pid, int from, int to)
{
	int served = 0, status;
	char request;

	while (!served && read(from, &request, 1) == 1) {
		served = serve(r, request);
		/* A subject that is gone shows in the next read. */
		if (!served && write(to, &request, 1) != 1)
			break;
	}
	close(to);
	close(from);
	if (waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "%s: waitpid: %s\n", r->w->name,
			strerror(errno));
		return EXIT_BROKEN;
	}
	if (served)
		return served;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_BROKEN)
		return EXIT_BROKEN;
	if (status || !r->closed) {
		fprintf(stderr, "%s: the subject ended with status %#x%s\n",
			r->w->name, status,
			r->closed ? "" : " before it closed the window");
		return EXIT_BROKEN;
	}
	return 0;
}

static int failed(const struct workload *w, const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", w->name, what, strerror(errno));
	return EXIT_BROKEN;
}

static int run(const struct workload *w)
{
	struct reader r = { .w = w };
	int down[2], up[2], status;
	pid_t pid;

	r.plan = mmap(NULL, sizeof(*r.plan), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r.plan == MAP_FAILED)
		return failed(w, "mmap");
	if (pipe(down) || pipe(up))
		return failed(w, "pipe");
	pid = fork();
	if (pid < 0)
		return failed(w, "fork");
	if (!pid) {
		close(down[1]);
		close(up[0]);
		subject_init(w, r.plan, down[0], up[1]);
		w->subject();
		_exit(0);
	}
	close(down[0]);
	close(up[1]);
	status = serve_all(&r, pid, up[0], down[1]);
	if (!status)
		status = report(w, r.plan, &r.window);
	pcstats_free(&r.window.before);
	pcstats_free(&r.window.after);
	munmap(r.plan, sizeof(*r.plan));
	return status;
}

/* An image of the subject's, started with workload_exec_args(). */
static int continued(char **args, const struct workload *w)
{
	subject_init(w, NULL, atoi(args[0]), atoi(args[1]));
	w->continued(strtoul(args[2], NULL, 10));
	return 0;
}

int workload_main(int argc, char **argv, const struct workload *w)
{
	struct pcstats_snapshot snap;
	int status;

	if (w->continued && argc == 5 && !strcmp(argv[1], "--continued"))
		return continued(argv + 2, w);
	status = parse_options(argc, argv, w);
	if (status >= 0)
		return status;
	/* A reader that dies of SIGPIPE could not say what the subject did. */
	signal(SIGPIPE, SIG_IGN);
	status = snapshot(w, &snap);
	if (status)
		return status;
	pcstats_free(&snap);
	return run(w);
}
