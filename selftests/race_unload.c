// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module goes, and comes back, while tasks are in the middle of what it
 * watches: none returns to code that is no longer there, and each is counted
 * for what it does when there is a module again.
 *
 * Why none can, by the kernel's source (6.1, 6.12).  A task sleeps in a hooked
 * function, never in the hook: that returns before the function begins, handlers
 * do not sleep, and nothing of ours is called when the function returns.  So of
 * tasks that sleep nothing points to us.  A task that was preempted in the hook
 * is waited for: unregister_ftrace_direct() and unregister_ftrace_function() end
 * in ftrace_shutdown(), which calls synchronize_rcu_tasks_rude() and, on
 * preemptible kernels, synchronize_rcu_tasks(): until each task has slept of its
 * own accord, or been in user space.  Probes of tracepoints run with preemption
 * off: tracepoint_synchronize_unregister().  Then nobody calls
 * call_rcu(), irq_work_queue() and queue_work() for us any more, and
 * pcs_stock_exit() waits for what had been queued.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "insmod.h"
#include "makers.h"
#include "pcstats.h"

static const char *module;

FIXTURE(unload) {
	int klog;
};

FIXTURE_SETUP(unload)
{
	frame_pin(0);
	self->klog = klog_open();
}

FIXTURE_TEARDOWN(unload)
{
	if (access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* ---- places to be in, each until let go ---- */

/* What userfaultfd fills when it is told to. */
static char *hole;
static int uffd;

static void hole_begin(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .len = PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	hole = region_map(1, MAP_PRIVATE, -1);
	uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (unsigned long)hole;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) ||
	    ioctl(uffd, UFFDIO_REGISTER, &reg))
		fail_errno("userfaultfd");
}

static void hole_fill(void)
{
	static char page[PAGE] __aligned(4096);
	struct uffdio_copy copy = {
		.dst = (unsigned long)hole,
		.src = (unsigned long)page,
		.len = PAGE,
	};

	if (ioctl(uffd, UFFDIO_COPY, &copy))
		fail_errno("UFFDIO_COPY");
}

/* Who faults on it: a thread, since the hole is in this memory. */
static long do_fault(long arg)
{
	region_write(hole, 1);
	return 0;
}

/* In copy_process(), which puts a number there that is not. */
static long do_clone(long arg)
{
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (unsigned long)hole,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* In execve(2), which reads its arguments there. */
static long do_exec(long arg)
{
	char *const argv[] = { "true", hole, NULL };
	int status;
	pid_t pid;

	pid = vfork();
	if (!pid) {
		execv("/bin/true", argv);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail_errno("waitpid");
	return status;
}

static void reload(void)
{
	int err = module_unload() ? : module_load(module, "");

	if (err)
		fail("unload and load: %d", err);
}

static unsigned long long total(enum pcstats_tally id)
{
	struct pcstats_snapshot snap = snapshot();
	unsigned long long n = snap.total.tally[id];

	pcstats_free(&snap);
	return n;
}

/* Where a thread sleeps in the hole, and what it has yet to do then. */
static const struct place {
	const char *name;
	puppet_fn fn;
	int forks, execs;
} places[] = {
	{ "a page fault", do_fault, 0, 0 },
	{ "copy_process", do_clone, 1, 0 },
	{ "vfork, for a child in execve", do_exec, 0, 1 },
};

/* With @late it is let go when there is no module, else when there is one again. */
static void sleep_and_reload(struct __test_metadata *_metadata,
			     const struct place *place, bool late)
{
	struct uffd_msg msg;
	struct puppet p;

	hole_begin();
	puppet_clone(&p, CLONE_THREAD);
	puppet_post(&p, place->fn, 0);
	ASSERT_EQ(sizeof(msg), read(uffd, &msg, sizeof(msg)));
	reload();
	if (late) {
		ASSERT_EQ(0, module_unload());
		hole_fill();
		EXPECT_EQ(0, puppet_result(&p));
		ASSERT_EQ(0, module_load(module, ""));
	} else {
		EXPECT_EQ(0, total(PCSTATS_forks));
		hole_fill();
		EXPECT_EQ(0, puppet_result(&p));
		EXPECT_EQ(place->forks, total(PCSTATS_forks));
		EXPECT_EQ(place->execs, total(PCSTATS_execs));
		EXPECT_EQ(0, total(PCSTATS_vforks));
	}
	EXPECT_STREQ("", tasks_differ());
	puppet_end(&p);
	close(uffd);
	region_unmap(hole, 1);
}

TEST_F_TIMEOUT(unload, asleep, 20000)
{
	const size_t n = sizeof(places) / sizeof(*places);
	int i, times = rounds(2 * n);

	for (i = 0; i < times; i++) {
		TH_LOG("in %s", places[i % n].name);
		sleep_and_reload(_metadata, &places[i % n], i / n % 2);
	}
}

/* ---- stopped by ptrace ---- */

static void *nothing(void *arg)
{
	return arg;
}

/* Does one of each. */
static void be_traced(void)
{
	static char *const argv[] = { "true", NULL };
	pthread_t id;

	raise(SIGSTOP);
	if (!fork())
		_exit(0);
	if (!vfork())
		_exit(0);
	if (pthread_create(&id, NULL, nothing, NULL) || pthread_join(id, NULL))
		_exit(1);
	while (wait(NULL) > 0)
		;
	execv("/bin/true", argv);
	_exit(1);
}

/* Stop it at each of its events, and reload there. */
static int reload_at_events(void)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
			     PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
	pid_t child = fork(), pid;
	int status, sig, event, seen = 0;

	if (!child)
		be_traced();
	if (waitpid(child, &status, WUNTRACED) != child ||
	    ptrace(PTRACE_SEIZE, child, 0, options) || kill(child, SIGCONT))
		fail_errno("PTRACE_SEIZE");
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (status)
				fail("task %d: status %#x", pid, status);
			continue;
		}
		event = status >> 16;
		if (event && event != PTRACE_EVENT_STOP &&
		    !(seen & 1 << event)) {
			seen |= 1 << event;
			reload();
			if (!has_live_row(pid))
				fail("no row of %d at event %d", pid, event);
		}
		sig = event || WSTOPSIG(status) == SIGSTOP ?
			0 : WSTOPSIG(status);
		if (ptrace(PTRACE_CONT, pid, 0, sig))
			fail_errno("PTRACE_CONT");
	}
	return seen;
}

