// SPDX-License-Identifier: GPL-2.0-only
/* A text in the form of module/ABI is read as what it says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

static const char written[] =
	"pcstats 1\n"
	"total forks 4\n"
	"total file -\n"
	"total later 3 words more\n"
	"total tasks 87\n"
	"total exited 1\n"
	"total lost 2\n"
	"hook task_newtask tracepoint on missed 0\n"
	"hook finish_fault ftrace off missed 7 reason ftrace refused it (-22)\n"
	"hook other kprobe on missed - later 5\n"
	"later 1 2 3\n"
	"\n"
	"# later a b comm\n"
	"later 1 2 reader\n"
	"\n"
	"# task     pid    tgid    ppid state     mm   forks  vforks threads  clones  execs fork_pages fork_ns later comm\n"
	"task       412     411     401 S          7       4       5       8       6      1        512 1234567 - prefork\n"
	"task       413     413     412 X/9        8       0       0       0       0      0          0       0 x y z\n"
	"\n"
	"# mm        id   users   tasks   procs   files      fs sighand comm\n"
	"mm           7       9       8       1       2       3       4 prefork\n"
	"\n"
	"# cow      pid    tgid state     copied     reused     zeroed       file        bytes comm\n"
	"cow        412     411 S              0          8         12          -            - prefork\n";

static void check_totals(const struct pcstats_snapshot *snap)
{
	ok(snap->total.present, "totals are present");
	is(snap->total.tally[PCSTATS_forks], 4, "total forks");
	is(snap->total.tally[PCSTATS_file], PCSTATS_UNWATCHED, "\"-\" is unwatched");
	is(snap->total.tally[PCSTATS_copied], PCSTATS_UNWATCHED,
	   "a total that is not there is unwatched");
	is(snap->total.tasks, 87, "total tasks");
	is(snap->total.exited, 1, "total exited");
	is(snap->total.lost, 2, "total lost");
}

static void check_hooks(const struct pcstats_snapshot *snap)
{
	const struct pcstats_hook *hook;

	is(snap->nr_hooks, 3, "hooks");
	hook = pcstats_find_hook(snap, "finish_fault");
	if (ok(hook && !hook->on, "a hook that is off")) {
		is_text(hook->mechanism, "ftrace", "its mechanism");
		is(hook->missed, 7, "its missed events");
		is_text(hook->reason, "ftrace refused it (-22)", "its reason");
	}
	hook = pcstats_find_hook(snap, "task_newtask");
	if (ok(hook && hook->on, "a hook that is on"))
		is_text(hook->reason, "", "it has no reason");
	hook = pcstats_find_hook(snap, "other");
	if (ok(hook, "a hook with a word that is not known"))
		is(hook->missed, PCSTATS_UNWATCHED, "its missed events unwatched");
	ok(!pcstats_find_hook(snap, "finish"), "no hook of another name");
}

static void check_long_reason(void)
{
	char text[1024], reason[301];
	struct pcstats_snapshot snap;

	memset(reason, 'r', 300);
	reason[300] = '\0';
	snprintf(text, sizeof(text), VERSION
		 "hook a ftrace off missed 1 reason %s\n" TASK_COLUMNS
		 MM_COLUMNS COW_COLUMNS, reason);
	takes(&snap, text, "a long reason");
	reason[sizeof(snap.hooks->reason) - 1] = '\0';
	is_text(snap.hooks[0].reason, reason, "is cut");
	pcstats_free(&snap);
}

static void check_rows(const struct pcstats_snapshot *snap)
{
	const struct pcstats_task *task = pcstats_find_task(snap, 412);
	const struct pcstats_mm *mm = pcstats_find_mm(snap, 7);

	is(snap->nr_tasks, 2, "tasks");
	if (ok(task, "task 412")) {
		is(task->tgid, 411, "tgid");
		is(task->ppid, 401, "ppid");
		ok(task->state.letter == 'S' && !task->state.exited, "state S");
		is(task->state.exit_code, -1, "a live task has no exit code");
		is(task->mm, 7, "mm");
		is(task->tally[PCSTATS_forks], 4, "forks");
		is(task->tally[PCSTATS_vforks], 5, "vforks");
		is(task->tally[PCSTATS_threads], 8, "threads");
		is(task->tally[PCSTATS_clones], 6, "clones");
		is(task->tally[PCSTATS_execs], 1, "execs");
		is(task->tally[PCSTATS_fork_pages], 512, "fork_pages");
		is(task->tally[PCSTATS_fork_ns], 1234567, "fork_ns");
		is(task->tally[PCSTATS_reused], 8, "reused, of the cow table");
		is(task->tally[PCSTATS_zeroed], 12, "zeroed");
		is(task->tally[PCSTATS_bytes], PCSTATS_UNWATCHED, "bytes \"-\"");
		is_text(task->comm, "prefork", "comm behind a later column");
		ok(pcstats_find_cow(snap, PCSTATS_TABLE_cow, task) == snap->cow[PCSTATS_TABLE_cow].rows, "its cow row");
		is(snap->cow[PCSTATS_TABLE_cow].rows[0].tally[PCSTATS_forks], PCSTATS_UNWATCHED,
		   "a cow row has no task tallies");
	}
	task = pcstats_find_task(snap, 413);
	if (ok(task, "task 413")) {
		ok(task->state.exited && task->state.signal == 9, "state X/9");
		is(task->state.exit_code, -1, "a killed task has no exit code");
		is_text(task->comm, "y z", "comm with a space");
		is(task->tally[PCSTATS_copied], PCSTATS_UNWATCHED,
		   "no cow row and no total: unwatched");
		ok(!pcstats_find_cow(snap, PCSTATS_TABLE_cow, task), "no cow row");
	}
	is(snap->nr_mms, 1, "address spaces");
	if (ok(mm, "mm 7")) {
		is(mm->users, 9, "users");
		is(mm->tasks, 8, "tasks");
		is(mm->procs, 1, "procs");
		is(mm->files, 2, "files");
		is(mm->fs, 3, "fs");
		is(mm->sighand, 4, "sighand");
		is_text(mm->comm, "prefork", "comm");
	}
	ok(!pcstats_find_mm(snap, 8), "no mm 8");
	ok(!pcstats_find_task(snap, 411), "no task 411");
}

static void check_reordered(void)
{
	struct pcstats_snapshot snap;

	takes(&snap, VERSION
	      "# cow bytes copied state tgid new pid comm\n"
	      "cow 8192 2 R 30 1 31 a\n"
	      "# mm sighand id comm\n"
	      "mm 5 6 a\n"
	      "# task mm execs state ppid forks pid tgid comm\n"
	      "task 6 3 R 29 4 31 30 a\n", "columns in another order, some away");
	if (is(snap.nr_tasks, 1, "one task")) {
		is(snap.tasks[0].pid, 31, "pid by its name");
		is(snap.tasks[0].tgid, 30, "tgid by its name");
		is(snap.tasks[0].ppid, 29, "ppid by its name");
		is(snap.tasks[0].mm, 6, "mm by its name");
		is(snap.tasks[0].tally[PCSTATS_forks], 4, "forks by its name");
		is(snap.tasks[0].tally[PCSTATS_execs], 3, "execs by its name");
		is(snap.tasks[0].tally[PCSTATS_threads], PCSTATS_UNWATCHED,
		   "a tally without a column is unwatched");
		is(snap.tasks[0].tally[PCSTATS_copied], 2, "copied by its name");
		is(snap.tasks[0].tally[PCSTATS_bytes], 8192, "bytes by its name");
		is(snap.tasks[0].tally[PCSTATS_reused], PCSTATS_UNWATCHED,
		   "nor with a cow row");
		is(snap.mms[0].sighand, 5, "sighand by its name");
		is(snap.mms[0].users, PCSTATS_UNWATCHED, "users without a column");
	}
	ok(!snap.total.present, "no totals, as in a PID namespace");
	is(snap.total.tally[PCSTATS_forks], PCSTATS_UNWATCHED, "they are unwatched");
	is(snap.total.lost, PCSTATS_UNWATCHED, "lost too");
	pcstats_free(&snap);
}

/* What a task without a cow row has copied. */
static unsigned long long without_row(const char *before, const char *cows)
{
	unsigned long long n = 12345;
	struct pcstats_snapshot snap;
	char text[1024];

	snprintf(text, sizeof(text), VERSION "%s" TASK_COLUMNS
		 TASK_ROW("1 1 0 S 1", "a") MM_COLUMNS COW_COLUMNS "%s",
		 before, cows);
	takes(&snap, text, "a task without a cow row");
	if (snap.nr_tasks == 1)
		n = snap.tasks[0].tally[PCSTATS_copied];
	pcstats_free(&snap);
	return n;
}

