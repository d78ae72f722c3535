// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own test of copy-on-write, tools/testing/selftests/mm/cow.c,
 * passes with pcstats loaded, and says of each case what it says without.
 */
#include "hugetlb.h"
#include "insmod.h"
#include "swap.h"

/* Where a kernel's selftests are installed, ours lie beside those of mm. */
#define KERNEL_COW	"../mm/cow"
#define MAX_CASES	2000

struct results {
	char *line[MAX_CASES];
	size_t nr;
	int status;
};

static struct results with, without;

static void add(struct results *results, const char *result, const char *name)
{
	char *line;

	if (results->nr == MAX_CASES)
		fail("more than %d cases", MAX_CASES);
	if (asprintf(&line, "%.*s %s", (int)strcspn(result, "\n"), result,
		     name) < 0)
		fail_errno("asprintf");
	results->line[results->nr++] = line;
}

/* TAP: the name of a case is in a comment, and the next line is its result. */
static void run(struct results *results)
{
	FILE *pipe = popen(KERNEL_COW, "r");
	char line[512], name[512] = "";

	if (!pipe)
		fail_errno(KERNEL_COW);
	while (fgets(line, sizeof(line), pipe)) {
		if (!strncmp(line, "# [RUN]", 7))
			snprintf(name, sizeof(name), "%.*s",
				 (int)strcspn(line, "\n"), line);
		else if (!strncmp(line, "ok ", 3) ||
			 !strncmp(line, "not ok ", 7))
			add(results, line, name);
	}
	results->status = pclose(pipe);
}

/*
 * What Debian's kernels and a machine of 1 GiB do not have, and where the test
 * itself finds that the kernel refuses.
 */
static bool may_skip(const char *line)
{
	static const struct {
		const char *reason, *name;
	} cases[] = {
		{ "gup_test not available", "" },
		{ "need more free huge pages", "(1048576 kB)" },
		{ "MADV_COLLAPSE failed", "(fully shared)" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (strstr(line, cases[i].reason) &&
		    strstr(line, cases[i].name))
			return true;
	return false;
}

TEST_F_TIMEOUT(hugetlb, as_without_pcstats, 280)
{
	const char *path = module_path("PCSTATS_MODULE");
	size_t i, done = 0;

	pool_set(8);
	ASSERT_TRUE(swap_begin());
	run(&with);
	EXPECT_STREQ("", missed_events());
	ASSERT_EQ(0, module_unload());
	run(&without);
	EXPECT_EQ(0, module_load(path, ""));
	swap_end();

	EXPECT_EQ(0, with.status);
	EXPECT_EQ(0, without.status);
	ASSERT_EQ(without.nr, with.nr);
	ASSERT_NE(0, with.nr);
	for (i = 0; i < with.nr; i++) {
		EXPECT_STREQ(without.line[i], with.line[i]);
		EXPECT_EQ(0, strncmp(with.line[i], "ok ", 3));
		if (!strstr(with.line[i], "# SKIP"))
			done++;
		else
			EXPECT_TRUE(may_skip(with.line[i]))
				TH_LOG("%s", with.line[i]);
	}
	EXPECT_NE(0, done);
	TH_LOG("%zu of %zu cases done", done, with.nr);
}

int main(int argc, char **argv)
{
	frame_begin();
	module_path("PCSTATS_MODULE");
	if (access(POOL, F_OK))
		frame_skip("no hugetlbfs");
	if (access(KERNEL_COW, X_OK))
		frame_skip("no " KERNEL_COW);
	return run_cases(argc, argv);
}
