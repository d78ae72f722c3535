// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many threads can there be?  As many as the lowest of several limits lets, and each can be
 * found by what fails, and how.
 *
 * copy_process() counts a new task against its user (RLIMIT_NPROC; not for root) and its control
 * group (pids.max), and against the whole machine (kernel.threads-max, kernel.pid_max); each says
 * EAGAIN, before the task is there.  Threads and processes count alike: they are tasks.  The
 * address space (RLIMIT_AS, or its size, or vm.max_map_count) is another matter: it is mmap(2) of
 * the stack that fails, with ENOMEM, and clone(2) is not even called.
 *
 * The lab sets the first two and the address space's for a child of its own, and lets that make
 * threads until it is stopped.  Limits of the whole machine it leaves alone, and reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_THREADS	200
#define STACK		(1024UL * 1024)
#define BIG_STACK	(64 * STACK)
/* A user that nobody is, so that nothing else counts against it. */
#define USER		1987654321
#define GROUPS		"/sys/fs/cgroup"
#define GROUP		GROUPS "/pcstats-lab"

static unsigned long tasks = 32;

static const struct setting settings[] = {
	{ "tasks", &tasks, 4, MAX_THREADS / 2, "that a limit lets" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-nproc", "RLIMIT_NPROC is not set" },
	{ "not-root", "who is to be root is not" },
	{ "no-cgroup", "the process is not moved to its control group" },
	{ "small-stacks", "the stacks are small, where the address space is limited" },
	{ NULL }
};

/* What a child did; it says so here. */
static struct outcome {
	unsigned long made;
	int mmap_error, create_error;	/* of the one that failed */
} *outcome;

static size_t stack_size;

static void *sleeper(void *unused)
{
	pause();
	return unused;
}

/* Or fail, and say how. */
static bool make_thread(void)
{
	char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	pthread_attr_t attr;
	pthread_t id;

	if (stack == MAP_FAILED) {
		outcome->mmap_error = errno;
		return false;
	}
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, stack_size);
	outcome->create_error = pthread_create(&id, &attr, sleeper, NULL);
	return !outcome->create_error;
}

/* Until something says no; not for ever. */
static void make_threads(const struct child *self)
{
	while (outcome->made < MAX_THREADS && make_thread())
		outcome->made++;
	child_tell(self);
	/* A live row is looked at. */
	child_hear(self);
}

static void limit(int what, unsigned long n)
{
	struct rlimit limit = { n, n };

	if (setrlimit(what, &limit))
		die("setrlimit");
}

static void become_user(void)
{
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER))
		die("setresuid");
	/* Which that has undone. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		die("prctl(PR_SET_PDEATHSIG)");
}

static void under_nproc(const struct child *self)
{
	child_hear(self);
	if (!broken("no-nproc"))
		limit(RLIMIT_NPROC, tasks);
	become_user();
	make_threads(self);
}

static void under_nproc_as_root(const struct child *self)
{
	child_hear(self);
	limit(RLIMIT_NPROC, tasks);
	if (broken("not-root"))
		become_user();
	make_threads(self);
}

static void in_group(const struct child *self)
{
	child_hear(self);
	make_threads(self);
}

/* Bytes of the address space. */
static unsigned long own_size(void)
{
	unsigned long in_pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%lu", &in_pages) != 1)
		die("/proc/self/statm");
	fclose(file);
	return in_pages * page_size();
}

static void under_address_space(const struct child *self)
{
	child_hear(self);
	stack_size = broken("small-stacks") ? STACK : BIG_STACK;
	/* Half a stack is for what else is mapped. */
	limit(RLIMIT_AS, own_size() + tasks * BIG_STACK + BIG_STACK / 2);
	make_threads(self);
}

/*
 * Threads that the child made, and nobody else.  @prepare: what the parent does to it before
 * that, or NULL.
 */
static unsigned long long run_child(void (*run)(const struct child *), void (*prepare)(pid_t pid))
{
	unsigned long long before = job_tally(PCSTATS_threads);
	struct child c;

	*outcome = (struct outcome){ };
	stack_size = STACK;
	c = fork_child(run);
	if (prepare)
		prepare(c.pid);
	child_tell(&c);
	errno = 0;
	if (!child_hear(&c))
		die("the child died");
	child_tell(&c);
	reap(c.pid);
	return job_tally(PCSTATS_threads) - before;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static bool read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	bool done = file && fgets(text, size, file);

	if (file)
		fclose(file);
	return done;
}

static bool enabled;			/* by us */

/* False: there is none to be had. */
static bool make_group(void)
{
	char text[256], number[16];

	/* One that a lab has left that was killed. */
	rmdir(GROUP);
	if (!read_text(GROUPS "/cgroup.controllers", text, sizeof(text)) || !strstr(text, "pids"))
		return false;
	if (!read_text(GROUPS "/cgroup.subtree_control", text, sizeof(text)) ||
	    !strstr(text, "pids"))
		enabled = write_text(GROUPS "/cgroup.subtree_control", "+pids");
	snprintf(number, sizeof(number), "%lu", tasks);
	return !mkdir(GROUP, 0700) && write_text(GROUP "/pids.max", number);
}

