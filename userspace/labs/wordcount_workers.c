// SPDX-License-Identifier: GPL-2.0-only
/* The text of the lab wordcount, and those who count its words. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "threads.h"
#include "wordcount.h"

/* Eight words, each behind a blank; repeated, it is the text. */
static const char verse[] = " a do cat fork clone thread process creation";
#define VERSE	(sizeof(verse) - 1)

void write_text(char *to)
{
	size_t size = wordcount.pages * page_size(), i;

	for (i = 0; i < size; i++)
		to[i] = verse[i % VERSE];
}

unsigned long nr_words(void)
{
	size_t size = wordcount.pages * page_size(), i;
	unsigned long words = size / VERSE * 8;

	for (i = 0; i < size % VERSE; i++)
		words += verse[i] == ' ';
	return words;
}

static unsigned long count_words(const char *at, const char *end)
{
	unsigned long words = 0;

	for (; at < end; at++)
		words += *at == ' ';
	return words;
}

/* Where the share of a worker begins. */
static size_t share(unsigned long worker)
{
	return wordcount.pages * worker / wordcount.workers * page_size();
}

static size_t share_size(unsigned long worker)
{
	return share(worker + 1) - share(worker);
}

static void count(unsigned long worker, const char *from)
{
	from += share(worker);
	wordcount.results[worker].words = count_words(from, from + share_size(worker));
}

static char *copy_share(unsigned long worker, const char *from)
{
	memcpy(wordcount.room + share(worker), from + share(worker),
	       share_size(worker));
	return wordcount.room;
}

static struct gate gate;

static void *thread(void *arg)
{
	unsigned long worker = (struct result *)arg - wordcount.results;

	count(worker, broken("threads-copy") ? copy_share(worker, wordcount.text) : wordcount.text);
	gate_pass(&gate, false);
	return NULL;
}

void count_by_threads(void)
{
	pthread_t ids[MAX_WORKERS];
	unsigned long i;

	gate_init(&gate);
	for (i = 0; i < wordcount.workers; i++)
		ids[i] = thread_start(thread, &wordcount.results[i]);
	gate_gather(&gate, wordcount.workers);
	add_memory(THREADS, getpid());
	gate_release(&gate);
	for (i = 0; i < wordcount.workers; i++)
		thread_join(ids[i]);
}

/* The worker that is being made, its pipe, and how it gets its share. */
static unsigned long number;
static int pipe_fds[2];
static enum way way_now;

static void receive(unsigned long worker)
{
	char *at = wordcount.room + share(worker);
	char *end = at + share_size(worker);

	while (at < end) {
		ssize_t got = read(pipe_fds[0], at, end - at);

		if (got <= 0)
			die("read from a pipe");
		at += got;
		wordcount.results[worker].received += got;
	}
}

/* What is there already: it takes a write. */
static void update(char *at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i += page_size())
		__atomic_fetch_or(&at[i], 0, __ATOMIC_RELAXED);
}

static const char *get_share(unsigned long worker)
{
	if (way_now == MAPPED && broken("mapped-copy"))
		return copy_share(worker, wordcount.mapped);
	if (way_now == MAPPED)
		return wordcount.mapped;
	if (way_now == SENT && !broken("nothing-sent")) {
		receive(worker);
		return wordcount.room;
	}
	if (way_now == FORKED && broken("forked-write"))
		update(wordcount.text + share(worker), share_size(worker));
	return wordcount.text;
}

static void process(const struct child *self)
{
	unsigned long worker = number;

	child_hear(self);
	count(worker, get_share(worker));
	child_tell(self);
	/* What it holds is looked at. */
	child_hear(self);
}

static void send(int to, const char *at, size_t len)
{
	while (len) {
		ssize_t sent = write(to, at, len);

		if (sent <= 0)
			die("write to a pipe");
		at += sent;
		len -= sent;
	}
}

static struct child children[MAX_WORKERS];
static int pipes[MAX_WORKERS];

void start_processes(enum way way)
{
	way_now = way;
	for (number = 0; number < wordcount.workers; number++) {
		if (pipe(pipe_fds))
			die("pipe");
		children[number] = fork_child(process);
		close(pipe_fds[0]);
		pipes[number] = pipe_fds[1];
	}
}

void let_count(enum way way)
{
	unsigned long i;

	for (i = 0; i < wordcount.workers; i++) {
		child_tell(&children[i]);
		if (way == SENT && !broken("nothing-sent"))
			send(pipes[i], wordcount.text + share(i), share_size(i));
	}
	errno = 0;
	for (i = 0; i < wordcount.workers; i++)
		if (!child_hear(&children[i]))
			die("a worker died");
	add_memory(way, getpid());
	for (i = 0; i < wordcount.workers; i++) {
		add_memory(way, children[i].pid);
		progress((i + 1.0) / wordcount.workers);
	}
}

void end_processes(void)
{
	unsigned long i;

	for (i = 0; i < wordcount.workers; i++) {
		child_tell(&children[i]);
		reap(children[i].pid);
		close(pipes[i]);
	}
}

