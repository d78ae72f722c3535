// SPDX-License-Identifier: GPL-2.0-only
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "frame.h"
#include "module/ioctl.h"

int job_open(void)
{
	int fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_errno(PCSTATS_PATH);
	return fd;
}

int job_add(int fd, pid_t pid)
{
	return ioctl(fd, PCSTATS_JOB_ADD, (long)pid) ? -errno : 0;
}

int job_wait(int fd)
{
	return ioctl(fd, PCSTATS_JOB_WAIT) ? -errno : 0;
}

struct pcstats_snapshot job_snapshot(int fd)
{
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	int err = pcstats_read_fd(&snap, fd, &error);

	if (err)
		fail("read of a job: error %d, line %lu: %s", err, error.line,
		     error.reason);
	if (!snap.job.present)
		fail("there is no job");
	return snap;
}

struct pcstats_job job_read(int fd)
{
	struct pcstats_snapshot snap = job_snapshot(fd);
	struct pcstats_job job = snap.job;

	pcstats_free(&snap);
	return job;
}

struct pcstats_task job_row(int fd)
{
	struct pcstats_job job = job_read(fd);
	struct pcstats_task row = { 0 };

	memcpy(row.tally, job.tally, sizeof(row.tally));
	return row;
}

struct pcstats_most job_most(int fd, pid_t pid)
{
	struct pcstats_snapshot snap = job_snapshot(fd);
	struct pcstats_most row = { 0 };
	size_t i, rows = 0;

	for (i = 0; i < snap.nr_most; i++) {
		if (snap.most[i].pid != pid)
			continue;
		row = snap.most[i];
		rows++;
	}
	pcstats_free(&snap);
	if (rows > 1)
		fail("%zu rows of process %d in the table most", rows, pid);
	return row;
}
