// SPDX-License-Identifier: GPL-2.0-only
#include "starve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "frame.h"
#include "insmod.h"
#include "klog.h"

#define DEBUGFS "/sys/kernel/debug"

static void put(const char *dir, const char *file, const char *text)
{
	char path[512];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	err = file_write(path, text);
	if (err)
		fail("%s: error %d", path, err);
}

static void set_up(const char *kind)
{
	char dir[128];

	snprintf(dir, sizeof(dir), DEBUGFS "/%s", kind);
	put(dir, "probability", "0");
	put(dir, "times", "-1");
	put(dir, "verbose_ratelimit_interval_ms", "0");
	put(dir, "verbose", "0");
	put(dir, "task-filter", "Y");
	/* Those that may sleep, too. */
	put(dir, "ignore-gfp-wait", "N");
	if (strcmp(kind, FAIL_PAGE_ALLOC))
		return;
	put(dir, "ignore-gfp-highmem", "N");
	put(dir, "min-order", "0");
}

void starve_begin(void)
{
	mount("none", DEBUGFS, "debugfs", 0, NULL);
	if (access(DEBUGFS "/" FAILSLAB, F_OK) ||
	    access(DEBUGFS "/" FAIL_PAGE_ALLOC, F_OK))
		frame_skip("the kernel has no fault injection");
	set_up(FAILSLAB);
	set_up(FAIL_PAGE_ALLOC);
}

void starve_small_stock(bool small)
{
	const char *usual = module_path("PCSTATS_MODULE");
	const char *path = module_path("PCSTATS_MODULE_SMALL_STOCK");

	if (!small)
		path = usual;
	if (module_unload() || module_load(path, small ? "history=16384" : ""))
		fail("%s cannot be loaded", path);
}

void starve_set(const char *kind, int percent)
{
	char dir[128], text[16];

	snprintf(dir, sizeof(dir), DEBUGFS "/%s", kind);
	snprintf(text, sizeof(text), "%d", percent);
	put(dir, "probability", text);
}

void starve_say(bool on)
{
	put(DEBUGFS "/" FAILSLAB, "verbose", on ? "2" : "0");
	put(DEBUGFS "/" FAIL_PAGE_ALLOC, "verbose", on ? "2" : "0");
}

void starve_end(void)
{
	starve_set(FAILSLAB, 0);
	starve_set(FAIL_PAGE_ALLOC, 0);
	starve_say(false);
	starve_self(false);
	starve_workers(false);
}

/*
 * A file of the caller's own in /proc, open already when memory fails.  Who is
 * forked opens its own.
 */
struct own_file {
	const char *path;
	pid_t tid;
	int fd;
};

static struct own_file make_it_fail = { "/proc/thread-self/make-it-fail" };
static struct own_file fail_nth = { "/proc/thread-self/fail-nth" };

static void own_open(struct own_file *file)
{
	file->fd = open(file->path, O_RDWR | O_CLOEXEC);
	if (file->fd < 0)
		fail_errno(file->path);
	file->tid = gettid();
}

static void own_put(struct own_file *file, const char *text)
{
	if (file->tid != gettid())
		own_open(file);
	if (write(file->fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail_errno(file->path);
}

void starve_self(bool on)
{
	own_put(&make_it_fail, on ? "1" : "0");
}

/* kworker/CPU:NR of normal priority, ...H of high, kworker/u... of any CPU. */
static bool is_worker(const char *pid)
{
	char path[300], comm[64];
	FILE *file;
	int cpu;
	char priority = 0;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(comm, sizeof(comm), file))
		*comm = '\0';
	fclose(file);
	return sscanf(comm, "kworker/%d:%*d%c", &cpu, &priority) == 2 &&
	       priority == 'H';
}

void starve_workers(bool on)
{
	const struct dirent *entry;
	DIR *dir = opendir("/proc");
	char path[300];
	int n = 0;

	if (!dir)
		fail_errno("/proc");
	while ((entry = readdir(dir))) {
		if (*entry->d_name < '1' || *entry->d_name > '9' ||
		    !is_worker(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		put(path, "make-it-fail", on ? "1" : "0");
		n++;
	}
	closedir(dir);
	if (!n)
		fail("no worker of high priority");
}

void starve_nth(unsigned int nth)
{
	char text[16];

	/* Open from now on, for starve_self(). */
	own_put(&make_it_fail, "0");
	/* It can be read once, and there is no seeking. */
	if (fail_nth.tid == gettid())
		close(fail_nth.fd);
	own_open(&fail_nth);
	snprintf(text, sizeof(text), "%u", nth);
	own_put(&fail_nth, text);
}

unsigned int starve_left(void)
{
	char text[16] = "";

	if (fail_nth.tid != gettid())
		return 0;
	if (read(fail_nth.fd, text, sizeof(text) - 1) <= 0)
		fail_errno(fail_nth.path);
	own_put(&fail_nth, "0");
	return strtoul(text, NULL, 10);
}

const char *starve_complaint(int klog)
{
	const char *text;

	do
		text = klog_complaint(klog);
	while (strstr(text, "VM_FAULT_OOM leaked out to the #PF handler"));
	return text;
}
