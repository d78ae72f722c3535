// SPDX-License-Identifier: GPL-2.0-only
#include "procstat.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"

#define PF_KTHREAD 0x00200000	/* include/linux/sched.h */

bool procstat_try(pid_t tid, struct procstat *stat)
{
	char path[64], text[1024];
	unsigned int flags;
	const char *end;
	ssize_t len;
	int fd;

	/* Every thread has a directory, though only leaders are listed. */
	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';

	/* After the name, which may hold anything. */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %d %*d %*d %*d %*d %u %lu",
			   &stat->state, &stat->ppid, &flags,
			   &stat->minflt) != 4)
		fail("%s: not understood: %s", path, text);
	stat->kthread = flags & PF_KTHREAD;
	return true;
}

struct procstat procstat(pid_t tid)
{
	struct procstat stat;

	if (!procstat_try(tid, &stat))
		fail("/proc/%d/stat: no such task", tid);
	return stat;
}

void procstat_wait(pid_t tid, char state)
{
	while (procstat(tid).state != state)
		sched_yield();
}

void procstat_wait_gone(pid_t tid)
{
	struct procstat stat;

	while (procstat_try(tid, &stat))
		sched_yield();
}
