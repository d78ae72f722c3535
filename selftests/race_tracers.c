// SPDX-License-Identifier: GPL-2.0-only
/*
 * Others trace the functions that pcstats is called by, those that it calls, and
 * pcstats itself, and samples are taken by interrupts in all of it, on and off
 * while tasks are made: nothing is lost, nothing counted twice.
 *
 * QEMU emulates no counter that raises an NMI; what runs in one here is the
 * software clock's handler, from the timer's interrupt, which walks the stack
 * of the user as an NMI's would.
 */
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "cow.h"
#include "crowd.h"
#include "job.h"
#include "makers.h"
#include "pcstats.h"

#define TRACING "/sys/kernel/tracing/"
#define PAGES 64
#define TRIAL 5

static int cpus;

/* ---- tracers, each of which is on or off; -ENOENT: this kernel has it not ---- */

/* To open a list so is to empty it. */
static void empty(const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		fail_errno(path);
	close(fd);
}

/*
 * Of our own functions and of those that call us.
 */
static int current_tracer(const char *name, bool on)
{
	static const char *const traced[] = {
		":mod:pcstats", "copy_process", "ptep_clear_flush",
		"ptep_set_access_flags", "release_task", "do_exit",
	};
	const char *const filter = TRACING "set_ftrace_filter";
	size_t i;
	int err;

	err = file_write(TRACING "current_tracer", "nop");
	empty(filter);
	for (i = 0; on && !err && i < sizeof(traced) / sizeof(*traced); i++)
		err = file_write(filter, traced[i]);
	if (on && !err)
		err = file_write(TRACING "current_tracer", name);
	return err;
}

static int function(bool on)
{
	return current_tracer("function", on);
}

static int function_graph(bool on)
{
	return current_tracer("function_graph", on);
}

/* And all there are, which is for the long form. */
static int every_function(bool on)
{
	int err = file_write(TRACING "current_tracer", "nop");

	empty(TRACING "set_ftrace_filter");
	return on && !err ? file_write(TRACING "current_tracer", "function") :
			    err;
}

/* Functions that call us. */
static const char *const watched[] = {
	"copy_process", "ptep_clear_flush", "ptep_set_access_flags",
};

/* Ours, down to what runs with all locks held that there are. */
static const char *const own[] = {
	"pcs_direct_call", "pcs_handle_clear_flush", "pcs_record_born",
	"pcs_record_exit", "pcs_record_free", "pcs_fork_shared",
	"pcs_history_push", "pcs_stock_take", "pcs_stock_give", "pcs_cow_make",
	"pcs_event_copied",
};

static int write_probe(const char *type, const char *name, const char *place)
{
	char text[128];
	int fd = open(TRACING "kprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	int len, err;

	if (fd < 0)
		return -errno;
	len = snprintf(text, sizeof(text), "%s:race/%s_%s %s", type, type, name,
		       place);
	err = write(fd, text, len) == len ? 0 : -errno;
	close(fd);
	return err;
}

static int probes(const char *const *names, size_t n, const char *type, bool on)
{
	const char *const enable = TRACING "events/race/enable";
	int made = 0, err;
	size_t i;

	if (!on) {
		err = file_write(enable, "0");
		empty(TRACING "kprobe_events");
		return err;
	}
	for (i = 0; i < n; i++)
		made += !write_probe(type, names[i], names[i]);
	return made ? file_write(enable, "1") : -ENOENT;
}

#define PROBES(names, type, on) \
	probes(names, sizeof(names) / sizeof(*(names)), type, on)

static int kprobes_there(bool on)
{
	return PROBES(watched, "p", on);
}

static int kretprobes_there(bool on)
{
	return PROBES(watched, "r", on);
}

static int kprobes_here(bool on)
{
	return PROBES(own, "p", on);
}

static int kretprobes_here(bool on)
{
	return PROBES(own, "r", on);
}

/* Samples on each CPU, with the stacks of kernel and user. */
static int samples(bool on)
{
	static int fds[64];
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 200000,	/* ns */
		.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			       PERF_SAMPLE_CALLCHAIN,
	};
	int cpu;

	for (cpu = 0; cpu < cpus; cpu++) {
		if (!on) {
			close(fds[cpu]);
			continue;
		}
		fds[cpu] = syscall(SYS_perf_event_open, &attr, -1, cpu, -1,
				   PERF_FLAG_FD_CLOEXEC);
		if (fds[cpu] < 0)
			return -errno;
		/* Without a buffer no stack is walked. */
		if (mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fds[cpu], 0) == MAP_FAILED)
			fail_errno("mmap of samples");
	}
	return 0;
}

