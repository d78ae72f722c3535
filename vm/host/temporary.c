// SPDX-License-Identifier: GPL-2.0-only
/* Directories that go when we do. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

static char *directories[4];
static size_t count;

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

static void remove_all(void)
{
	while (count)
		nftw(directories[--count], remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

char *temporary_directory(const char *parent)
{
	char *path;

	if (count == ARRAY_SIZE(directories))
		die("too many temporary directories");
	if (asprintf(&path, "%s/.pcstats.XXXXXX", parent) < 0)
		die("out of memory");
	if (!mkdtemp(path))
		die("%s: %s", path, strerror(errno));
	if (!count)
		atexit(remove_all);
	return directories[count++] = path;
}
