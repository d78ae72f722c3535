// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching: finds each event source in the running kernel by name, hooks its
 * handler to it, and remembers what could not be had and why.
 *
 * Detaching waits for handlers: unregister_ftrace_function() for the trampoline
 * that a task may still be in (it synchronizes with RCU tasks), and
 * tracepoint_synchronize_unregister() for probes.
 *
 * All functions share one ftrace_ops, or the one of direct.c: each ops of its
 * own would add a tenth of a second of such waiting to the unload.
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

/* What counters.h calls SRC(): the sources that a tally needs, as bits. */
#define SRC(name) BIT(PCS_SOURCE_##name)
#define x(name, sources, help) [PCS_##name] = sources,
static const unsigned long tally_sources[PCS_NR_TALLIES] = {
	PCSTATS_COUNTERS(x)
};
#undef x
#undef SRC

static unsigned long sources_off;	/* bits as above */

static void turn_off(struct pcs_source *source, const char *reason, int error)
{
	source->reason = reason;
	source->error = error;
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
	/* On PREEMPT_RT the page table lock of the caller does not do this. */
	preempt_disable_notrace();
#define arg(n) ftrace_regs_get_argument(fregs, n)
#define x(name) if (ip == pcs_source_##name.ip)				\
			pcs_handle_##name(parent_ip, arg(0), arg(1), arg(2), \
					  arg(3), arg(4)); else
	PCSTATS_HOOKS(x) { }
#undef x
#undef arg
	preempt_enable_notrace();
}

/* Permanent: else the sysctl kernel.ftrace_enabled could turn it off unsaid. */
static struct ftrace_ops ftrace_ops = {
	.func = ftrace_entry,
	.flags = FTRACE_OPS_FL_PERMANENT,
};
static bool ftrace_registered;

#define x(name) &pcs_source_##name,
static struct pcs_source *const ftrace_hooks[] = { PCSTATS_FTRACE_HOOKS(x) };
static struct pcs_source *const direct_hooks[] = { PCSTATS_DIRECT_HOOKS(x) };

#undef x

static void find_hook(struct pcs_source *source)
{
	unsigned long addr = 0;
	int err = -ENOENT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(source->names) && source->names[i]; i++) {
		addr = pcs_find_function(source->names[i], &err);
		if (addr)
			break;
	}
	if (!addr) {
		turn_off(source, "no such function", err);
		return;
	}
	source->name = source->names[i];
	source->ip = addr;
}

static void filter(struct pcs_source *source)
{
	int err = ftrace_set_filter_ip(&ftrace_ops, source->ip, 0, 0);

	source->mechanism = "ftrace";
	if (err)
		turn_off(source, "not traceable", err);
}

/* An ops without a filter would trace every function of the kernel. */
static void attach_ftrace(struct pcs_source *const *hooks, size_t n)
{
	bool any = false;
	int err = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!hooks[i]->reason)
			filter(hooks[i]);
		any |= !hooks[i]->reason;
	}
	if (!any || ftrace_registered)
		return;

	err = register_ftrace_function(&ftrace_ops);
	ftrace_registered = !err;
	for (i = 0; err && i < n; i++)
		if (!hooks[i]->reason)
			turn_off(hooks[i], "ftrace refused", err);
}

/* A program of BPF may sit there already, in the only place that there is. */
static int attach_direct(void)
{
	bool any = false;
	int err = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(direct_hooks) && !err; i++) {
		if (direct_hooks[i]->reason)
			continue;
		err = pcs_direct_add(direct_hooks[i]->ip);
		direct_hooks[i]->mechanism = "direct";
		any = true;
	}
	if (any && !err)
		err = pcs_direct_attach();
	if (err)
		pcs_direct_detach();
	return err;
}

static void attach_functions(void)
{
	int i;

	pcs_callers_find();
	for (i = 0; i < PCS_NR_SOURCES; i++)
		if (!pcs_sources[i]->probe)
			find_hook(pcs_sources[i]);
	attach_ftrace(ftrace_hooks, ARRAY_SIZE(ftrace_hooks));
	/* What keeps ftrace from starting keeps it from calling us, too. */
	if (!ftrace_registered || attach_direct())
		attach_ftrace(direct_hooks, ARRAY_SIZE(direct_hooks));
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
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		pcs_sources[i]->name = pcs_sources[i]->names[0];
		pcs_sources[i]->mechanism =
			pcs_sources[i]->probe ? "tracepoint" : "ftrace";
	}
	for (i = 0; i < PCS_NR_SOURCES; i++)
		if (pcs_sources[i]->probe)
			attach_tracepoint(pcs_sources[i]);
	attach_functions();

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
