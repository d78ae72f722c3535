// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two sides of a fork, which write to known numbers of pages.  A command is a
 * letter and a number, in a line of stdin; each is answered by a line with the
 * pid of the child when it is done.
 *
 *   f   make a child, which stays
 *   pN  the parent writes to the next N pages of a private anonymous mapping
 *   cN  the child writes to the next N pages, of its other end
 *   oN  the child writes to the first N pages, those that the parent writes to
 *   hN  the child writes to the next N pages of the heap
 *   e   the child calls execve: cat, of what it is told
 *   x   the child exits
 *
 * All pages are resident before the first command.  A command with the number 0
 * copies the pages of stack and data that such commands write to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES		400
#define PAGE_SIZE	4096

struct side {
	int to, from;
	pid_t pid;
	size_t written, heap_written;
	char *region, *heap;
};

static void write_pages(char *at, size_t nr)
{
	for (; nr; nr--, at += PAGE_SIZE)
		__atomic_fetch_add(at, 1, __ATOMIC_RELAXED);
}

/* Unbuffered: a line, or the end. */
static int read_line(int fd, char *line, size_t size)
{
	size_t len = 0;

	while (len < size - 1 && read(fd, line + len, 1) == 1)
		if (line[len++] == '\n')
			break;
	line[len] = '\0';
	return len;
}

static void obey(struct side *s, const char *line)
{
	size_t nr = strtoul(line + 1, NULL, 10);

	switch (line[0]) {
	case 'p':
		write_pages(s->region + s->written * PAGE_SIZE, nr);
		s->written += nr;
		break;
	case 'c':
		s->written += nr;
		write_pages(s->region + (PAGES - s->written) * PAGE_SIZE, nr);
		break;
	case 'o':
		write_pages(s->region, nr);
		break;
	case 'h':
		write_pages(s->heap + s->heap_written * PAGE_SIZE, nr);
		s->heap_written += nr;
		break;
	case 'e':
		if (write(s->from, "\n", 1) != 1)
			_exit(1);
		dup2(s->to, 0);
		execl("/bin/cat", "cat", NULL);
		_exit(1);
	case 'x':
		_exit(0);
	}
}

static void child(struct side *s)
{
	char line[32];

	while (read_line(s->to, line, sizeof(line))) {
		obey(s, line);
		if (write(s->from, "\n", 1) != 1)
			break;
	}
	_exit(0);
}

static void make_child(struct side *s)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		exit(1);
	s->written = s->heap_written = 0;
	s->to = to[0];
	s->from = from[1];
	s->pid = fork();
	if (s->pid < 0)
		exit(1);
	if (!s->pid) {
		close(to[1]);
		close(from[0]);
		child(s);
	}
	close(to[0]);
	close(from[1]);
	s->to = to[1];
	s->from = from[0];
}

static void have_child(struct side *s, const char *line)
{
	char answer[2];

	if (write(s->to, line, strlen(line)) < 0)
		exit(1);
	if (line[0] != 'x') {
		if (read(s->from, answer, 1) != 1)
			exit(1);
		return;
	}
	close(s->to);
	close(s->from);
	if (waitpid(s->pid, NULL, 0) != s->pid)
		exit(1);
}

int main(void)
{
	struct side s = { };
	char line[32];

	s.region = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s.heap = sbrk(PAGES * PAGE_SIZE);
	if (s.region == MAP_FAILED || s.heap == (void *)-1)
		return 1;
	write_pages(s.region, PAGES);
	write_pages(s.heap, PAGES);
	while (read_line(0, line, sizeof(line))) {
		if (line[0] == 'f')
			make_child(&s);
		else if (line[0] == 'p')
			obey(&s, line);
		else
			have_child(&s, line);
		if (dprintf(1, "%d\n", s.pid) < 0)
			return 1;
	}
	return 0;
}
