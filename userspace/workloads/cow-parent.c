// SPDX-License-Identifier: GPL-2.0-only
/*
 * A parent writes N pages while its child lives, as a database does during a
 * snapshot: each is copied, once, and charged to the parent.
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
	child_hear(self);
	check_pages(memory, pages, 'p');
}

static void subject(void)
{
	struct child c;
	int writer, reader;

	memory = region(pages);
	write_pages(memory, pages, 'p');
	c = fork_child(child);

	writer = role("parent", ROLE_LIVE);
	role_task(writer, getpid());
	predict(writer, PCSTATS_copied, pages);
	predict(writer, PCSTATS_bytes, pages * page_size());
	predict(writer, PCSTATS_why_mapped, pages);
	predict(writer, PCSTATS_in_anon, pages);
	predict_rest_zero(writer, BOTH_TABLES);
	reader = role("child", ROLE_LIVE);
	role_task(reader, c.pid);
	predict_rest_zero(reader, BOTH_TABLES);

	window_open();
	write_pages(memory, pages, 'w');
	window_close();
	child_tell(&c);
	reap(c.pid);
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "cow-parent",
		.about = "a parent writes pages while its child lives: each is copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
