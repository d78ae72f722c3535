// SPDX-License-Identifier: GPL-2.0-only
/* Directories of the host that the guest may write to. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "arguments.h"
#include "host.h"

void share(struct options *o, const char *host, const char *guest)
{
	if (o->nr_shares == ARRAY_SIZE(o->shares))
		die("--rw %s: more than %zu directories", host, ARRAY_SIZE(o->shares));
	o->shares[o->nr_shares++] = (struct share){ host, guest };
}

void share_in_place(struct options *o, const char *directory)
{
	char *path = realpath(directory, NULL);
	struct stat s;

	if (!path || stat(path, &s))
		die("--rw %s: %s", directory, strerror(errno));
	if (!S_ISDIR(s.st_mode))
		die("--rw %s: not a directory", directory);
	/* The guest has its own, and there would be nothing left to throw away. */
	if (!strcmp(path, "/"))
		die("--rw /: not for all of the host's files");
	if (access(path, R_OK | W_OK | X_OK))
		die("--rw %s: not writable: %s", directory, strerror(errno));
	share(o, path, path);
}

/*
 * By QEMU as the user who runs us. It never follows a symbolic link nor leaves the directory,
 * whatever the guest asks for.
 */
void add_shares(struct arguments *a, const struct options *o)
{
	for (size_t i = 0; i < o->nr_shares; i++) {
		char *path = quote_commas(o->shares[i].host);

		add_option(a, "-fsdev", "local,id=share%zu,path=%s,security_model=none,multidevs=remap",
			   i, path);
		add_option(a, "-device", "virtio-9p-pci,fsdev=share%zu,mount_tag=" SHARE_TAG "%zu",
			   i, i);
		free(path);
	}
}
