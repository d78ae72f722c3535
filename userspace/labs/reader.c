// SPDX-License-Identifier: GPL-2.0-only
/* The reader's side of a lab: answers the subject, and ends what is left of it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../command/command.h"
#include "../command/source.h"
#include "sheet.h"

/* A share of a CPU's time: what is left cannot be told from what was predicted. */
#define TOO_NOISY	0.3

struct reader {
	struct sheet *sheet;
	int from, to;			/* the subject */
	int subject;			/* its pidfd */
	int job;			/* /proc/pcstats, with a job of its own */
	FILE *tell;
	double begin, end;		/* of what is being done; of the lab */
	bool line;			/* a progress line is on the terminal */
};

static void clear_line(struct reader *r)
{
	if (r->line)
		fputs("\r\033[K", r->tell);
	r->line = false;
}

static void tell_doing(struct reader *r)
{
	r->begin = now_ns();
	if (!r->tell)
		return;
	clear_line(r);
	fprintf(r->tell, "  %s\n", r->sheet->doing);
	fflush(r->tell);
}

/* On a terminal, when it takes more than a second. */
static void tell_progress(struct reader *r)
{
	double seconds = (now_ns() - r->begin) / 1e9;

	if (!r->tell || seconds < 1 || !isatty(fileno(r->tell)))
		return;
	fprintf(r->tell, "\r    %.0f s", seconds);
	if (r->sheet->progress)
		fprintf(r->tell, ", %.0f%%", 100 * r->sheet->progress);
	fputs("\033[K", r->tell);
	fflush(r->tell);
	r->line = true;
}

static void read_memory(struct sheet *sheet)
{
	char path[64], line[256];
	size_t len = strlen(sheet->field);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%llu/smaps_rollup", sheet->id);
	file = fopen(path, "re");
	while (file && !sheet->found && fgets(line, sizeof(line), file))
		sheet->found = !strncmp(line, sheet->field, len) &&
			sscanf(line + len, ": %llu kB", &sheet->number) == 1;
	if (file)
		fclose(file);
}

static void sum_process(const struct pcstats_snapshot *snap, struct sheet *sheet)
{
	size_t i;

	sheet->number = 0;
	for (i = 0; i < snap->nr_tasks; i++) {
		unsigned long long n = snap->tasks[i].tally[sheet->tally];

		if (snap->tasks[i].tgid != (pid_t)sheet->id)
			continue;
		sheet->found = true;
		if (n == PCSTATS_UNWATCHED || sheet->number == PCSTATS_UNWATCHED)
			sheet->number = PCSTATS_UNWATCHED;
		else
			sheet->number += n;
	}
}

#define give(to, row)				\
do {						\
	sheet->found = (row);			\
	if (sheet->found)			\
		sheet->to = *(row);		\
} while (0)

static void answer(const struct pcstats_snapshot *snap, char request,
		   struct sheet *sheet)
{
	const struct pcstats_task *task = pcstats_find_task(snap, sheet->id);
	const struct pcstats_task *live = pcstats_find_live(snap, sheet->id);
	const struct pcstats_fork *fork;
	const struct pcstats_mm *mm;

	switch (request) {
	case REQUEST_TASK:
		give(task, task);
		break;
	case REQUEST_LIVE:
		give(task, live);
		break;
	case REQUEST_PROCESS:
		sum_process(snap, sheet);
		break;
	case REQUEST_JOB:
		sheet->job = snap->job;
		break;
	case REQUEST_MM:
		mm = pcstats_find_mm(snap, sheet->id);
		give(mm, mm);
		break;
	case REQUEST_FORK:
		fork = task ? pcstats_find_fork(snap, task) : NULL;
		give(fork, fork);
		break;
	}
}

static bool read_answer(struct reader *r, char request)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	int error = pcstats_read_fd(&snap, r->job, &err);

	if (error) {
		snprintf(r->sheet->failed, TEXT, "%s", err.reason);
		return false;
	}
	answer(&snap, request, r->sheet);
	pcstats_free(&snap);
	return true;
}

/* Whether the subject is to go on. */
static bool serve(struct reader *r)
{
	char request;

	if (read(r->from, &request, 1) != 1)
		return false;
	r->sheet->found = false;
	if (request == REQUEST_DOING)
		tell_doing(r);
	else if (request == REQUEST_MEMORY)
		read_memory(r->sheet);
	else if (!read_answer(r, request))
		return false;
	return write(r->to, &request, 1) == 1;
}

