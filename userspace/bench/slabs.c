// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "slabs.h"

/* See the second line of /proc/slabinfo. */
#define FORMAT	"%63s %*u %*u %lu %*u %lu : tunables %*u %*u %*u : slabdata %*u %lu"

struct cache {
	unsigned long size, pages, slabs;
};

static struct cache find(const char *name)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	struct cache cache = { 0 };
	char line[512], is[64];
	bool found = false;

	if (!file)
		die("/proc/slabinfo");
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, FORMAT, is, &cache.size, &cache.pages, &cache.slabs) == 4 &&
			!strcmp(is, name);
	fclose(file);
	errno = 0;
	if (!found)
		die("no slab cache %s: needs slab_nomerge", name);
	return cache;
}

unsigned long slab_bytes(const char *name)
{
	struct cache cache = find(name);

	return cache.slabs * cache.pages * 4096;
}

/* The last number before @where that says how many bytes something takes. */
static unsigned long number_before(const char *text, const char *where)
{
	static const char *const words[] = { "bytes", "more", "for" };

	while (--where > text) {
		const char *word;
		char *end;

		if (!isdigit((unsigned char)*where) || isdigit((unsigned char)where[-1]))
			continue;
		strtoul(where, &end, 10);
		word = end + strspn(end, " \t\n");
		for (int i = 0; i < 3; i++)
			if (!strncmp(word, words[i], strlen(words[i])))
				return strtoul(where, NULL, 10);
	}
	return 0;
}

bool slabs_check(const char *kernel, const char *abi)
{
	static const char *const names[] = {
		"pcs_record", "pcs_cow", "pcs_map", "pcs_space", "pcs_process",
	};
	static char text[65536];
	FILE *file = fopen(abi, "re");
	const char *where;
	bool good = true;

	if (!file || !fread(text, 1, sizeof(text) - 1, file))
		die("%s", abi);
	fclose(file);
	for (int i = 0; i < 5; i++) {
		char after[32];
		unsigned long said, is = find(names[i]).size;

		snprintf(after, sizeof(after), "%s)", names[i]);
		where = strstr(text, after);
		said = where ? number_before(text, where) : 0;
		printf("%-6s %-22s %8lu bytes  %s\n", kernel, names[i], is,
		       said == is ? "as module/ABI says" : "NOT as module/ABI says");
		good &= said == is;
	}
	return good;
}
