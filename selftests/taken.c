// SPDX-License-Identifier: GPL-2.0-only
/*
 * What loading needs somebody else has already: the names of our file and of our
 * slab caches, and the only place from which a function calls directly.  Without
 * the first the load fails and nothing is left of it; without the others it goes
 * on.
 *
 * The other one is the module itself, with names changed in the image that is
 * loaded.  The kernel says loudly that two want one name, and is tainted: this
 * test comes behind unload.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "cow.h"
#include "insmod.h"
#include "makers.h"

#define PAGES 10
#define OTHER "another"
#define OTHER_PATH "/proc/" OTHER
#define OTHER_CACHES "pct_"
#define SLAB "/sys/kernel/slab"

static const char *module;

/* ---- the other one ---- */

enum { FILE_TOO = 1, CACHES_TOO = 2 };

static char *image;
static size_t image_size;

/* In a struct module, which has more room; behind other strings is text. */
static bool is_module_name(const char *at)
{
	static const char zeros[40];

	return !memcmp(at + sizeof(OTHER), zeros, sizeof(zeros));
}

static void rename_module(bool its_file)
{
	char *at = image;

	while ((at = memmem(at, image + image_size - at, "pcstats",
			    sizeof("pcstats")))) {
		if (is_module_name(at) || its_file)
			memcpy(at, OTHER, sizeof(OTHER));
		at++;
	}
}

static void rename_caches(void)
{
	static const char *const names[] = {
		"pcs_record", "pcs_cow", "pcs_map", "pcs_space", "pcs_process",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const size_t size = strlen(names[i]) + 1;
		char *at = image;

		while ((at = memmem(at, image + image_size - at, names[i],
				    size)))
			memcpy(at, OTHER_CACHES, 4);
	}
}

/* By a name of its own, and with such names for its file or its caches. */
static int other_load(int kinds)
{
	int err;

	image = module_image(module, &image_size);
	rename_module(kinds & FILE_TOO);
	if (kinds & CACHES_TOO)
		rename_caches();
	err = module_load_image(image, image_size, "");
	munmap(image, image_size);
	return err;
}

static int other_unload(void)
{
	return syscall(SYS_delete_module, OTHER, O_NONBLOCK) ? -errno : 0;
}

/* ---- what there is ---- */

static void add_names(const char *path, char *text, size_t size)
{
	DIR *directory = opendir(path);
	const struct dirent *d;
	size_t len = strlen(text);

	if (!directory)
		fail_errno(path);
	while ((d = readdir(directory)))
		if (!strncmp(d->d_name, "pcs", 3) ||
		    !strncmp(d->d_name, OTHER_CACHES, 4) ||
		    !strcmp(d->d_name, OTHER))
			len += snprintf(text + len, size - len, "%s\n",
					d->d_name);
	closedir(directory);
}

/* All of ours, or of the other one's, that the kernel has: in words. */
static const char *traces(void)
{
	static char text[65536];
	size_t len;

	len = file_read("/sys/kernel/tracing/enabled_functions", text,
			sizeof(text));
	file_read("/sys/kernel/debug/kprobes/list", text + len,
		  sizeof(text) - len);
	add_names(SLAB, text, sizeof(text));
	add_names("/sys/module", text, sizeof(text));
	add_names("/proc", text, sizeof(text));
	return text;
}

/* How functions call the module. */
static const char *mechanism(void)
{
	struct pcstats_snapshot snap = snapshot();
	static char name[sizeof(snap.hooks->mechanism)];

	strcpy(name, pcstats_find_hook(&snap, "ptep_clear_flush")->mechanism);
	pcstats_free(&snap);
	return name;
}

/* What the task has copied since its birth, as the file at @path has it. */
static unsigned long long copied(const char *path, pid_t pid)
{
	struct pcstats_snapshot snap;
	const struct pcstats_task *row;
	struct pcstats_error error;
	unsigned long long n;

	if (pcstats_read(&snap, path, &error))
		fail("%s: line %lu: %s", path, error.line, error.reason);
	row = pcstats_find_live(&snap, pid);
	if (!row)
		fail("no row in %s", path);
	n = row->tally[PCSTATS_copied];
	pcstats_free(&snap);
	return n;
}

FIXTURE(taken) {
	int klog;
};

FIXTURE_SETUP(taken)
{
	frame_pin(0);
	self->klog = klog_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
}

FIXTURE_TEARDOWN(taken)
{
	if (!access("/sys/module/" OTHER, F_OK))
		EXPECT_EQ(0, other_unload());
	if (access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* A child's copies, exactly; and in the file of the other one, if that is there. */
static void expect_copies(struct __test_metadata *_metadata)
{
	struct puppet parent;
	pid_t child;

	puppet_start(&parent);
	puppet_call(&parent, do_write, PAGES);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, COPIED(PAGES), parent.pid, NOTHING);
	if (!access(OTHER_PATH, F_OK))
		EXPECT_EQ(copied(PCSTATS_PATH, child),
			  copied(OTHER_PATH, child));
	inner_end(&parent);
	puppet_end(&parent);
}

/* Then ftrace calls; and whoever goes first, the other one goes on. */
TEST_F(taken, direct_calls)
{
	char usual[32];

	strcpy(usual, mechanism());
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, other_load(FILE_TOO | CACHES_TOO));
	ASSERT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", not_watched());
	EXPECT_STREQ("ftrace", mechanism());
	expect_copies(_metadata);
	ASSERT_EQ(0, other_unload());
	expect_copies(_metadata);
	EXPECT_STREQ("ftrace", mechanism());

	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(module, ""));
	EXPECT_STREQ(usual, mechanism());
	ASSERT_EQ(0, other_load(FILE_TOO | CACHES_TOO));
	expect_copies(_metadata);
	ASSERT_EQ(0, other_unload());
	expect_copies(_metadata);
}

static void expect_warning(struct __test_metadata *_metadata, int klog,
			   const char *what)
{
	const char *text = klog_complaint(klog);

	EXPECT_NE(NULL, strstr(text, "WARNING:")) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, what)) TH_LOG("%s", text);
}

/* The last step of all, with everything else to be taken back. */
TEST_F_TIMEOUT(taken, file, 20000)
{
	char *before = strdup(traces());
	int times = rounds(20);

	while (times--) {
		ASSERT_EQ(-ENOMEM, other_load(CACHES_TOO));
		expect_warning(_metadata, self->klog, "proc_register");
		ASSERT_STREQ(before, traces());
	}
	expect_copies(_metadata);
	free(before);
}

/* To the kernel that is no error, and both have their own. */
TEST_F(taken, caches)
{
	const char *text;

	ASSERT_EQ(0, other_load(FILE_TOO));
	expect_copies(_metadata);
	ASSERT_EQ(0, other_unload());
	expect_copies(_metadata);
	/* Only kernels with DEBUG_VM look. */
	do
		text = klog_complaint(self->klog);
	while (strstr(text, "kmem_cache_sanity_check"));
	EXPECT_STREQ("", text);
}

TEST_F(taken, and_nothing_is_left)
{
	ASSERT_EQ(0, module_unload());
	EXPECT_STREQ("", traces());
}

int main(int argc, char **argv)
{
	frame_begin();
	module = module_path("PCSTATS_MODULE");
	return run_cases(argc, argv);
}
