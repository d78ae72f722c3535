// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads share data by its address; processes share it through pipes, shared memory
 * and message queues: so courses list the ways, as if they were of one kind.
 *
 * They are of two kinds.  Between threads a message is a pointer: the page tables are
 * the same, so is what it points to.  A shared mapping, inherited or of a memfd whose
 * descriptor is passed over a socket (unix_attach_fds()), comes to the same: other page
 * tables, the same pages; nothing is copied, and both sides see each write.
 *
 * A pipe, a socket, and a message queue share nothing.  pipe_write() copies from the
 * sender into pages of the kernel, pipe_read() from there to the receiver, who holds the
 * message once more: two copies, and the sender waits whenever the 16 pages of the pipe
 * are full.  process_vm_readv() goes from one address space straight into the other: one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipc.h"
#include "threads.h"

/* A smaller message costs little beside the wake-up of its receiver. */
#define LARGE		64

unsigned long message_pages = 128;
static unsigned long nr_messages = 5;

static const struct setting settings[] = {
	{ "pages", &message_pages, 1, 1 << 14, "pages of a message" },
	{ "messages", &nr_messages, 1, MAX_ROUNDS, "messages whose time is taken" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "threads-copy", "the thread copies what the address leads to" },
	{ "private", "the receiver of the memfd maps it privately, and writes" },
	{ "address-sent", "pipe and socket carry the address of the data, not the data" },
	{ NULL }
};

struct talk *talk;

static void receive(const struct channel *from)
{
	const char *at;
	unsigned long i;

	talk->moved = from->receive(&at);
	talk->right = 0;
	for (i = 0; i < message_pages; i++)
		talk->right += at[i * page_size()] == talk->value;
}

static void receiver(const struct child *self)
{
	while (child_hear(self)) {
		receive(channel);
		child_tell(self);
	}
}

static void *receiver_thread(void *unused)
{
	channels[0].tid = gettid();
	put(&from_thread, "ready");
	for (;;) {
		receive(&channels[0]);
		put(&from_thread, "done");
	}
	return unused;
}

static void start_receivers(void)
{
	int i;

	for (i = NR_CHANNELS - 1; i >= 0; i--) {
		channel = &channels[i];
		channel->from = channel->open();
		if (!channel->from || !i)
			continue;
		channel->child = fork_child(receiver);
		channel->pid = channel->child.pid;
		channel->tid = channel->pid;
	}
	channel->pid = getpid();
	thread_start(receiver_thread, NULL);
	take(&from_thread);
}

/* A message to the receiver, which has looked at each page when this returns. */
static void pass(struct channel *to)
{
	bool thread = to == channels;

	errno = 0;
	channel = to;
	if (!thread)
		child_tell(&to->child);
	to->moved = to->send();
	if (thread)
		take(&from_thread);
	else if (!child_hear(&to->child))
		die("the receiver died");
	to->moved += talk->moved;
}

static void make(const struct channel *to)
{
	talk->value = 'a' + (talk->value + 1 - 'a') % 20;
	write_pages(to->from, message_pages, talk->value);
}

/* A field of /proc/PID/task/TID/io; -1: this kernel has none, or we may not. */
static long long io(pid_t pid, pid_t tid, const char *field)
{
	char path[64], text[512];
	const char *found;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/io", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	found = strstr(text, field);
	return found ? atoll(found + strlen(field) + 1) : -1;
}

/* What the sender has written and the receiver has read, by read and write calls. */
static long long bytes(const struct channel *c)
{
	long long out = io(getpid(), getpid(), "wchar:");
	long long in = io(c->pid, c->tid, "rchar:");

	return out < 0 || in < 0 ? -1 : out + in;
}

/* The first message: what the receiver holds for it, and what read and write moved. */
static unsigned long first(struct channel *c)
{
	unsigned long long held;
	long long moved;

	doing("%s: %lu pages", c->name, message_pages);
	make(c);
	held = memory_kb(c->pid, "Anonymous");
	moved = bytes(c);
	pass(c);
	/* The sender tells the receiving process to begin: a byte out, a byte in. */
	if (moved >= 0)
		moved = bytes(c) - moved - (c == channels ? 0 : 2);
	held = memory_kb(c->pid, "Anonymous") - held;
	measured(c->held, held * 1024 / page_size());
	if (!c->counted)
		return talk->right;
	if (moved < 0)
		unjudged(c->bytes, "/proc/PID/io cannot be read");
	else
		measured(c->bytes, moved);
	return talk->right;
}

