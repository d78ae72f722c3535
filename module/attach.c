// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching: finds each event source in the running kernel by name, hooks its
 * handler to it, and remembers what could not be had and why.
 *
 * Detaching waits for handlers: unregister_ftrace_function() for the trampoline
 * that a task may still be in (it synchronizes with RCU tasks), and
 * tracepoint_synchronize_unregister() for probes.
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "pcstats.h"

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

/* ---- ftrace ---- */

static void attach_ftrace(struct pcs_source *source)
{
	struct ftrace_ops *ops = &source->ops;
	char name[KSYM_NAME_LEN];
	int err = -EINVAL;
	size_t i;

	/*
	 * An ops without a filter traces every function of the kernel, so none
	 * is registered before a filter was accepted.
	 */
	for (i = 0; i < ARRAY_SIZE(source->names) && source->names[i]; i++) {
		strscpy(name, source->names[i], sizeof(name));
		err = ftrace_set_filter(ops, name, strlen(name), 1);
		if (!err)
			break;
	}
	if (err) {
		/* -EINVAL is what ftrace says of a name that it has not got. */
		turn_off(source, err == -EINVAL ? "no such traceable function" :
			 "ftrace refused the filter", err);
		ftrace_free_filter(ops);
		return;
	}
	source->name = source->names[i];
	err = register_ftrace_function(ops);
	if (err) {
		turn_off(source, "ftrace refused", err);
		ftrace_free_filter(ops);
	}
}

/* ---- all of them ---- */

static void attach(struct pcs_source *source)
{
	source->name = source->names[0];
	if (source->mechanism == PCS_TRACEPOINT)
		attach_tracepoint(source);
	else
		attach_ftrace(source);
}

static void detach(struct pcs_source *source)
{
	if (source->reason || !source->name)
		return;
	if (source->mechanism == PCS_TRACEPOINT) {
		tracepoint_probe_unregister(source->tracepoint, source->probe,
					    NULL);
	} else {
		unregister_ftrace_function(&source->ops);
		ftrace_free_filter(&source->ops);
	}
	source->name = NULL;
}

int pcs_sources_attach(void)
{
	struct pcs_source *source;
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		source = pcs_sources[i];
		attach(source);
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
	int i;

	for (i = PCS_NR_SOURCES - 1; i >= 0; i--)
		detach(pcs_sources[i]);
	tracepoint_synchronize_unregister();
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
