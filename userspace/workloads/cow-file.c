// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task writes to a private mapping of a file, N pages that it has read
 * before and M that it has not: each gets a copy of the file's page.  The two
 * take different paths in the kernel and must be counted alike.
 */
#include "workload.h"

static unsigned long mapped = 256, unmapped = 256;

static const struct setting settings[] = {
	{ "read", &mapped, 1, 1 << 16, "pages that are read, then written" },
	{ "unread", &unmapped, 1, 1 << 16, "pages that are written at once" },
	{ NULL }
};

static void subject(void)
{
	char *first = file_region(mapped), *second = file_region(unmapped);
	int writer = role("writer", ROLE_LIVE);

	role_task(writer, getpid());
	predict(writer, PCSTATS_file, mapped + unmapped);
	predict(writer, PCSTATS_bytes, (mapped + unmapped) * page_size());
	predict(writer, PCSTATS_in_file, mapped + unmapped);
	predict_rest_zero(writer, BOTH_TABLES);
	settle();

	window_open();
	read_pages(first, mapped);
	write_pages(first, mapped, 'w');
	write_pages(second, unmapped, 'w');
	window_close();
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "cow-file",
		.about = "a private mapping of a file is written: each page is copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
