// SPDX-License-Identifier: GPL-2.0-only
#include "secrets.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "frame.h"
#include "memory.h"
#include "puppet.h"
#include "snapshot.h"
#include "viewpoint.h"

static const char *const names[] = {
	"root's", "nobody's", "half nobody's", "nobody's able", "root's late",
	"nobody's late",
};

enum { ROOTS, NOBODYS, HALF, ABLE, ROOTS_EXITED, NOBODYS_EXITED, SECRETS };

static struct puppet secrets[SECRETS];

static long do_set_name(long name)
{
	return prctl(PR_SET_NAME, name);
}

/* Nobody by its real and effective uid, root by the saved one. */
static long do_become_half_nobody(long arg)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, 0))
		fail_errno("setresuid");
	if (prctl(PR_SET_DUMPABLE, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail_errno("prctl");
	return arg;
}

/* The capabilities stay permitted. */
static long do_become_able_nobody(long arg)
{
	if (prctl(PR_SET_KEEPCAPS, 1))
		fail_errno("PR_SET_KEEPCAPS");
	return do_become_nobody(arg);
}

void secrets_start(void)
{
	int i;

	for (i = 0; i < SECRETS; i++) {
		puppet_start(&secrets[i]);
		puppet_call(&secrets[i], do_set_name, (long)names[i]);
	}
	puppet_call(&secrets[NOBODYS], do_become_nobody, 0);
	puppet_call(&secrets[HALF], do_become_half_nobody, 0);
	puppet_call(&secrets[ABLE], do_become_able_nobody, 0);
	puppet_call(&secrets[NOBODYS_EXITED], do_become_nobody, 0);
	puppet_end(&secrets[ROOTS_EXITED]);
	puppet_end(&secrets[NOBODYS_EXITED]);
}

void secrets_end(void)
{
	int i;

	for (i = 0; i < ROOTS_EXITED; i++)
		puppet_end(&secrets[i]);
}

pid_t nobodys_secret(void)
{
	return secrets[NOBODYS].pid;
}

long do_copy(long arg)
{
	char *page = region_map(1, MAP_PRIVATE, file_with(1));

	region_write(page, 1);
	region_unmap(page, 1);
	return arg;
}

void nobody_copies(void)
{
	puppet_call(&secrets[NOBODYS], do_copy, 0);
}

/* By name: numbers are other ones in another PID namespace. */
static long secret_named(const char *comm)
{
	int i;

	for (i = 0; i < SECRETS; i++)
		if (!strcmp(comm, names[i]))
			return 1 << i;
	return 0;
}

long secrets_in(const struct pcstats_snapshot *snap)
{
	long sees = snap->total.present ? SEES_TOTALS : 0;
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++)
		sees |= secret_named(snap->tasks[i].comm);
	for (i = 0; i < snap->nr_mms; i++)
		sees |= secret_named(snap->mms[i].comm);
	if (snap->nr_most)
		sees |= SEES_MOST;
	return sees;
}

/* ---- and what proc says ---- */

#define MAX_PROCESSES 4096

struct listing {
	size_t n;
	pid_t pids[MAX_PROCESSES];
};

/* Processes that the caller's own /proc shows: with hidepid=1 it names more. */
static void list_proc(struct listing *list)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	char path[300];
	int fd;

	if (!dir)
		fail_errno("/proc");
	list->n = 0;
	while ((entry = readdir(dir))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		close(fd);
		if (list->n == MAX_PROCESSES)
			fail("more than %d processes", MAX_PROCESSES);
		list->pids[list->n++] = atoi(entry->d_name);
	}
	closedir(dir);
}

static bool listed(const struct listing *list, pid_t pid)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->pids[i] == pid)
			return true;
	return false;
}

long look_beside_proc(int fd, bool all)
{
	static struct listing before, after;
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	size_t i, known = 0;
	long sees;

	list_proc(&before);
	if (pcstats_read_fd(&snap, fd, &error))
		fail("line %lu: %s", error.line, error.reason);
	list_proc(&after);
	for (i = 0; i < snap.nr_tasks; i++) {
		const struct pcstats_task *row = &snap.tasks[i];

		if (row->state.exited || row->pid != row->tgid)
			continue;
		/* A kernel thread may have come or gone meanwhile. */
		if (!listed(&before, row->pid) && !listed(&after, row->pid))
			fail("%d is not in /proc", row->pid);
	}
	for (i = 0; all && i < before.n; i++) {
		if (!listed(&after, before.pids[i]))
			continue;
		if (!pcstats_find_live(&snap, before.pids[i]))
			fail("%d is in /proc alone", before.pids[i]);
		known++;
	}
	if (all && !known)
		fail("nothing in /proc");
	if (stray_row(&snap))
		fail("a row of hidden task %d", stray_row(&snap));
	sees = secrets_in(&snap);
	pcstats_free(&snap);
	return sees;
}
