// SPDX-License-Identifier: GPL-2.0-only
/*
 * On a kernel whose compiler has inlined what it did not in the known ones, the
 * module finds out at load that it would miss events: it says so, in the file
 * and in the log, and what it does not see reads "-", never a wrong number.
 *
 * That kernel is a build of the module that looks for other names
 * (PCSTATS_TEST_INLINED in module/callers.c).  Another build has ftrace call all
 * handlers (PCSTATS_TEST_NO_DIRECT in module/direct.h).
 */
#include "cow.h"
#include "insmod.h"
#include "tracking.h"

#define PAGES 10

static const char *module, *inlined, *indirect;

/* Watched by the hooks whose callers have other names. */
#define x(name, sources, help) PCSTATS_##name,
static const enum pcstats_tally blind[] = {
	PCSTATS_COW_COUNTERS(x)
	PCSTATS_WHY_COUNTERS(x)
	PCSTATS_WHERE_COUNTERS(x)
	PCSTATS_exclusive, PCSTATS_shared_write, PCSTATS_ksm, PCSTATS_unshared,
	PCSTATS_remote,
};
#undef x

static bool is_blind(enum pcstats_tally id)
{
	size_t i;

	for (i = 0; i < sizeof(blind) / sizeof(*blind); i++)
		if (blind[i] == id)
			return true;
	return false;
}

/* Does the log have a line of ours that says both, since @fd was opened? */
static bool log_says(int fd, const char *text, const char *more)
{
	char record[1024];
	ssize_t len;

	while ((len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		if (strstr(record, ";pcstats: ") && strstr(record, text) &&
		    strstr(record, more))
			return true;
	}
	return false;
}

FIXTURE(hooks) {
	int klog;
};

FIXTURE_SETUP(hooks)
{
	frame_pin(0);
	self->klog = klog_open();
}

/* The next test is to find it as this one did. */
FIXTURE_TEARDOWN(hooks)
{
	if (!access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(hooks, inlined_callers)
{
	static const char *const off[] = {
		"ptep_clear_flush", "ptep_set_access_flags",
	};
	const struct pcstats_hook *hook;
	struct pcstats_snapshot snap;
	int log = klog_open();
	size_t i;

	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(inlined, ""));
	snap = snapshot();
	for (i = 0; i < sizeof(off) / sizeof(*off); i++) {
		hook = pcstats_find_hook(&snap, off[i]);
		ASSERT_NE(NULL, hook);
		EXPECT_FALSE(hook->on) TH_LOG("%s", hook->name);
		EXPECT_STRNE("", hook->reason);
		EXPECT_TRUE(log_says(log, "not watched", hook->name))
			TH_LOG("%s", hook->name);
	}
	for (i = 0; i < PCSTATS_NR_TALLIES; i++) {
		if (is_blind(i)) {
			EXPECT_EQ(PCSTATS_UNWATCHED, snap.total.tally[i])
				TH_LOG("%s", pcstats_tally_names[i]);
		} else if (i < PCSTATS_NR_TASK_TALLIES) {
			EXPECT_NE(PCSTATS_UNWATCHED, snap.total.tally[i])
				TH_LOG("%s", pcstats_tally_names[i]);
		}
	}
	pcstats_free(&snap);
	close(log);
}

static char *file;

static long do_write_file(long pages)
{
	region_write(file, pages);
	return 0;
}

/* Who copies has no number, and who forks has the right one. */
TEST_F(hooks, inlined_callers_and_a_copy)
{
	const struct pcstats_map *map = NULL;
	struct pcstats_task before, after;
	struct pcstats_snapshot snap;
	struct puppet parent;
	pid_t child;
	size_t i;

	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(inlined, ""));
	file = region_map(PAGES, MAP_PRIVATE, file_with(PAGES));
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, PAGES);
	before = task_row(parent.pid);
	child = inner_start(&parent, SIGCHLD);
	after = task_row(parent.pid);
	EXPECT_EQ(before.tally[PCSTATS_forks] + 1, after.tally[PCSTATS_forks]);
	inner_call(&parent, do_write, PAGES);
	puppet_call(&parent, do_write, PAGES);
	puppet_call(&parent, do_write_file, PAGES);
	before = task_row(child);
	after = task_row(parent.pid);
	for (i = 0; i < sizeof(blind) / sizeof(*blind); i++) {
		EXPECT_EQ(PCSTATS_UNWATCHED, before.tally[blind[i]])
			TH_LOG("%s", pcstats_tally_names[blind[i]]);
		EXPECT_EQ(PCSTATS_UNWATCHED, after.tally[blind[i]])
			TH_LOG("%s", pcstats_tally_names[blind[i]]);
	}
	EXPECT_EQ(PCSTATS_UNWATCHED, fork_row(child).copied);
	EXPECT_EQ(PCSTATS_UNWATCHED, fork_row(parent.pid).other_copied);
	snap = snapshot();
	while ((map = pcstats_next_map(&snap, pcstats_find_live(&snap,
							       parent.pid),
				       map)))
		EXPECT_EQ(PCSTATS_UNWATCHED, map->copies);
	pcstats_free(&snap);
	inner_end(&parent);
	puppet_end(&parent);
}

