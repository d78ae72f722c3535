// SPDX-License-Identifier: GPL-2.0-only
/*
 * A breakpoint of uprobes is a private copy of the file's page: it counts as
 * file for the task that puts it there, and as remote for another's memory.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "cow.h"

#define PAGES 17
#define PROGRAM "/dev/shm/pcstats-uprobe"
#define TRACEFS "/sys/kernel/tracing/"
#define EVENTS TRACEFS "uprobe_events"
#define ENABLE TRACEFS "events/pcstats/enable"

static void write_to(const char *path, const char *text)
{
	int err = file_write(path, text);

	if (err)
		fail("%s: \"%s\": error %d", path, text, err);
}

static void add_probe(const char *name, unsigned long offset)
{
	char probe[100];
	int fd = open(EVENTS, O_WRONLY | O_APPEND | O_CLOEXEC);

	snprintf(probe, sizeof(probe), "p:pcstats/%s " PROGRAM ":%#lx", name,
		 offset);
	if (fd < 0 || write(fd, probe, strlen(probe)) < 0)
		fail_errno(EVENTS);
	close(fd);
}

/* A file of no-operation instructions, with a probe in each page. */
static void make_program(void)
{
	char page[PAGE], name[16];
	int i, fd = open(PROGRAM, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd < 0)
		fail_errno(PROGRAM);
	memset(page, 0x90, sizeof(page));
	for (i = 0; i < PAGES; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			fail_errno(PROGRAM);
	close(fd);
	for (i = 0; i < PAGES; i++) {
		snprintf(name, sizeof(name), "page%d", i);
		add_probe(name, i * PAGE);
	}
}

static void remove_program(void)
{
	write_to(EVENTS, "");
	unlink(PROGRAM);
}

static long do_map_program(long arg)
{
	int fd = open(PROGRAM, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || mmap(NULL, PAGES * PAGE, PROT_READ | PROT_EXEC,
			   MAP_PRIVATE, fd, 0) == MAP_FAILED)
		fail_errno(PROGRAM);
	close(fd);
	return 0;
}

static long do_enable(long on)
{
	write_to(ENABLE, on ? "1" : "0");
	return 0;
}

TEST_F(pcstats, probe_in_running_program)
{
	struct puppet program, tracer;

	if (access(EVENTS, W_OK))
		SKIP(return, "no uprobe events");
	make_program();
	puppet_start(&program);
	puppet_start(&tracer);
	puppet_call(&program, do_map_program, 0);
	EXPECT_COUNTED(puppet_call(&tracer, do_enable, 1),
		       tracer.pid, FILE_COPIED(PAGES),
		       program.pid, REMOTE(PAGES));
	/* The page of the file is put back: nothing is copied. */
	EXPECT_COUNTED(puppet_call(&tracer, do_enable, 0),
		       tracer.pid, NOTHING, program.pid, NOTHING);
	puppet_end(&tracer);
	puppet_end(&program);
	remove_program();
}

static long do_enable_one(long name)
{
	char path[64];

	snprintf(path, sizeof(path), TRACEFS "events/pcstats/%s/enable",
		 (const char *)name);
	write_to(path, "1");
	return 0;
}

/* It makes a copy of its own, though the page is no more the file's. */
TEST_F(pcstats, second_probe_in_page)
{
	struct puppet program, tracer;

	if (access(EVENTS, W_OK))
		SKIP(return, "no uprobe events");
	make_program();
	add_probe("second", 64);
	puppet_start(&program);
	puppet_start(&tracer);
	puppet_call(&program, do_map_program, 0);
	puppet_call(&tracer, do_enable_one, (long)"page0");
	EXPECT_COUNTED(puppet_call(&tracer, do_enable_one, (long)"second"),
		       tracer.pid, FILE_COPIED(1), program.pid, REMOTE(1));
	do_enable(0);
	puppet_end(&tracer);
	puppet_end(&program);
	remove_program();
}

/* Who maps a file that has probes puts them into its own memory. */
TEST_F(pcstats, program_maps_what_has_probes)
{
	struct puppet program;

	if (access(EVENTS, W_OK))
		SKIP(return, "no uprobe events");
	make_program();
	puppet_start(&program);
	do_enable(1);
	EXPECT_COUNTED(puppet_call(&program, do_map_program, 0),
		       program.pid, FILE_COPIED(PAGES), 0, NOTHING);
	do_enable(0);
	puppet_end(&program);
	remove_program();
}

PCSTATS_TEST_MAIN
