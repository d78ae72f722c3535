// SPDX-License-Identifier: GPL-2.0-only
/* How each task came to be, and what a job did. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tap.h"

#define BORN_COLUMNS	"# born pid tgid state mm id creator call pages ns comm\n"
#define MOST_COLUMNS	"# most pid copied bytes name comm\n"

static void check_born(void)
{
	static const char text[] =
		VERSION FORKS_COLUMNS
		FORKS_ROW("5 5 1 S 3", "1", "0", "a")
		FORKS_ROW("6 6 5 S 4", "0", "0", "b")
		FORKS_ROW("7 7 5 X0 5", "0", "0", "c")
		FORKS_ROW("7 7 5 X0 6", "0", "0", "c")
		FORKS_ROW("8 8 1 S 7", "0", "0", "d")
		MM_COLUMNS COPIED_COLUMNS BORN_COLUMNS
		"born 5 5 S 3 50 0 - - - a\n"
		"born 6 6 S 4 51 50 fork 386 9000 b\n"
		"born 7 7 X0 5 52 50 vfork - 4294967295 c\n"
		"born 7 7 X0 6 53 51 thread - 1 c\n";
	struct pcstats_snapshot snap;
	const struct pcstats_task *task;

	takes(&snap, text, "a born table");
	is(snap.nr_borns, 4, "its rows");
	task = snap.tasks;
	is(task[0].id, 50, "an id");
	is(task[0].creator, 0, "no creator");
	is(task[0].call, PCSTATS_CALL_UNKNOWN, "\"-\" is no call");
	is(task[0].born_pages, PCSTATS_UNWATCHED, "\"-\" pages");
	is(task[0].born_ns, PCSTATS_UNWATCHED, "\"-\" ns");
	is(task[1].creator, 50, "a creator");
	is(task[1].call, PCSTATS_CALL_FORK, "a fork");
	is(task[1].born_pages, 386, "its pages");
	is(task[1].born_ns, 9000, "its ns");
	is(task[2].call, PCSTATS_CALL_VFORK, "a vfork, of two that had one pid");
	is(task[2].id, 52, "the first one's id");
	is(task[3].call, PCSTATS_CALL_THREAD, "a thread, the second of them");
	is(task[3].id, 53, "the second one's id");
	is(task[4].id, PCSTATS_UNWATCHED, "no row: no id");
	is(task[4].creator, PCSTATS_UNWATCHED, "no row: no creator");
	is(task[4].call, PCSTATS_CALL_UNKNOWN, "no row: no call");
	pcstats_free(&snap);

	takes(&snap, SHORT_TEXT(FORKS_ROW("5 5 1 S 3", "1", "0", "a"), ""),
	      "a text without the table");
	is(snap.tasks[0].id, PCSTATS_UNWATCHED, "no table: no id");
	is(snap.tasks[0].call, PCSTATS_CALL_UNKNOWN, "no table: no call");
	pcstats_free(&snap);

	refuses(SHORT_TEXT("", BORN_COLUMNS "born 5 5 S 3 50 0 spawn - - a\n"),
		EPROTO, 6, "a call that is none");
	refuses(SHORT_TEXT("", BORN_COLUMNS "born 5 5 S 3 50 0 fork - a\n"),
		EPROTO, 6, "a row without ns");
}

static void check_job(void)
{
	static const char text[] =
		VERSION "job forks 7\njob copied -\njob tasks 1\njob peak 2\n"
		"job members 3\njob processes 4\njob lost 5\njob novel 6\n"
		FORKS_COLUMNS MM_COLUMNS COPIED_COLUMNS MOST_COLUMNS
		"most 5 300 1228800 libc.so.6 a b\n"
		"most 6 2 8192 - c\nmost 7 1 4096 \\055 d\n";
	struct pcstats_snapshot snap;

	takes(&snap, text, "a file that has a job");
	ok(snap.job.present, "it is there");
	is(snap.job.tally[PCSTATS_forks], 7, "a tally");
	is(snap.job.tally[PCSTATS_copied], PCSTATS_UNWATCHED, "one not watched");
	is(snap.job.tally[PCSTATS_reused], PCSTATS_UNWATCHED, "one not there");
	is(snap.job.tasks, 1, "tasks");
	is(snap.job.peak, 2, "peak");
	is(snap.job.members, 3, "members");
	is(snap.job.processes, 4, "processes");
	is(snap.job.lost, 5, "lost");
	ok(!snap.total.present, "and no totals");
	is(snap.nr_most, 3, "processes that copied most");
	is(snap.most[0].pid, 5, "one's pid");
	is(snap.most[0].tally[PCSTATS_copied], 300, "its tally");
	is(snap.most[0].tally[PCSTATS_reused], PCSTATS_UNWATCHED,
	   "one without a column");
	is_text(snap.most[0].name, "libc.so.6", "its file");
	is_text(snap.most[0].comm, "a b", "its comm");
	is_text(snap.most[1].name, "", "\"-\" is no file");
	is_text(snap.most[2].name, "-", "unless it is one's name");
	pcstats_free(&snap);

	takes(&snap, SHORT_TEXT("", ""), "a file that has none");
	ok(!snap.job.present, "it is not there");
	is(snap.job.tally[PCSTATS_forks], PCSTATS_UNWATCHED, "nor is a tally");
	is(snap.nr_most, 0, "nor a process");
	pcstats_free(&snap);

	refuses(VERSION "job forks\n", EPROTO, 2, "job without a value");
	refuses(VERSION "job forks x\n", EPROTO, 2, "a value that is none");
}

/* An open file is read from its beginning, however often. */
static void check_fd(const char *dir)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	char path[4096];
	int fd, i;

	snprintf(path, sizeof(path), "%s/small.txt", dir);
	fd = open(path, O_RDONLY);
	for (i = 0; i < 2; i++) {
		is(pcstats_read_fd(&snap, fd, &err), 0, "an open file");
		is(snap.nr_tasks, 3, "all of it");
		pcstats_free(&snap);
	}
	close(fd);
	ok(pcstats_read_fd(&snap, fd, &err) == -EBADF && *err.reason,
	   "a closed one");
}

int main(int argc, char **argv)
{
	(void)argc;
	check_born();
	check_job();
	check_fd(argv[1]);
	return tap_end();
}
