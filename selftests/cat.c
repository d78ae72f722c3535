// SPDX-License-Identifier: GPL-2.0-only
#include "cat.h"

#include <fcntl.h>
#include <unistd.h>

void cat_prepare(struct cat *cat)
{
	if (pipe2(cat->in, O_CLOEXEC) || pipe2(cat->out, O_CLOEXEC))
		fail_errno("pipe");
}

void cat_exec(const struct cat *cat, char *const argv[])
{
	if (dup2(cat->in[0], 0) < 0 || dup2(cat->out[1], 1) < 0)
		fail_errno("dup2");
	execv(argv[0], argv);
	fail_errno(argv[0]);
}

void cat_wait(const struct cat *cat)
{
	char byte = 'x';

	if (write(cat->in[1], &byte, 1) != 1 || read(cat->out[0], &byte, 1) != 1)
		fail("cat does not answer");
}

void cat_close(const struct cat *cat)
{
	close(cat->in[0]);
	close(cat->in[1]);
}
