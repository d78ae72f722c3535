// SPDX-License-Identifier: GPL-2.0-only
/* CPUs, memory and what it is made of. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "host.h"

#define PAGE	  4096
#define HUGE_PAGE (2ULL << 20)
#define SWAP_MIN  65536

uint64_t size_in_bytes(const char *text)
{
	char *suffix;
	uint64_t n = strtoull(text, &suffix, 10);

	switch (*suffix) {
	case 'K':
		return n << 10;
	case 'G':
		return n << 30;
	default:
		return n << 20;
	}
}

/* Memory in whole huge pages; what is left over goes to the last node. */
static void add_nodes(struct arguments *a, const struct options *o)
{
	uint64_t memory = size_in_bytes(o->memory);
	int nodes = atoi(o->nodes), cpus = atoi(o->cpus);
	uint64_t share = memory / nodes & ~(HUGE_PAGE - 1);

	if (!share)
		die("--numa %s: not enough memory for so many nodes", o->nodes);
	for (int i = 0; i < nodes; i++) {
		int first = cpus * i / nodes, end = cpus * (i + 1) / nodes;
		uint64_t size = i + 1 < nodes ? share : memory - share * i;

		add_option(a, "-object", "memory-backend-ram,id=memory%d,size=%llu", i,
			   (unsigned long long)size);
		add(a, "-numa");
		if (first < end)
			add(a, "node,nodeid=%d,memdev=memory%d,cpus=%d-%d", i, i, first, end - 1);
		else
			add(a, "node,nodeid=%d,memdev=memory%d", i, i);
	}
}

/* What mkswap(8) writes: see union swap_header in the kernel's include/linux/swap.h. */
static void write_swap_header(int fd, uint64_t size)
{
	unsigned char page[PAGE] = { 0 };
	uint32_t info[2] = { 1, (uint32_t)(size / PAGE - 1) };	/* version, last page */

	memcpy(page + 1024, info, sizeof(info));
	memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
	if (ftruncate(fd, (off_t)size) || pwrite(fd, page, PAGE, 0) != PAGE)
		die("--swap: %s", strerror(errno));
}

/* A sparse file that nobody else sees, and that goes with QEMU. */
void add_swap(struct arguments *a, const struct options *o)
{
	const char *directory = getenv("TMPDIR");
	uint64_t size = o->swap ? size_in_bytes(o->swap) & -(uint64_t)PAGE : 0;
	char *path;
	int fd;

	if (!o->swap)
		return;
	if (size < SWAP_MIN)
		die("--swap %s: less than 64K", o->swap);

	if (asprintf(&path, "%s/pcstats-swap.XXXXXX", directory ? directory : "/tmp") < 0)
		die("out of memory");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		die("--swap: %s: %s", path, strerror(errno));
	unlink(path);
	free(path);
	write_swap_header(fd, size);
	keep(a, fd);
	add_option(a, "-drive", "if=none,id=swap,format=raw,cache=unsafe,file=/proc/self/fd/%d", fd);
	add_words(a, "-device virtio-blk-pci,drive=swap");
}

void add_shape(struct arguments *a, const struct options *o)
{
	add_option(a, "-smp", "%s", o->cpus);
	add_option(a, "-m", "%s", o->memory);
	if (o->nodes)
		add_nodes(a, o);
}

/* As the kernel's own parameters take it: the number of pages of a size. */
char *hugepages_parameters(const char *text, const char *memory)
{
	char *x;
	unsigned long n = strtoul(text, &x, 10);
	const char *size = *x == 'x' ? x + 1 : "2M";
	char *parameters;

	if (text[0] < '1' || text[0] > '9' || (*x && *x != 'x') ||
	    (strcmp(size, "2M") && strcmp(size, "1G")))
		die("--hugepages %s: not a number of pages, or one followed by x2M or x1G", text);
	if (n >= size_in_bytes(memory) / size_in_bytes(size))
		die("--hugepages %s: more than the memory of %s", text, memory);
	if (asprintf(&parameters, "hugepagesz=%s hugepages=%lu", size, n) < 0)
		die("out of memory");
	return parameters;
}
