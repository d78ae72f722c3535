// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child writes N pages that it shares with its parent: each is copied, once,
 * and charged to the child.  The parent does nothing and is charged nothing.
 */
#include "workload.h"

static unsigned long pages = 256;

static const struct setting settings[] = {
	{ "pages", &pages, 1, 1 << 16, "pages that the child writes" },
	{ NULL }
};

static char *memory;

static void child(const struct child *self)
{
	if (!child_hear(self))
		die("the parent is gone");
	write_pages(memory, pages, 'c');
	child_tell(self);
	/* Until the window is closed: a live row is measured. */
	child_hear(self);
	check_pages(memory, pages, 'c');
}

static void subject(void)
{
	struct child c;
	int writer, parent;

	memory = region(pages);
	write_pages(memory, pages, 'p');
	c = fork_child(child);

	writer = role("child", ROLE_LIVE);
	role_task(writer, c.pid);
	predict(writer, PCSTATS_copied, pages);
	predict(writer, PCSTATS_bytes, pages * page_size());
	predict(writer, PCSTATS_why_mapped, pages);
	predict(writer, PCSTATS_in_anon, pages);
	predict_rest_zero(writer, BOTH_TABLES);
	parent = role("parent", ROLE_LIVE);
	role_task(parent, getpid());
	predict_rest_zero(parent, BOTH_TABLES);

	window_open();
	child_tell(&c);
	if (!child_hear(&c))
		die("the child died");
	window_close();
	child_tell(&c);
	reap(c.pid);
	check_pages(memory, pages, 'p');
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "cow-child",
		.about = "a child writes pages that it shares with its parent: each is copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
