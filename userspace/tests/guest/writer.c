// SPDX-License-Identifier: GPL-2.0-only
/*
 * writer N: a child that shares N + 1 pages with its parent writes to one, says
 * its pid, waits for a byte, writes to the N others, says so and waits for the
 * end of stdin.  Whatever else it has to copy, it has copied with the first one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void round_of(volatile char *at, size_t nr, const char *word)
{
	size_t page = sysconf(_SC_PAGESIZE), i;
	char byte;

	for (i = 0; i < nr; i++)
		at[i * page] = 2;
	if (write(STDOUT_FILENO, word, strlen(word)) < 0 ||
	    read(STDIN_FILENO, &byte, 1) < 0)
		_exit(1);
}

int main(int argc, char **argv)
{
	size_t nr = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	size_t page = sysconf(_SC_PAGESIZE), size = (nr + 1) * page;
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char word[32];

	if (at == MAP_FAILED || madvise(at, size, MADV_NOHUGEPAGE))
		return 1;
	memset(at, 1, size);
	if (fork())
		return wait(NULL) < 0;
	snprintf(word, sizeof(word), "%d\n", (int)getpid());
	round_of(at, 1, word);
	round_of(at + page, nr, "written\n");
	_exit(0);
}
