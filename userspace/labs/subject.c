// SPDX-License-Identifier: GPL-2.0-only
/* The subject's side: predictions, findings, and questions to the reader. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../module/ioctl.h"
#include "sheet.h"

static struct {
	struct sheet *sheet;
	int from, to;			/* the reader */
} subject;

/*
 * The first to say what went wrong knows best: what others meet is often a
 * consequence.
 */
static void say_once(char *to, const char *format, va_list args, int error)
{
	static const char claimed = 1;
	char text[TEXT];
	size_t len;

	vsnprintf(text, sizeof(text), format, args);
	len = strlen(text);
	if (error)
		snprintf(text + len, sizeof(text) - len, ": %s", strerror(error));
	/* Byte by byte behind a first one that is put in place at once. */
	if (__sync_bool_compare_and_swap(to, 0, claimed)) {
		strcpy(to + 1, text + 1);
		__atomic_store_n(to, text[0], __ATOMIC_RELEASE);
	}
}

void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	say_once(subject.sheet->failed, format, args, error);
	va_end(args);
	_exit(1);
}

void skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_once(subject.sheet->skipped, format, args, 0);
	va_end(args);
	_exit(1);
}

#define format_into(to, format)						\
do {									\
	va_list args;							\
									\
	va_start(args, format);						\
	vsnprintf(to, sizeof(to), format, args);			\
	va_end(args);							\
} while (0)

static void room(int nr, int max, const char *what)
{
	errno = 0;
	if (nr >= max)
		die("more than %d %s", max, what);
}

bool broken(const char *name)
{
	return subject.sheet->sabotage && !strcmp(subject.sheet->sabotage, name);
}

void part(const char *format, ...)
{
	struct sheet *sheet = subject.sheet;

	room(sheet->nr_parts, MAX_PARTS, "parts");
	format_into(sheet->parts[sheet->nr_parts].text, format);
	sheet->nr_parts++;
}

static struct finding *new_row(double low, double high, const char *unit)
{
	struct sheet *sheet = subject.sheet;
	struct finding *row = &sheet->rows[sheet->nr_rows];

	room(sheet->nr_rows, MAX_ROWS, "rows");
	errno = 0;
	if (!sheet->nr_parts)
		die("a row of no part");
	sheet->nr_rows++;
	row->part = sheet->nr_parts - 1;
	row->low = low;
	row->high = high;
	snprintf(row->unit, sizeof(row->unit), "%s", unit);
	return row;
}

int expect(unsigned long long n, const char *unit, const char *what, ...)
{
	struct finding *row = new_row(n, n, unit);

	row->exact = true;
	format_into(row->what, what);
	return row - subject.sheet->rows;
}

int expect_between(double low, double high, const char *unit, const char *what,
		   ...)
{
	struct finding *row = new_row(low, high, unit);

	format_into(row->what, what);
	return row - subject.sheet->rows;
}

void against(int row)
{
	subject.sheet->rows[row].against = true;
}

void measured(int row, double value)
{
	subject.sheet->rows[row].measured = true;
	subject.sheet->rows[row].value = value;
}

void measured_time(int row, double value)
{
	subject.sheet->rows[row].timed = true;
	measured(row, value);
}

void unjudged(int row, const char *format, ...)
{
	format_into(subject.sheet->rows[row].unjudged, format);
}

void measured_range(int row, double value, double low, double high)
{
	const struct finding *r = &subject.sheet->rows[row];

	if ((low < r->low && high >= r->low) || (low <= r->high && high > r->high))
		unjudged(row, "too noisy: half of all rounds between %.3g and %.3g",
			 low, high);
	else
		measured_time(row, value);
}

void progress(double part_done)
{
	subject.sheet->progress = part_done;
}