static const struct tracer {
	const char *name;
	int (*set)(bool on);
} tracers[] = {
	{ "function", function },
	{ "function_graph", function_graph },
	{ "kprobes there", kprobes_there },
	{ "kretprobes there", kretprobes_there },
	{ "kprobes here", kprobes_here },
	{ "kretprobes here", kretprobes_here },
	{ "samples", samples },
	{ "every function", every_function },
};

#define FEW (sizeof(tracers) / sizeof(*tracers) - 1)

/* ---- under them ---- */

/* Pages that a child copies, whatever is on: just these. */
static const char *copies_miscounted(void)
{
	struct pcstats_task before, after;
	struct puppet parent;
	pid_t child;
	const char *text;

	puppet_start(&parent);
	puppet_call(&parent, do_write, PAGES);
	child = inner_start(&parent, SIGCHLD);
	before = task_row(child);
	inner_call(&parent, do_write, PAGES);
	after = task_row(child);
	text = all_tallies(&before, &after, COPIED(PAGES));
	inner_end(&parent);
	puppet_end(&parent);
	return text;
}

/* And pages that are copied all the time, each round as many. */
static struct copies {
	atomic_bool stop;
	atomic_ulong rounds;
} *copies;

static long do_copies(long times)
{
	for (; times && !copies->stop; times--) {
		crowd_copy();
		copies->rounds++;
	}
	return 0;
}

/* What they count, whoever comes first. */
static unsigned long long written(int job)
{
	const struct pcstats_job now = job_read(job);

	return now.tally[PCSTATS_copied] + now.tally[PCSTATS_reused];
}

TEST_F_TIMEOUT(pcstats, on_and_off, 20000)
{
	const size_t n = sizeof(tracers) / sizeof(*tracers);
	bool had[sizeof(tracers) / sizeof(*tracers)] = { 0 };
	unsigned long long begin, each;
	int i, err, times = rounds(FEW), job = job_open();
	unsigned long done;
	struct puppet copier;
	long long unseen;

	cpus = sysconf(_SC_NPROCESSORS_ONLN);
	region = region_map(PAGES, MAP_PRIVATE, -1);
	copies = mmap(NULL, sizeof(*copies), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, copies);
	puppet_start(&copier);
	ASSERT_EQ(0, job_add(job, copier.pid));
	puppet_call(&copier, do_copies, 3);
	begin = written(job);
	puppet_call(&copier, do_copies, TRIAL);
	each = (written(job) - begin) / TRIAL;
	EXPECT_EQ(each * TRIAL, written(job) - begin);
	begin = written(job);
	done = copies->rounds;

	unseen = births_unseen();
	puppet_post(&copier, do_copies, -1);
	makers_start(MAKE_CALLS | MAKE_EXECS);
	for (i = 0; i < times; i++) {
		const struct tracer *tracer = &tracers[i % n];

		err = tracer->set(true);
		if (err == -ENOENT || err == -EINVAL)
			continue;
		ASSERT_EQ(0, err) TH_LOG("%s", tracer->name);
		had[i % n] = true;
		makers_wait();
		EXPECT_STREQ("", copies_miscounted())
			TH_LOG("%s", tracer->name);
		ASSERT_EQ(0, tracer->set(false)) TH_LOG("%s", tracer->name);
	}
	copies->stop = true;
	puppet_result(&copier);
	makers_stop();
	EXPECT_EQ((copies->rounds - done) * each, written(job) - begin);
	EXPECT_STREQ("", makers_miscounted());
	EXPECT_STREQ("", tasks_differ());
	EXPECT_EQ(unseen, births_unseen());
	for (i = 0; i < times && i < (int)n; i++)
		TH_LOG("%s: %s", tracers[i].name,
		       had[i] ? "done" : "this kernel has it not");
	TH_LOG("%lu tasks, %lu rounds of copies", makers_made(), copies->rounds);
	puppet_end(&copier);
	close(job);
}

PCSTATS_TEST_MAIN
