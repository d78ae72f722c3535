// SPDX-License-Identifier: GPL-2.0-only
/* Memory of the subject: regions to act on, and everything else settled; its CPU. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "subject.h"

#define MAX_REGIONS	16
#define MAX_MAPPINGS	256
/* More stack than anything here uses. */
#define STACK_ROOM	(256 * 1024)

struct range {
	unsigned long from, to;
};

static struct range regions[MAX_REGIONS];
static int nr_regions;

void pin(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	if (cpu < 0)
		die("sched_getcpu");
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

void base_pages(void)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		die("prctl(PR_SET_THP_DISABLE)");
}

size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static bool in_region(unsigned long at)
{
	int i;

	for (i = 0; i < nr_regions; i++)
		if (at >= regions[i].from && at < regions[i].to)
			return true;
	return false;
}

static void grow_stack(void)
{
	char room[STACK_ROOM];
	size_t i;

	for (i = 0; i < sizeof(room); i += 1024)
		__atomic_store_n(&room[i], 0, __ATOMIC_RELAXED);
}

/* The whole of /proc/self/maps, in memory that was there before. */
static char *own_maps(void)
{
	static char text[64 * 1024];
	size_t len = 0;
	ssize_t got;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("open /proc/self/maps");
	do {
		got = read(fd, text + len, sizeof(text) - 1 - len);
		if (got < 0)
			die("read /proc/self/maps");
		len += got;
	} while (got);
	close(fd);
	errno = 0;
	if (len == sizeof(text) - 1)
		die("/proc/self/maps is too long");
	text[len] = '\0';
	return text;
}

/* Mappings of this process that are private and can be written. */
static int own_mappings(struct range *ranges)
{
	char *line = own_maps(), *at;
	int nr = 0;

	for (; *line; line = strchr(line, '\n') + 1) {
		struct range r;

		r.from = strtoul(line, &at, 16);
		r.to = strtoul(at + 1, &at, 16);
		if (at[2] != 'w' || at[4] != 'p')
			continue;
		if (nr == MAX_MAPPINGS)
			die("too many mappings");
		ranges[nr++] = r;
	}
	return nr;
}

void settle(void)
{
	static struct range ranges[MAX_MAPPINGS];
	size_t page = page_size();
	unsigned long at;
	int nr, i;

	grow_stack();
	nr = own_mappings(ranges);
	for (i = 0; i < nr; i++)
		for (at = ranges[i].from; at < ranges[i].to; at += page)
			if (!in_region(at))
				/* Write what is there, for sure. */
				__atomic_fetch_or((char *)at, 0, __ATOMIC_RELAXED);
}

static char *map_region(unsigned long pages, int flags, int fd)
{
	size_t len = pages * page_size();
	char *at;

	errno = 0;
	if (nr_regions == MAX_REGIONS)
		die("too many regions");
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags, fd, 0);
	if (at == MAP_FAILED)
		die("mmap of %lu pages", pages);
	regions[nr_regions].from = (unsigned long)at;
	regions[nr_regions++].to = (unsigned long)at + len;
	return at;
}

char *region(unsigned long pages)
{
	return map_region(pages, MAP_ANONYMOUS, -1);
}

void region_free(char *at)
{
	struct range *r = regions;

	while (r->from != (unsigned long)at)
		r++;
	if (munmap(at, r->to - r->from))
		die("munmap");
	*r = regions[--nr_regions];
}

char *file_region(unsigned long pages)
{
	size_t len = pages * page_size();
	char *shared, *at;
	int fd = memfd_create("pcstats", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create");
	if (ftruncate(fd, len))
		die("ftruncate of %lu pages", pages);
	shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		die("mmap of %lu pages", pages);
	write_pages(shared, pages, 'f');
	if (munmap(shared, len))
		die("munmap");
	at = map_region(pages, 0, fd);
	close(fd);
	return at;
}

void write_pages(char *at, unsigned long pages, char value)
{
	size_t page = page_size();

	for (; pages; pages--, at += page)
		__atomic_store_n(at, value, __ATOMIC_RELAXED);
}

void read_pages(const char *at, unsigned long pages)
{
	size_t page = page_size();

	for (; pages; pages--, at += page)
		__atomic_load_n(at, __ATOMIC_RELAXED);
}

void check_pages(const char *at, unsigned long pages, char value)
{
	size_t page = page_size();
	unsigned long i;

	errno = 0;
	for (i = 0; i < pages; i++)
		if (at[i * page] != value)
			die("page %lu holds %d, not %d", i, at[i * page], value);
}