/* Until the subject has ended, or a task of the lab has given up, or it is time. */
static void serve_all(struct reader *r)
{
	struct pollfd polls[] = {
		{ .fd = r->from, .events = POLLIN },
		/* The pipe stays open as long as a child has inherited it. */
		{ .fd = r->subject, .events = POLLIN },
	};
	struct sheet *sheet = r->sheet;

	while (!sheet->failed[0] && !sheet->skipped[0]) {
		if (poll(polls, 2, 250) < 0 && errno != EINTR)
			return;
		if (polls[1].revents || (polls[0].revents && !serve(r)))
			return;
		tell_progress(r);
		if (now_ns() > r->end) {
			snprintf(sheet->failed, TEXT,
				 "it takes too long; see --timeout");
			return;
		}
	}
}

/* Children of ours; those of a child that has been killed are so by then. */
static void kill_children(void)
{
	char path[64];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (file)
		fclose(file);
}

static void end_all(void)
{
	do
		kill_children();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

/* Times that came out other than predicted, while others had the CPUs. */
static void check_noise(struct sheet *sheet, double lost)
{
	int i;

	if (lost < TOO_NOISY)
		return;
	for (i = 0; i < sheet->nr_rows; i++) {
		struct finding *row = &sheet->rows[i];

		if (!row->timed || row_state(row) != ROW_DIFFERS)
			continue;
		row->measured = false;
		snprintf(row->unjudged, TEXT,
			 "too noisy: %.3g, while others had %.0f%% of a CPU's time",
			 row->value, 100 * lost);
	}
}

/* A lab that does not end as it should has not been judged, whatever it found. */
static void check(struct sheet *sheet, int status)
{
	int i;

	if (sheet->failed[0] || sheet->skipped[0])
		return;
	if (!sheet->complete)
		snprintf(sheet->failed, TEXT, "it ended with wait status %#x", status);
	for (i = 0; i < sheet->nr_rows; i++) {
		struct finding *row = &sheet->rows[i];

		if (sheet->complete && !row->measured && !row->unjudged[0])
			snprintf(sheet->failed, TEXT, "not measured: %.*s",
				 TEXT - 20, row->what);
	}
}

static bool start(struct reader *r, const struct lab *lab, pid_t *pid)
{
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC)) {
		fail("pipe: %m");
		return false;
	}
	/* What is left of the lab when its subject ends comes to us. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1)) {
		fail("prctl(PR_SET_CHILD_SUBREAPER): %m");
		return false;
	}
	fflush(NULL);
	*pid = fork();
	if (*pid < 0) {
		fail("fork: %m");
		return false;
	}
	if (!*pid) {
		close(down[1]);
		close(up[0]);
		subject_run(lab, r->sheet, down[0], up[1], r->job);
	}
	close(down[0]);
	close(up[1]);
	r->from = up[0];
	r->to = down[1];
	r->subject = pidfd_open(*pid, 0);
	if (r->subject < 0)
		fail("pidfd_open: %m");
	return r->subject >= 0;
}

static bool run(struct reader *r, const struct lab *lab)
{
	double lost = time_lost();
	pid_t pid;
	int status;

	if (!start(r, lab, &pid))
		return false;
	serve_all(r);
	if (r->tell)
		clear_line(r);
	/* One that has closed its end is about to exit by itself. */
	if (!r->sheet->complete)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(r->from);
	close(r->to);
	close(r->subject);
	end_all();
	check(r->sheet, status);
	check_noise(r->sheet, fmax(lost, time_lost()));
	return true;
}

struct sheet *lab_run(const struct lab *lab, const char *sabotage,
		      unsigned int seconds, FILE *tell)
{
	struct reader r = { .tell = tell, .begin = now_ns() };
	bool done;

	r.end = r.begin + seconds * 1e9;
	r.job = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	if (r.job < 0) {
		char *why = snapshot_error(NULL, -errno, NULL);

		fail("%s", why);
		free(why);
		return NULL;
	}
	r.sheet = mmap(NULL, sizeof(*r.sheet), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r.sheet == MAP_FAILED) {
		fail("mmap: %m");
		close(r.job);
		return NULL;
	}
	r.sheet->sabotage = sabotage;
	signal(SIGPIPE, SIG_IGN);
	done = run(&r, lab);
	close(r.job);
	if (done)
		return r.sheet;
	lab_free(r.sheet);
	return NULL;
}

void lab_free(struct sheet *sheet)
{
	munmap(sheet, sizeof(*sheet));
}
