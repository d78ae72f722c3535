// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching: finds each event source in the running kernel by name, hooks its
 * handler to it, and remembers what could not be had and why.
 *
 * Detaching waits for handlers: unregister_ftrace_function() for the trampoline
 * that a task may still be in (it synchronizes with RCU tasks), and
 * tracepoint_synchronize_unregister() for probes.
 *
 * All functions share one ftrace_ops here, and few in direct.c: each would add a
 * tenth of a second of such waiting to the unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "source.h"

#define x(name) [PCS_SOURCE_##name] = &pcs_source_##name,
struct pcs_source *const pcs_sources[PCS_NR_SOURCES] = { PCSTATS_SOURCES(x) };

#undef x

/* What counters.h calls SRC() and THP(): sources that a tally needs, as bits. */
#define SRC(name) BIT(PCS_SOURCE_##name)
#define THP(name) (IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) ? SRC(name) : 0)
#define x(name, sources, help) [PCS_##name] = sources,
static const unsigned long tally_sources[PCS_NR_TALLIES] = {
	PCSTATS_COUNTERS(x)
};
#undef x
#undef THP
#undef SRC

static unsigned long sources_off;	/* bits as above */

static void turn_off(struct pcs_source *source, const char *reason, int error)
{
	source->reason = reason;
	source->error = error;
	source->ip = 0;
	source->behind = 0;
}

/* ---- tracepoints: their symbols are not exported, but the list is ---- */

static void match_tracepoint(struct tracepoint *tp, void *priv)
{
	struct pcs_source *source = priv;

	if (!strcmp(tp->name, source->name))
		source->tracepoint = tp;
}

static void attach_tracepoint(struct pcs_source *source)
{
	int err;

	for_each_kernel_tracepoint(match_tracepoint, source);
	if (!source->tracepoint) {
		turn_off(source, "no such tracepoint", -ENOENT);
		return;
	}
	err = tracepoint_probe_register(source->tracepoint, source->probe, NULL);
	if (err)
		turn_off(source, "tracepoint refused", err);
}

/* ---- functions ---- */

/*
 * No recursion guard (FTRACE_OPS_FL_RECURSION): a handler calls none of the
 * hooked functions and takes no page fault on user memory.
 */
static void notrace ftrace_entry(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	unsigned long args[5];
	int i;

	for (i = 0; i < ARRAY_SIZE(args); i++)
		args[i] = ftrace_regs_get_argument(fregs, i);
	pcs_handle(ip, parent_ip, args);
}

/* Permanent: else the sysctl kernel.ftrace_enabled could turn it off unsaid. */
static struct ftrace_ops ftrace_ops = {
	.func = ftrace_entry,
	.flags = FTRACE_OPS_FL_PERMANENT,
};
static bool ftrace_registered;

/* -ENOMEM: it may be there. */
static int find_hook(struct pcs_source *source)
{
	unsigned long addr = 0;
	int err = -ENOENT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(source->names) && source->names[i]; i++) {
		addr = pcs_find_function(source->names[i], &err);
		if (addr)
			break;
		if (err == -ENOMEM)
			return err;
	}
	if (!addr) {
		turn_off(source, "no such function", err);
		return 0;
	}
	source->name = source->names[i];
	source->ip = arch_ftrace_ip(addr);
	return 0;
}

/* An ops without a filter would trace every function of the kernel. */
static void attach_ftrace(void)
{
	bool any = false;
	int err, i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		if (!pcs_sources[i]->ip)
			continue;
		err = ftrace_set_filter_ip(&ftrace_ops, pcs_sources[i]->ip, 0, 0);
		if (err)
			turn_off(pcs_sources[i], "not traceable", err);
		any |= !err;
	}
	if (!any)
		return;

	err = register_ftrace_function(&ftrace_ops);
	ftrace_registered = !err;
	for (i = 0; err && i < PCS_NR_SOURCES; i++)
		if (pcs_sources[i]->ip)
			turn_off(pcs_sources[i], "ftrace refused", err);
}

static int attach_functions(void)
{
	const char *mechanism = "direct";
	int i, err;

	err = pcs_callers_find();
	for (i = 0; i < PCS_NR_SOURCES && !err; i++)
		if (!pcs_sources[i]->probe)
			err = find_hook(pcs_sources[i]);
	pcs_find_end();
	if (err)
		return err;
	/* A BPF program may have taken the only place that there is. */
	if (pcs_direct_attach()) {
		mechanism = "ftrace";
		attach_ftrace();
	}
	for (i = 0; i < PCS_NR_SOURCES; i++)
		if (!pcs_sources[i]->probe)
			pcs_sources[i]->mechanism = mechanism;
	return 0;
}

static void detach_functions(void)
{
	pcs_direct_detach();
	if (ftrace_registered)
		unregister_ftrace_function(&ftrace_ops);
	ftrace_registered = false;
	ftrace_free_filter(&ftrace_ops);
}

/* ---- all of them ---- */

int pcs_sources_attach(void)
{
	struct pcs_source *source;
	int i, err;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		pcs_sources[i]->name = pcs_sources[i]->names[0];
		pcs_sources[i]->mechanism =
			pcs_sources[i]->probe ? "tracepoint" : "ftrace";
	}
	/*
	 * The end of a task before its birth: of a task that is recorded the end
	 * is seen.
	 */
	for (i = PCS_NR_SOURCES - 1; i >= 0; i--)
		if (pcs_sources[i]->probe)
			attach_tracepoint(pcs_sources[i]);
	err = attach_functions();
	if (err) {
		pcs_sources_detach();
		return err;
	}

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		source = pcs_sources[i];
		if (!source->reason)
			continue;
		if (source->required) {
			pr_err("cannot load: %s: %s (%d)\n", source->name,
			       source->reason, source->error);
			pcs_sources_detach();
			return source->error;
		}
		sources_off |= BIT(i);
		pr_warn("not watched: %s: %s (%d)\n", source->name,
			source->reason, source->error);
	}
	return 0;
}

void pcs_sources_detach(void)
{
	struct pcs_source *source;
	int i;

	detach_functions();
	for (i = 0; i < PCS_NR_SOURCES; i++) {
		source = pcs_sources[i];
		if (source->probe && !source->reason)
			tracepoint_probe_unregister(source->tracepoint,
						    source->probe, NULL);
	}
	tracepoint_synchronize_unregister();
}

void pcs_source_distrust(struct pcs_source *source, const char *reason)
{
	int i;

	if (source->reason)
		return;
	turn_off(source, reason, -ENODATA);
	pr_warn("not watched: %s: %s\n", source->name, reason);
	for (i = 0; i < PCS_NR_SOURCES; i++)
		if (pcs_sources[i] == source)
			sources_off |= BIT(i);
}

bool pcs_tally_watched(enum pcs_tally_id id)
{
	return !(tally_sources[id] & sources_off);
}

u64 pcs_sources_lost(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++)
		sum += atomic64_read(&pcs_sources[i]->missed);
	return sum;
}
