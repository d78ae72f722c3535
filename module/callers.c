// SPDX-License-Identifier: GPL-2.0-only
/*
 * Callers: where the functions lie whose calls are events.
 *
 * Stock kernels differ in what the compiler inlined: wp_page_copy() is a
 * function in 6.1 and a part of do_wp_page() in 6.12.  A name that is not there
 * is taken for inlined into one of the others.  Where none is there, or the
 * call has gone elsewhere still, the events are not seen, which the self-test
 * finds out.
 */
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "source.h"

/* For the tests: as though these had been inlined into their callers. */
#ifdef PCSTATS_TEST_INLINED
#define WP(name) "inlined_" name
#else
#define WP(name) name
#endif

struct pcs_caller pcs_caller_wp_copy = {
	.names = { WP("wp_page_copy"), WP("do_wp_page") },
};

/*
 * Shared mappings come through it, too, and those of a file system with
 * page_mkwrite through finish_mkwrite_fault(), where it is inlined.  6.12-rt has
 * clones of both.
 */
struct pcs_caller pcs_caller_wp_reuse = {
	.names = { WP("wp_page_reuse"), WP("wp_page_reuse.constprop.0"),
		   WP("do_wp_page"), WP("finish_mkwrite_fault"),
		   WP("finish_mkwrite_fault.isra.0") },
};

struct pcs_caller pcs_caller_huge_wp = {
	.names = { "do_huge_pmd_wp_page" },
};

struct pcs_caller pcs_caller_hugetlb_wp = {
	.names = { "hugetlb_wp", ARCH_HUGETLB_WP },
};

struct pcs_caller pcs_caller_fork = {
	.names = { "copy_present_page", "copy_present_ptes", "copy_pte_range",
		   "copy_page_range" },
};

struct pcs_caller pcs_caller_hugetlb_fork = {
	.names = { "hugetlb_install_folio", "hugetlb_install_page",
		   "copy_hugetlb_page_range" },
};

/* The end of do_cow_fault(), for a page of a file that was not mapped. */
struct pcs_caller pcs_caller_file = {
	.names = { "set_pte_range", "do_set_pte", "finish_fault" },
};

struct pcs_caller pcs_caller_uprobe = {
	.names = { "__replace_page", "uprobe_write_opcode" },
};

/* First touch of anonymous memory: most calls, and no event. */
struct pcs_caller pcs_caller_touch = {
	.names = { "do_anonymous_page", "handle_pte_fault", "__handle_mm_fault" },
};

#define x(name) &pcs_caller_##name,
static struct pcs_caller *const callers[] = { PCSTATS_CALLERS(x) };
#undef x

/*
 * A kprobe that is never armed is the exported way to ask; on x86 it stands
 * behind an ENDBR, where ftrace does too.  ftrace_set_filter() would look at
 * the name of every function that there is, which takes a tenth of a second for
 * each hook under emulation.  They go together, for that waits for readers.
 */
#define MAX_PROBES	48

static struct kprobe *probes[MAX_PROBES];
static int nr_probes;

unsigned long pcs_find_function(const char *name, int *err)
{
	struct kprobe *kp;
	int i;

	for (i = 0; i < nr_probes; i++)
		if (!strcmp(probes[i]->symbol_name, name))
			return (unsigned long)probes[i]->addr;

	kp = nr_probes < MAX_PROBES ? kzalloc(sizeof(*kp), GFP_KERNEL) : NULL;
	*err = -ENOMEM;
	if (!kp)
		return 0;
	kp->symbol_name = name;
	kp->flags = KPROBE_FLAG_DISABLED;
	*err = register_kprobe(kp);
	if (*err) {
		kfree(kp);
		return 0;
	}
	probes[nr_probes++] = kp;
	return (unsigned long)kp->addr;
}

void pcs_find_end(void)
{
	unregister_kprobes(probes, nr_probes);
	while (nr_probes)
		kfree(probes[--nr_probes]);
}

/* What follows @addr in its function: sprint_symbol() says NAME+0xAT/0xSIZE. */
static unsigned long size_from(unsigned long addr)
{
	char text[KSYM_SYMBOL_LEN];
	unsigned long at, size;
	const char *plus;

	sprint_symbol(text, addr);
	plus = strrchr(text, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &at, &size) != 2 || at > size)
		return 0;
	return size - at;
}

static int find_caller(struct pcs_caller *caller)
{
	unsigned long addr;
	int i, err, n = 0;

	for (i = 0; i < ARRAY_SIZE(caller->names) && n < PCS_CALLER_PARTS; i++) {
		if (!caller->names[i])
			break;
		addr = pcs_find_function(caller->names[i], &err);
		if (!addr && err == -ENOMEM)
			return err;
		if (!addr)
			continue;
		caller->part[n].start = addr;
		caller->part[n].size = size_from(addr);
		n++;
	}
	return 0;
}

int pcs_callers_find(void)
{
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(callers) && !err; i++)
		err = find_caller(callers[i]);
	return err;
}
