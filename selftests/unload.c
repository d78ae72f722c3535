// SPDX-License-Identifier: GPL-2.0-only
/*
 * An unloaded module has left nothing behind: no file, no symbol, no slab cache,
 * no hook of any kind, no memory; and nothing that ran before, in this VM, has
 * made the kernel doubt itself or turn off what looks for faults.
 */
#include <dirent.h>
#include <sys/wait.h>
#include <time.h>

#include "crowd.h"
#include "insmod.h"
#include "pcstats.h"

#define CPU_ONLINE "/sys/devices/system/cpu/cpu1/online"
#define SLAB "/sys/kernel/slab"
#define FTRACED "/sys/kernel/tracing/enabled_functions"
#define DEBUGFS "/sys/kernel/debug/"
#define KPROBES DEBUGFS "kprobes/list"
#define KMEMLEAK DEBUGFS "kmemleak"
#define KMEMLEAK_AGE 5	/* seconds; what is younger may be on its way */

/* See Documentation/admin-guide/tainted-kernels.rst. */
#define TAINT_BAD (1 << 5 | 1 << 7 | 1 << 9 | 1 << 14)
#define TAINT_OURS (1 << 12)

static const char *module;
static char text[256 << 10];

FIXTURE(unload) {
	int klog;
};

/*
 * On one CPU: where CPUs are emulated in parallel, one may miss that another
 * changes the kernel's code.
 */
static void one_cpu(bool one)
{
	int err;

	if (access(CPU_ONLINE, F_OK))
		return;
	err = file_write(CPU_ONLINE, one ? "0" : "1");
	if (err)
		fail(CPU_ONLINE ": error %d", err);
}

FIXTURE_SETUP(unload)
{
	frame_pin(0);
	self->klog = klog_open();
	one_cpu(true);
}

FIXTURE_TEARDOWN(unload)
{
	if (access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_load(module, ""));
	one_cpu(false);
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* Has a line of the file @what? */
static bool file_has(const char *path, const char *what)
{
	FILE *file = fopen(path, "re");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		fail_errno(path);
	while (!found && getline(&line, &size, file) > 0)
		found = strstr(line, what);
	free(line);
	fclose(file);
	return found;
}

/* How many names in the directory begin so. */
static int names(const char *path, const char *prefix)
{
	DIR *directory = opendir(path);
	struct dirent *d;
	int n = 0;

	if (!directory)
		fail_errno(path);
	while ((d = readdir(directory)))
		n += !strncmp(d->d_name, prefix, strlen(prefix));
	closedir(directory);
	return n;
}

/* The events whose tracepoints we had: a probe that is left would be called. */
static void cause_events(void)
{
	pid_t pid;
	int status;

	crowd_create();
	crowd_copy();
	pid = fork();
	if (pid < 0)
		fail_errno("fork");
	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("exec: status %#x", status);
}

TEST_F(unload, names_and_hooks)
{
	EXPECT_NE(0, names("/sys/module", "pcstats"));
	EXPECT_TRUE(file_has("/proc/kallsyms", "\t[pcstats]"));
	EXPECT_NE(0, names(SLAB, "pcs_"));
	EXPECT_NE(0, file_read(FTRACED, text, sizeof(text)));

	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(0, names("/proc", "pcstats"));
	EXPECT_EQ(0, names("/sys/module", "pcstats"));
	EXPECT_FALSE(file_has("/proc/kallsyms", "\t[pcstats]"));
	/* None is merged with another's (selftests/run). */
	EXPECT_EQ(0, names(SLAB, "pcs_"));
	EXPECT_FALSE(file_has("/proc/slabinfo", "pcs_"));
	file_read(FTRACED, text, sizeof(text));
	EXPECT_STREQ("", text);
	file_read(KPROBES, text, sizeof(text));
	EXPECT_STREQ("", text);
	cause_events();
}

static void kmemleak(const char *command)
{
	int err = file_write(KMEMLEAK, command);

	if (err)
		fail(KMEMLEAK ": error %d", err);
}

/* Of all that the VM did up to now.  To search takes long where it is emulated. */
TEST_F_TIMEOUT(unload, memory, 120)
{
	const struct timespec age = { .tv_sec = KMEMLEAK_AGE + 1 };

	if (access(KMEMLEAK, F_OK))
		SKIP(return, "a kernel without kmemleak");
	ASSERT_EQ(0, module_unload());
	cause_events();
	nanosleep(&age, NULL);
	/* Twice: in the first, a pointer may be in a register, or move. */
	kmemleak("scan");
	kmemleak("scan");
	file_read(KMEMLEAK, text, sizeof(text));
	EXPECT_STREQ("", text);
}

TEST_F(unload, kernel_is_sane)
{
	unsigned long long taint = file_number("/proc/sys/kernel/tainted", "");

	EXPECT_NE(0, taint & TAINT_OURS);
	EXPECT_EQ(0, taint & TAINT_BAD);
	/* The first complaint of lockdep is the last. */
	if (!access("/proc/lockdep_stats", F_OK))
		EXPECT_EQ(1, file_number("/proc/lockdep_stats",
					 " debug_locks:"));
}

int main(int argc, char **argv)
{
	frame_begin();
	module = module_path("PCSTATS_MODULE");
	return run_cases(argc, argv);
}
