// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each copied page has one reason and one region, and its bytes are counted: so
 * it is in every row that there is, of whatever has run before, and in total.
 */
#include "cow.h"

#define HUGE_PAGE (512 * PAGE)

static const char *compare(const char *what, unsigned long long sum,
			   unsigned long long parts)
{
	static char text[100];

	if (sum == parts)
		return "";
	snprintf(text, sizeof(text), "%s: %llu, its parts %llu", what, sum,
		 parts);
	return text;
}

static unsigned long long sum_of(const unsigned long long *tally,
				 enum pcstats_tally first,
				 enum pcstats_tally last)
{
	unsigned long long sum = 0;
	int i;

	for (i = first; i <= (int)last; i++)
		sum += tally[i];
	return sum;
}

static const char *wrong_sum(const unsigned long long *tally)
{
	unsigned long long pages;
	const char *wrong;

	wrong = compare("copied", tally[PCSTATS_copied],
			sum_of(tally, PCSTATS_why_mapped, PCSTATS_why_unknown));
	if (*wrong)
		return wrong;
	pages = tally[PCSTATS_copied] + tally[PCSTATS_file] +
		tally[PCSTATS_ksm] + tally[PCSTATS_unshared] +
		tally[PCSTATS_fork_copied];
	wrong = compare("pages", pages + tally[PCSTATS_hugetlb_copied],
			sum_of(tally, PCSTATS_in_heap, PCSTATS_in_file));
	if (*wrong)
		return wrong;
	return compare("bytes", tally[PCSTATS_bytes],
		       pages * PAGE +
		       tally[PCSTATS_hugetlb_copied] * HUGE_PAGE);
}

TEST_F(pcstats, sums)
{
	struct pcstats_snapshot snap;
	struct puppet parent;
	size_t i;

	/* Some of several kinds. */
	region = region_map(17, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, 17);
	inner_start(&parent, SIGCHLD);
	puppet_call(&parent, do_write, 17);

	wait_for_rest();
	snap = snapshot();
	ASSERT_TRUE(snap.total.present);
	EXPECT_LE(17, snap.total.tally[PCSTATS_copied]);
	EXPECT_STREQ("", wrong_sum(snap.total.tally));
	for (i = 0; i < snap.nr_tasks; i++)
		EXPECT_STREQ("", wrong_sum(snap.tasks[i].tally))
			TH_LOG("task %d, %s", snap.tasks[i].pid,
			       snap.tasks[i].comm);
	pcstats_free(&snap);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