/* With the names of this kernel all is on, before and after. */
TEST_F(hooks, known_callers)
{
	struct puppet parent;
	pid_t child;

	EXPECT_STREQ("", not_watched());
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(inlined, ""));
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", not_watched());

	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, PAGES);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, COPIED(PAGES), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* Is there no function that calls the module itself? */
static bool all_by_ftrace(void)
{
	struct pcstats_snapshot snap = snapshot();
	bool all = true;
	size_t i;

	for (i = 0; i < snap.nr_hooks; i++)
		all &= !strcmp(snap.hooks[i].mechanism, "ftrace") ||
		       !strcmp(snap.hooks[i].mechanism, "tracepoint");
	pcstats_free(&snap);
	return all;
}

/*
 * Where the hooked functions cannot call the module themselves, as on PREEMPT_RT
 * or in this build of it, ftrace does it, and the same is counted.
 */
TEST_F(hooks, called_by_ftrace)
{
	struct puppet parent;
	pid_t child;

	EXPECT_EQ(kernel_is_rt(), all_by_ftrace());
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(indirect, ""));
	EXPECT_STREQ("", not_watched());
	EXPECT_TRUE(all_by_ftrace());

	file = region_map(PAGES, MAP_PRIVATE, file_with(PAGES));
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_file, PAGES),
		       parent.pid, FILE_COPIED(PAGES), 0, NOTHING);
	puppet_call(&parent, do_read, PAGES);
	EXPECT_COUNTED(puppet_call(&parent, do_write, PAGES),
		       parent.pid, ZEROED(PAGES), 0, NOTHING);
	puppet_settle(&parent);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES / 2),
		       child, COPIED(PAGES / 2), parent.pid, NOTHING);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write, PAGES),
		       parent.pid, REUSED(PAGES), 0, NOTHING);
	if (soft_dirty_works()) {
		write_protect(parent.pid);
		puppet_settle(&parent);
		EXPECT_COUNTED(puppet_call(&parent, do_write, PAGES),
			       parent.pid, EXCLUSIVE(PAGES), 0, NOTHING);
	}
	puppet_end(&parent);
}

/* What the self-test did is nobody's: neither a row's nor a total's. */
TEST_F(hooks, nothing_left_of_the_self_test)
{
	struct pcstats_task before = { .pid = getpid() }, after;

	settle();
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(module, ""));
	after = task_row(getpid());
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
}

static const char *watched_after_loading(void)
{
	int err = module_unload() ? : module_load(module, "");

	if (err)
		fail("unloading and loading: error %d", err);
	return not_watched();
}

/* ---- it finds the same, whatever the memory of the loader is like ---- */

TEST_F(hooks, loader_locks_its_memory)
{
	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	EXPECT_STREQ("", watched_after_loading());
	EXPECT_EQ(0, munlockall());
}

/*
 * An aligned range of addresses in which the next mapping will lie, at its end:
 * the kernel goes from the top downwards, and above there is no room left.
 */
static void room_for(size_t pages)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *reserve = mmap(NULL, 2 * pages * PAGE, PROT_NONE, flags, -1, 0);
	char *filler, *room;
	size_t n;

	if (reserve == MAP_FAILED)
		fail_errno("mmap");
	for (n = 512; n; n /= 8)
		do {
			filler = mmap(NULL, n * PAGE, PROT_NONE, flags, -1, 0);
			if (filler == MAP_FAILED)
				fail_errno("mmap");
		} while (filler > reserve);
	room = (char *)(((unsigned long)reserve + pages * PAGE - 1) &
			-(pages * PAGE));
	if (munmap(room, pages * PAGE))
		fail_errno("munmap");
}

TEST_F(hooks, loader_has_large_folios)
{
	const char *const enabled =
		"/sys/kernel/mm/transparent_hugepage/hugepages-16kB/enabled";
	int err = file_write(enabled, "always");

	if (err == -ENOENT)
		SKIP(return, "no large folios of anonymous memory");
	ASSERT_EQ(0, err);
	room_for(64);
	EXPECT_STREQ("", watched_after_loading());
	EXPECT_EQ(0, file_write(enabled, "never"));
}

int main(int argc, char **argv)
{
	frame_begin();
	module = module_path("PCSTATS_MODULE");
	inlined = module_path("PCSTATS_MODULE_INLINED");
	indirect = module_path("PCSTATS_MODULE_INDIRECT");
	return run_cases(argc, argv);
}