static void check_without_row(void)
{
	is(without_row("total copied 5\n", ""), 0, "0 if the total is watched");
	is(without_row("total copied -\n", ""), PCSTATS_UNWATCHED,
	   "unwatched if the total is");
	is(without_row("", COW_ROW("2 2 S", "b")), 0,
	   "0 if another task's is watched");
	is(without_row("hook a ftrace on missed 0\n", ""), 0,
	   "0 if no source is off");
	is(without_row("hook a ftrace off missed 0 reason r\n"
		       "hook b ftrace on missed 0\n", ""), PCSTATS_UNWATCHED,
	   "unwatched if a source is off and nothing else tells");
	is(without_row("", ""), PCSTATS_UNWATCHED, "unwatched if nothing tells");
}

static void check_files(const char *dir)
{
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	char path[4096];

	is(pcstats_read(&snap, "/proc/self/no/such", &err), -ENOENT,
	   "no file: -ENOENT");
	ok(*err.reason && !err.line, "with a reason and no line");
	is(pcstats_read(&snap, dir, &err), -EISDIR, "a directory: -EISDIR");
	is(pcstats_read(&snap, "/dev/null", &err), -EPROTO, "empty: -EPROTO");
	is(pcstats_read(&snap, "/dev/null", NULL), -EPROTO, "err may be NULL");
	pcstats_free(&snap);
	snprintf(path, sizeof(path), "%s/capture-6.1.txt", dir);
	is(pcstats_read(&snap, path, &err), 0, "a file");
	ok(pcstats_find_task(&snap, 1), "has its rows");
	pcstats_free(&snap);
	pcstats_free(&snap);
	ok(!snap.nr_tasks, "freeing twice is harmless");
}

int main(int argc, char **argv)
{
	struct pcstats_snapshot snap;

	if (argc != 2)
		return 2;
	takes(&snap, written, "a text with every record and things to come");
	check_totals(&snap);
	check_hooks(&snap);
	check_rows(&snap);
	pcstats_free(&snap);
	check_long_reason();
	check_reordered();
	check_without_row();
	check_files(argv[1]);
	return tap_end();
}
