// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent writes N pages that a child shared with it until it exited: the
 * parent is their last owner again, keeps them all, and nothing is copied.
 */
#include "workload.h"

static unsigned long pages = 256;

static const struct setting settings[] = {
	{ "pages", &pages, 1, 1 << 16, "pages that the parent writes" },
	{ NULL }
};

static char *memory;

static void child(const struct child *self)
{
	(void)self;
	check_pages(memory, pages, 'p');
}

static void subject(void)
{
	int writer;

	memory = region(pages);
	write_pages(memory, pages, 'p');
	reap(fork_child(child).pid);

	writer = role("parent", ROLE_LIVE);
	role_task(writer, getpid());
	predict(writer, PCSTATS_reused, pages);
	predict_rest_zero(writer, BOTH_TABLES);

	window_open();
	write_pages(memory, pages, 'w');
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "cow-reuse",
		.about = "a parent writes pages when the child that shared them is gone: all kept",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