static void take_times(void)
{
	unsigned long round;
	double begin;
	int i;

	doing("%lu messages by each way in turn", nr_messages);
	for (round = 0; round < nr_messages; round++) {
		for (i = 0; i < NR_CHANNELS; i++) {
			if (!channels[i].from)
				continue;
			make(&channels[i]);
			begin = now_ns();
			pass(&channels[i]);
			add_round(&channels[i].rounds, now_ns() - begin);
		}
		progress((round + 1.0) / nr_messages);
	}
}

static void draw(void)
{
	static const char *const columns[] = { "bytes", "copies", "microseconds" };
	int numbers = series("channels", columns, 3), i;

	for (i = 0; i < NR_CHANNELS; i++) {
		const struct channel *c = &channels[i];

		if (c->from)
			series_row(numbers, c->name, (double[]){
				c->moved, (c->moved / page_size()) / (double)message_pages,
				median(&c->rounds) / 1e3,
			});
	}
}

static void predict(struct channel *c)
{
	unsigned long copy = c->copies ? message_pages : 0;

	c->held = expect(copy, "pages", "held for it by the receiver: %s", c->name);
	if (c->counted)
		c->bytes = expect(2 * copy * page_size(), "bytes",
				  "written and read: %s", c->name);
	/* A claim that it is shared. */
	if (c->copies) {
		against(c->held);
		if (c->counted)
			against(c->bytes);
	}
}

static void init(void)
{
	made = region(message_pages);
	own = region(message_pages);
	talk = shared_memory(sizeof(*talk));
	talk->value = 'a';
	start_receivers();
}

static void send_first(int arrived, int copied)
{
	unsigned long long before = job_tally(PCSTATS_copied);
	unsigned long right = 0;
	int i;

	for (i = 0; i < NR_CHANNELS; i++) {
		if (channels[i].from)
			right += first(&channels[i]);
		else
			unjudged(channels[i].held, "this kernel does not have it");
	}
	measured(arrived, right);
	measured(copied, job_tally(PCSTATS_copied) - before);
}

static void run(void)
{
	unsigned long nr = 0;
	int i, arrived, copied, longer;

	init();
	part("threads share by address");
	predict(&channels[0]);
	part("processes share by a mapping");
	predict(&channels[1]);
	predict(&channels[2]);
	part("processes share through pipes, sockets and message queues");
	for (i = 3; i < NR_CHANNELS; i++)
		predict(&channels[i]);
	part("all that is sent arrives, whatever the way");
	for (i = 0; i < NR_CHANNELS; i++)
		nr += channels[i].from ? message_pages : 0;
	arrived = expect(nr, "pages", "that hold what the sender wrote");
	copied = expect(0, "pages", "copied on write");
	part("what is shared is there sooner than what is copied");
	longer = expect_between(1.2, INFINITY, "times", "as long by pipe as by mapping");

	send_first(arrived, copied);
	take_times();
	if (message_pages < LARGE)
		unjudged(longer, "with less than %d pages the wake-up counts most", LARGE);
	else
		measured_ratio(longer, &channels[3].rounds, &channels[1].rounds);
	draw();
}

static const char *const next[] = {
	"fs/pipe.c: pipe_write(), pipe_read(); net/core/scm.c: scm_fp_copy(), scm_detach_fds()",
	"ipc/mqueue.c: do_mq_timedsend(); mm/process_vm_access.c: process_vm_rw()",
	"mm/shmem.c: shmem_fault(), shmem_get_folio_gfp()",
	"pipe(7), unix(7), mq_overview(7), shm_overview(7), memfd_create(2), process_vm_readv(2)",
	"pcstats lab wordcount: what that means for the memory of a pool of workers",
	NULL
};

const struct lab lab_ipc = {
	.name = "ipc",
	.claim = "threads share by address; "
		"processes through pipes, shared memory, message queues",
	.prediction = "A thread is handed a pointer, a process maps the same pages: neither holds "
		"one page more. By pipe, socket, message queue and process_vm_readv the receiver "
		"gets a copy, and holds each page again. Through a pipe the data is copied twice, "
		"which takes longer.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