TEST_F_TIMEOUT(unload, stopped, 20000)
{
	const int all = 1 << PTRACE_EVENT_FORK | 1 << PTRACE_EVENT_VFORK |
			1 << PTRACE_EVENT_CLONE | 1 << PTRACE_EVENT_EXEC |
			1 << PTRACE_EVENT_EXIT;
	int times;

	for (times = rounds(1); times > 0; times--) {
		EXPECT_EQ(all, reload_at_events());
		EXPECT_STREQ("", tasks_differ());
	}
}

/* ---- preempted ---- */

static struct shared {
	atomic_bool stop;
	atomic_ulong entered;
} *shared;

/* For ever in and out of copy_process(), which refuses at once. */
static long do_enter(long cpu)
{
	const struct sched_param param = { 0 };

	frame_pin(cpu);
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		fail_errno("SCHED_IDLE");
	for (; !shared->stop; shared->entered++)
		if (syscall(SYS_clone, CLONE_NEWNS | CLONE_FS, 0, 0, 0, 0) > 0)
			fail("that should have been refused");
	return 0;
}

/* Takes the CPU from it at any point, and keeps it for a while. */
static long do_interrupt(long cpu)
{
	const struct timespec moment = { .tv_nsec = 300000 };
	struct timespec begin, now;

	frame_pin(cpu);
	while (!shared->stop) {
		nanosleep(&moment, NULL);
		clock_gettime(CLOCK_MONOTONIC, &begin);
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - begin.tv_sec) * 1000000000L +
		       now.tv_nsec - begin.tv_nsec < 2000000);
	}
	return 0;
}

/*
 * At any point, though Debian's kernels are voluntary about it; says what they
 * were.  A kernel that has but one way lacks the file.
 */
static void set_preemption(const char *how, char was[16])
{
	const char *const path = "/sys/kernel/debug/sched/preempt";
	char text[64] = "";

	if (access(path, F_OK))
		return;
	/* "none (voluntary) full" */
	file_read(path, text, sizeof(text));
	if (was && (!strchr(text, '(') ||
		    sscanf(strchr(text, '('), "(%15[a-z]", was) != 1))
		fail("%s: %s", path, text);
	if (file_write(path, how))
		fail_errno(path);
}

TEST_F_TIMEOUT(unload, preempted, 20000)
{
	char usual[16] = "";
	struct puppet in, on;
	unsigned long entered;
	int times;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	puppet_start(&in);
	puppet_start(&on);
	set_preemption("full", usual);
	puppet_post(&in, do_enter, 1);
	puppet_post(&on, do_interrupt, 1);
	for (times = rounds(3); times > 0; times--) {
		ASSERT_EQ(0, module_unload());
		/* The new one may come to lie where the old one was. */
		entered = shared->entered;
		while (shared->entered < entered + 2)
			sched_yield();
		ASSERT_EQ(0, module_load(module, ""));
	}
	shared->stop = true;
	EXPECT_EQ(0, puppet_result(&in));
	EXPECT_EQ(0, puppet_result(&on));
	set_preemption(usual, NULL);
	EXPECT_STREQ("", tasks_differ());
	puppet_end(&in);
	puppet_end(&on);
}

/* ---- anywhere ---- */

TEST_F_TIMEOUT(unload, storm, 20000)
{
	int times;

	makers_start(MAKE_ALL | MAKE_WITHOUT_JOB);
	for (times = rounds(3); times > 0; times--) {
		makers_wait();
		ASSERT_EQ(0, module_unload());
		/* What they were in is left, before there is the same again. */
		makers_wait();
		ASSERT_EQ(0, module_load(module, ""));
	}
	makers_wait();
	makers_stop();
	EXPECT_STREQ("", tasks_differ());
	TH_LOG("%lu tasks", makers_made());
}

int main(int argc, char **argv)
{
	frame_begin();
	module = module_path("PCSTATS_MODULE");
	return run_cases(argc, argv);
}