static void remove_group(void)
{
	rmdir(GROUP);
	if (enabled)
		write_text(GROUPS "/cgroup.subtree_control", "-pids");
}

static void move_to_group(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	if (!broken("no-cgroup") && !write_text(GROUP "/cgroup.procs", number))
		die("%s", GROUP);
}

/* A limit's rows: threads that there were, what said no, and how. */
struct trial {
	int made, error;
};

static struct trial predict(unsigned long made, int error, const char *call)
{
	struct trial trial;

	trial.made = expect(made, "threads", "made");
	trial.error = expect(error, "", "errno of %s%s%s", call, error ? ": " : "",
			     error ? strerrorname_np(error) : "");
	return trial;
}

/* @error is looked at when all has been @made. */
static void judge(const struct trial *trial, unsigned long long made, const int *error)
{
	measured(trial->made, made);
	measured(trial->error, *error);
}

static double value_of(const char *path)
{
	char text[64];
	double value;

	if (!read_text(path, text, sizeof(text)) || sscanf(text, "%lf", &value) != 1)
		return INFINITY;
	return value;
}

/* Those of this machine; the lowest is the one that is met. */
static void report(void)
{
	static const char *const columns[] = { "tasks" };
	int drawn = series("limits", columns, 1);
	struct rlimit nproc;
	double values[] = {
		value_of("/proc/sys/kernel/threads-max"),
		value_of("/proc/sys/kernel/pid_max"),
		/* A stack and its guard page. */
		value_of("/proc/sys/vm/max_map_count") / 2,
	};

	getrlimit(RLIMIT_NPROC, &nproc);
	series_row(drawn, "kernel.threads-max", &values[0]);
	series_row(drawn, "kernel.pid_max", &values[1]);
	series_row(drawn, "vm.max_map_count / 2", &values[2]);
	if (nproc.rlim_cur != RLIM_INFINITY)
		series_row(drawn, "RLIMIT_NPROC", (double []){ nproc.rlim_cur });
}

static void try_group(const struct trial *group, int event)
{
	char text[64] = "";
	unsigned long stopped = 0;

	if (!make_group()) {
		unjudged(group->made, "no pids controller in " GROUPS);
		unjudged(group->error, "no control group");
		unjudged(event, "no control group");
		remove_group();
		return;
	}
	judge(group, run_child(in_group, move_to_group), &outcome->create_error);
	if (read_text(GROUP "/pids.events", text, sizeof(text)))
		sscanf(text, "max %lu", &stopped);
	measured(event, stopped);
	remove_group();
}

static void run(void)
{
	struct trial user, root, group, space;
	int event;

	if (geteuid())
		skip("it takes root to become another user and to make a control group");
	part("a user's limit stops threads: RLIMIT_NPROC");
	user = predict(tasks - 1, EAGAIN, "clone");
	part("root has no such limit");
	root = predict(MAX_THREADS, 0, "clone");
	part("a control group's limit stops them, root's too: pids.max");
	group = predict(tasks - 1, EAGAIN, "clone");
	event = expect(1, "", "refused, says pids.events");
	part("the address space has room for so many stacks: RLIMIT_AS");
	space = predict(tasks, ENOMEM, "mmap");

	outcome = shared_memory(sizeof(*outcome));
	doing("a user that may have %lu tasks makes threads, then root", tasks);
	judge(&user, run_child(under_nproc, NULL), &outcome->create_error);
	judge(&root, run_child(under_nproc_as_root, NULL), &outcome->create_error);
	doing("a control group that may have %lu", tasks);
	try_group(&group, event);
	doing("an address space for %lu stacks of %lu MiB", tasks, BIG_STACK / STACK);
	judge(&space, run_child(under_address_space, NULL), &outcome->mmap_error);
	report();
}

static const char *const next[] = {
	"kernel/fork.c: copy_process(), is_rlimit_overlimit(); kernel/cgroup/pids.c: "
	"pids_can_fork(); kernel/pid.c: alloc_pid(); mm/mmap.c: may_expand_vm()",
	"getrlimit(2); clone(2), ERRORS; pthread_create(3); cgroups(7); proc(5), threads-max",
	"systemd sets pids.max of a user and a service (TasksMax=): often the one that is met",
	NULL
};

const struct lab lab_limits = {
	.name = "limits",
	.claim = "how many threads there can be is up to a limit, and what fails tells which",
	.prediction = "A process that may have N tasks makes N - 1 threads, being one itself; the "
		"next clone says EAGAIN, and counts for nothing. Root is held by its control group "
		"alone. Where the address space is full it is mmap of the stack that says ENOMEM.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
