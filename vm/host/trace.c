// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static char *directory;

/* Beside the file, so that nothing has to be copied; and it is whole when it gets its name. */
void prepare_trace(struct options *o)
{
	char *path = strdup(o->trace_file);

	if (!path)
		die("out of memory");
	directory = realpath(dirname(path), NULL);
	if (!directory || access(directory, W_OK | X_OK))
		die("--trace-file %s: %s", o->trace_file, strerror(errno));
	free(path);
	directory = temporary_directory(directory);
	share(o, directory, TRACE_DIRECTORY);
}

void keep_trace(const struct options *o)
{
	char *path;

	if (!directory)
		return;
	if (asprintf(&path, "%s/" TRACE_FILE, directory) < 0)
		die("out of memory");
	if (!rename(path, o->trace_file)) {
		if (!o->quiet)
			fprintf(stderr, "vm: the trace: trace-cmd report %s\n", o->trace_file);
	} else {
		fprintf(stderr, "vm: no trace: %s\n", strerror(errno));
	}
	free(path);
}
