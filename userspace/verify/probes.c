// SPDX-License-Identifier: GPL-2.0-only
/*
 * Witnesses: kprobes, counted inside the kernel by histogram triggers, by task
 * and by the function that calls.  No event is passed through a buffer, so none
 * can be lost; what could not be counted is told by the histograms and by
 * kprobe_profile.
 *
 * Most of the functions are not those that pcstats hooks, and the way to hook
 * them is another, so the two can only agree by being right.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "verify.h"

#define TRACEFS		"/sys/kernel/tracing"
#define GROUP		"pcstats_verify"
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Room for each of MAX_PID tasks and a few callers. */
#define HISTOGRAM_SIZE	"65536"

static const struct probe {
	const char *name;
	const char *functions[2];	/* kernels renamed some */
	const char *call;		/* where it calls this, not at its entry */
	const char *args;
	const char *key;
	const char *filter;
	bool returns;			/* a probe on the return */
	bool optional;			/* older kernels lack the function */
} probes[] = {
	{ "tried", { "__delayacct_wpcopy_start" }, NULL,
	  "caller=$stack0:x64", "common_pid,caller.sym", "" },
	/*
	 * A delay of no time is not counted.  Without a stable TSC, local_clock()
	 * waits at the end of each tick.
	 */
	{ "timed", { "__delayacct_wpcopy_end" }, "_raw_spin_lock_irqsave",
	  "", "common_pid", "" },
	{ "placed", { "folio_add_lru_vma", "lru_cache_add_inactive_or_unevictable" }, NULL,
	  "caller=$stack0:x64", "common_pid,caller.sym", "" },
	{ "placed_hugetlb", { "hugetlb_add_new_anon_rmap", "hugepage_add_new_anon_rmap" }, NULL,
	  "caller=$stack0:x64", "common_pid,caller.sym", "" },
	/* page->mapping: a page that was never mapped is nobody's. */
	{ "freed", { "__folio_put" }, NULL,
	  "caller=$stack0:x64 mapping=+0x18(%di):x64", "common_pid,caller.sym",
	  " if mapping == 0" },
	/* First touch, too, may have to be retried: of a page table entry of 0. */
	{ "prepared", { "__vmf_anon_prepare" }, NULL,
	  "result=$retval:u32 entry=vmf->orig_pte.pte:x64", "common_pid,result",
	  " if result != 0 && entry != 0", true, true },
};

/* What a call of a probed function means: any of these callers. */
static const struct {
	const char *probe, *callers[4];	/* "": whoever */
	enum witness witness;
} meanings[] = {
	/* wp_page_copy() is a part of do_wp_page() in 6.12. */
	{ "tried", { "wp_page_copy", "do_wp_page" }, WITNESS_tried },
	{ "tried", { "hugetlb_wp" }, WITNESS_tried_hugetlb },
	{ "timed", { "" }, WITNESS_timed },
	{ "placed", { "wp_page_copy", "do_wp_page" }, WITNESS_placed },
	{ "placed", { "do_set_pte", "set_pte_range", "finish_fault" },
	  WITNESS_placed_unmapped },
	{ "placed", { "copy_present_page", "copy_present_ptes", "copy_pte_range",
		      "copy_page_range" }, WITNESS_placed_fork },
	{ "placed", { "__replace_page", "uprobe_write_opcode" },
	  WITNESS_placed_uprobe },
	{ "placed_hugetlb", { "hugetlb_wp" }, WITNESS_placed_hugetlb },
	{ "placed_hugetlb", { "copy_hugetlb_page_range", "hugetlb_install_page",
			      "hugetlb_install_folio" }, WITNESS_placed_fork },
	{ "freed", { "wp_page_copy", "do_wp_page" }, WITNESS_not_needed },
	{ "prepared", { "" }, WITNESS_retried },
};