int series(const char *name, const char *const *columns, int nr_columns)
{
	struct series *s = &subject.sheet->series[subject.sheet->nr_series];
	int i;

	room(subject.sheet->nr_series, MAX_SERIES, "series");
	room(nr_columns - 1, MAX_COLUMNS, "columns");
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->nr_columns = nr_columns;
	for (i = 0; i < nr_columns; i++)
		snprintf(s->columns[i], sizeof(s->columns[i]), "%s", columns[i]);
	return subject.sheet->nr_series++;
}

void series_row(int series, const char *label, const double *values)
{
	struct series *s = &subject.sheet->series[series];
	struct point *point = &s->points[s->nr_points];

	room(s->nr_points, MAX_POINTS, "rows of a series");
	s->nr_points++;
	snprintf(point->label, sizeof(point->label), "%s", label);
	memcpy(point->values, values, s->nr_columns * sizeof(*values));
}

static void ask(enum request request)
{
	char byte = request;

	if (write(subject.to, &byte, 1) != 1)
		die("write to the reader");
	/* The reader has said why before it closed its end. */
	if (read(subject.from, &byte, 1) != 1)
		_exit(1);
}

static bool ask_about(enum request request, unsigned long long id)
{
	subject.sheet->id = id;
	ask(request);
	return subject.sheet->found;
}

void doing(const char *format, ...)
{
	format_into(subject.sheet->doing, format);
	subject.sheet->progress = 0;
	ask(REQUEST_DOING);
}

struct pcstats_task task_row(pid_t pid)
{
	errno = 0;
	if (!ask_about(REQUEST_TASK, pid))
		die("no row of task %d", pid);
	return subject.sheet->task;
}

bool find_live(pid_t pid, struct pcstats_task *task)
{
	if (!ask_about(REQUEST_LIVE, pid))
		return false;
	*task = subject.sheet->task;
	return true;
}

static unsigned long long watched(unsigned long long n, enum pcstats_tally what)
{
	if (n == PCSTATS_UNWATCHED)
		skip("%s is not watched on this kernel", pcstats_tally_names[what]);
	return n;
}

unsigned long long tally(pid_t pid, enum pcstats_tally what)
{
	return watched(task_row(pid).tally[what], what);
}

unsigned long long process_tally(pid_t tgid, enum pcstats_tally what)
{
	errno = 0;
	subject.sheet->tally = what;
	if (!ask_about(REQUEST_PROCESS, tgid))
		die("no row of process %d", tgid);
	return watched(subject.sheet->number, what);
}

struct pcstats_job job_row(void)
{
	ask(REQUEST_JOB);
	return subject.sheet->job;
}

unsigned long long job_tally(enum pcstats_tally what)
{
	return watched(job_row().tally[what], what);
}

struct pcstats_mm mm_row(unsigned long long id)
{
	errno = 0;
	if (!ask_about(REQUEST_MM, id))
		die("no row of mm %llu", id);
	return subject.sheet->mm;
}

bool find_fork(pid_t pid, struct pcstats_fork *fork)
{
	if (!ask_about(REQUEST_FORK, pid))
		return false;
	*fork = subject.sheet->fork;
	return true;
}

unsigned long long memory_kb(pid_t pid, const char *field)
{
	errno = 0;
	snprintf(subject.sheet->field, sizeof(subject.sheet->field), "%s", field);
	if (!ask_about(REQUEST_MEMORY, pid))
		die("no %s in smaps_rollup of %d", field, pid);
	return subject.sheet->number;
}

static void set_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("/dev/null");
	close(null);
}

void subject_run(const struct lab *lab, struct sheet *sheet, int from, int to,
		 int job)
{
	subject.sheet = sheet;
	subject.from = from;
	subject.to = to;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl(PR_SET_PDEATHSIG)");
	signal(SIGPIPE, SIG_DFL);
	set_streams();
	base_pages();
	settle();
	/* What it took to get here is not the lab's. */
	if (ioctl(job, PCSTATS_JOB_ADD, 0UL))
		die("a job of pcstats");
	close(job);
	lab->run();
	sheet->complete = true;
	_exit(0);
}
