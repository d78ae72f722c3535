// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <stdio.h>

#include "host.h"

double waited_for_cpu(pid_t pid)
{
	unsigned long long waited, all = 0;
	struct dirent *entry;
	char path[64];
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	if (!threads)
		return 0;
	while ((entry = readdir(threads))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, entry->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%*u %llu", &waited) == 1)
			all += waited;
		fclose(f);
	}
	closedir(threads);
	return all / 1e9;
}
