// SPDX-License-Identifier: GPL-2.0-only
/*
 * A worker of io_uring that writes into memory for a program is a task of its
 * own, and what it copies is counted in its row.
 */
#include <dirent.h>
#include <fcntl.h>

#include "cow_sizes.h"
#include "procstat.h"
#include "uring.h"

static long do_open(long arg)
{
	return !uring_open();
}

static int read_zeros(char *buf, size_t len)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_READ,
		.flags = IOSQE_ASYNC,
		.addr = (unsigned long)buf,
		.len = len,
	};
	int got;

	request.fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (request.fd < 0)
		fail_errno("/dev/zero");
	got = uring_do(&request);
	close(request.fd);
	return got;
}

/* The first request makes the worker. */
static long do_make_worker(long arg)
{
	static char byte;

	return read_zeros(&byte, 1) != 1;
}

static long do_read_into(long pages)
{
	return read_zeros(region, pages * PAGE) != (int)(pages * PAGE);
}

/* Of the process @pid, asleep and waiting for more; 0 if there is none. */
static pid_t find_worker(pid_t pid)
{
	char path[300], comm[32];
	struct dirent *entry;
	pid_t tid, found = 0;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	while (threads && (entry = readdir(threads))) {
		tid = atoi(entry->d_name);
		if (!tid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", tid);
		file_read(path, comm, sizeof(comm));
		if (!strncmp(comm, "iou-wrk-", 8))
			found = tid;
	}
	closedir(threads);
	if (found)
		procstat_wait(found, 'S');
	return found;
}

TEST_F(pcstats, worker_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child, worker;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	if (inner_call(&parent, do_open, 0))
		SKIP(return, "no io_uring");
	ASSERT_EQ(0, inner_call(&parent, do_make_worker, 0));
	worker = find_worker(child);
	ASSERT_NE(0, worker);
	EXPECT_COUNTED(ASSERT_EQ(0, inner_call(&parent, do_read_into, n)),
		       worker, COPIED(n), child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       worker, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
