// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copied page counts for the region that it lies in: heap, stack, data of the
 * program, another anonymous mapping.
 *
 * These mappings are the puppets' own as well.  They are left unsettled, and
 * what a call needs of them has faulted in the same call before.
 */
#include "cow.h"

#define PAGES 256

static char data[(PAGES + 1) * PAGE] = { 1 };

/* The first whole page in @p. */
static char *page_in(char *p)
{
	return (char *)(((unsigned long)p + PAGE - 1) & -PAGE);
}

static pid_t family_of(struct puppet *parent, char *pages)
{
	pid_t child;

	region = pages;
	region_write(region, PAGES);
	leave_unsettled(region);
	puppet_start(parent);
	puppet_call(parent, do_write, PAGES);
	child = inner_start(parent, SIGCHLD);
	puppet_call(parent, do_write, 0);
	inner_call(parent, do_write, 0);
	return child;
}

TEST_F(pcstats, heap)
{
	char *heap = sbrk((PAGES + 1) * PAGE);
	struct puppet parent;
	pid_t child;

	ASSERT_NE((void *)-1, heap);
	child = family_of(&parent, page_in(heap));
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, COPIED_AS(PAGES, why_mapped, in_heap),
		       parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, stack)
{
	char on_stack[(PAGES + 1) * PAGE];
	struct puppet parent;
	pid_t child;

	child = family_of(&parent, page_in(on_stack));
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, COPIED_AS(PAGES, why_mapped, in_stack),
		       parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, program_data)
{
	struct puppet parent;
	pid_t child;

	child = family_of(&parent, page_in(data));
	EXPECT_COUNTED(inner_call(&parent, do_write, PAGES),
		       child, COPIED_AS(PAGES, why_mapped, in_file),
		       parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
