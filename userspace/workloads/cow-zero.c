// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task reads N untouched pages and then writes them: the reads map the
 * shared zero page, each write puts a page in its place, which is filled with
 * zeroes; nothing is copied.
 */
#include "workload.h"

static unsigned long pages = 256;

static const struct setting settings[] = {
	{ "pages", &pages, 1, 1 << 16, "pages that are read, then written" },
	{ NULL }
};

static void subject(void)
{
	char *memory = region(pages);
	int writer = role("writer", ROLE_LIVE);

	role_task(writer, getpid());
	predict(writer, PCSTATS_zeroed, pages);
	predict_rest_zero(writer, BOTH_TABLES);

	window_open();
	read_pages(memory, pages);
	write_pages(memory, pages, 'w');
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "cow-zero",
		.about = "pages are read before they are written: each is zero-filled, none copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