static int define(const struct probe *probe, const char *function)
{
	unsigned int offset = probe->call ? call_offset(function, probe->call) : 0;
	char text[256];

	snprintf(text, sizeof(text), "%s:" GROUP "/%s %s+%u %s",
		 probe->returns ? "r512" : "p", probe->name, function, offset,
		 probe->args);
	return file_write(TRACEFS "/kprobe_events", text);
}

static char *path_of(const struct probe *probe, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), TRACEFS "/events/" GROUP "/%s/%s",
		 probe->name, file);
	return path;
}

static bool present[ARRAY_SIZE(probes)];

static void set_histogram(const struct probe *probe, const char *command)
{
	char text[256];

	snprintf(text, sizeof(text), "hist:keys=%s:size=" HISTOGRAM_SIZE "%s%s",
		 probe->key, command, probe->filter);
	if (file_write(path_of(probe, "trigger"), text))
		die("histogram %s: %s", probe->name, strerror(errno));
}

void probes_begin(void)
{
	const struct probe *probe;
	size_t i, j;

	/* It may be there already. */
	if (mount("tracefs", TRACEFS, "tracefs", 0, NULL) && errno != EBUSY)
		die("tracefs: %s", strerror(errno));
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probe = &probes[i];
		if (probe->call && access("/proc/kcore", R_OK))
			continue;
		for (j = 0; j < ARRAY_SIZE(probe->functions) &&
			    probe->functions[j] && !present[i]; j++)
			present[i] = !define(probe, probe->functions[j]);
		if (!present[i] && !(probe->optional && errno == ENOENT))
			die("kprobe %s: %s", probe->name, strerror(errno));
		if (!present[i])
			continue;
		set_histogram(probe, "");
	}
}

bool probes_can_time(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].call && !present[i])
			return false;
	return true;
}

void probes_clear(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (present[i])
			set_histogram(&probes[i], ":clear");
}

static void count(const struct probe *probe, unsigned long pid,
		  const char *caller, unsigned long long hits)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(meanings); i++) {
		if (strcmp(meanings[i].probe, probe->name))
			continue;
		for (j = 0; j < ARRAY_SIZE(meanings[i].callers); j++) {
			if (!meanings[i].callers[j] ||
			    strcmp(meanings[i].callers[j], caller))
				continue;
			task_of(pid)->witness[meanings[i].witness] += hits;
			return;
		}
	}
	if (!strcmp(probe->name, "tried"))
		die("unknown attempt to copy, from %s", caller);
}

static void read_histogram(const struct probe *probe)
{
	FILE *file = fopen(path_of(probe, "hist"), "re");
	unsigned long long hits, dropped = 1;
	char *line = NULL, *hitcount, caller[64];
	unsigned long pid;
	size_t size = 0;

	if (!file)
		die("histogram %s: %s", probe->name, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		if (sscanf(line, " Dropped: %llu", &dropped) == 1 || line[0] != '{')
			continue;
		hitcount = strstr(line, "} hitcount:");
		if (!hitcount || sscanf(hitcount, "} hitcount: %llu", &hits) != 1 ||
		    sscanf(line, "{ common_pid: %lu", &pid) != 1)
			die("histogram %s: cannot read %s", probe->name, line);
		if (sscanf(line, "%*[^[][%*[0-9a-f]] %63s", caller) != 1)
			caller[0] = '\0';
		count(probe, pid, caller, hits);
	}
	fclose(file);
	free(line);
	if (dropped)
		die("histogram %s: %llu events dropped", probe->name, dropped);
}

/* Lines of a name, hits, and events missed. */
static void check_missed(void)
{
	FILE *file = fopen(TRACEFS "/kprobe_profile", "re");
	unsigned long long missed;
	char name[64];

	if (!file)
		die("kprobe_profile: %s", strerror(errno));
	while (fscanf(file, "%63s %*u %llu", name, &missed) == 2)
		if (missed)
			die("kprobe %s: %llu events missed", name, missed);
	fclose(file);
}

void probes_end(void)
{
	size_t i;

	check_missed();
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (present[i])
			read_histogram(&probes[i]);
}
