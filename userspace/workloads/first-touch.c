// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task writes N pages that nobody has touched: each is a page fault, none
 * has anything to do with copy-on-write.
 */
#include "workload.h"

static unsigned long pages = 256;

static const struct setting settings[] = {
	{ "pages", &pages, 1, 1 << 16, "pages that are written" },
	{ NULL }
};

static void subject(void)
{
	char *memory = region(pages);
	int writer = role("writer", ROLE_LIVE);

	role_task(writer, getpid());
	predict(writer, PCSTATS_copied, 0);
	predict(writer, PCSTATS_zeroed, 0);
	predict_rest_zero(writer, BOTH_TABLES);

	window_open();
	write_pages(memory, pages, 'w');
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "first-touch",
		.about = "untouched pages are written: nothing is copied, nothing was shared",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
