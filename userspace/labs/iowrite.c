// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing large text: threads win, a course says, over one thread and over processes.
 *
 * Not by writing to one file.  write() copies the text into the page cache, and the
 * kernel lets one task at a time do that: those who share an open file, and with it the
 * offset, take its f_pos_lock (fdget_pos()), and all who write to the file take the lock
 * of its inode (inode_lock() in generic_file_write_iter(), 6.12's shmem_file_write_iter()).  So
 * nothing is lost and no two writes mix, but several tasks need as long as one: what
 * each writes, waits for what the others write.
 *
 * With a file each they have a lock each; what that gains is in the series, not in the
 * verdict, as it depends on the CPUs and on who else wants memory.  Threads and processes
 * are alike in it: a process that was forked with the text does not copy it to write it,
 * since write() only reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crew.h"
#include "lab.h"
#include "threads.h"

/* One write(); of lines of 64 bytes. */
#define CHUNK	(64 * 1024)
#define LINE	64

static unsigned long chunks = 8, workers = 2, nr_rounds = 5;

static const struct setting settings[] = {
	{ "chunks", &chunks, 1, 1024, "writes of 64 KiB by each worker" },
	{ "workers", &workers, 2, MAX_CREW, "threads, or processes" },
	{ "rounds", &nr_rounds, 1, MAX_ROUNDS, "rounds" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "own-offset", "each process opens the file itself, and begins at its start" },
	{ "text-changed", "the process writes to the text before it writes it out" },
	{ "one-file", "who should have a file of its own has not" },
	{ NULL }
};

enum place { MEMORY, DISK, NR_PLACES };

static const char *const places[] = { "a file in memory", "a file in /tmp" };
static int files[NR_PLACES][MAX_CREW];	/* the first is the one that is shared */

enum way { ALONE, BY_THREADS, BY_PROCESSES, OWN_FILES, NR_WAYS };

static struct rounds rounds[NR_PLACES][NR_WAYS];

static char *text;		/* a share for each worker, in letters of its own */
static double *ends;		/* when each had written it; shared */

/* What the crew does now. */
static enum way way_now;
static enum place place_now;

static size_t share_size(void)
{
	return chunks * CHUNK;
}

static int file_of(unsigned long worker)
{
	bool own = way_now == OWN_FILES && !broken("one-file");

	return files[place_now][own ? worker : 0];
}

/* The same file, with an offset of its own. */
static int open_again(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again < 0)
		die("%s", path);
	return again;
}

static void write_share(int fd, unsigned long worker)
{
	const char *at = text + worker * share_size();
	unsigned long i;

	for (i = 0; i < chunks; i++)
		if (write(fd, at + i * CHUNK, CHUNK) != CHUNK)
			die("write to %s", places[place_now]);
	ends[worker] = now_ns();
}

static void work(unsigned long number)
{
	unsigned long i;
	int fd = file_of(number);

	if (way_now == ALONE) {
		for (i = 0; i < workers; i++)
			write_share(fd, i);
		return;
	}
	if (way_now == BY_PROCESSES && broken("own-offset"))
		fd = open_again(fd);
	write_share(fd, number);
}

static void empty_files(void)
{
	unsigned long i;

	for (i = 0; i < workers; i++) {
		int fd = files[place_now][i];

		if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
			die("ftruncate");
	}
}

static void do_round(enum place place, enum way way)
{
	double begin, end = 0;
	unsigned long i;

	place_now = place;
	way_now = way;
	empty_files();
	begin = run_crew(way == BY_PROCESSES ? PROCESSES : THREADS,
			 way == ALONE ? 1 : workers, NULL, work);
	for (i = 0; i < workers; i++)
		end = fmax(end, ends[i]);
	add_round(&rounds[place][way], end - begin);
}

/* Chunks of the shared file that are just as one of the workers wrote them. */
static unsigned long whole_chunks(enum place place)
{
	static char chunk[CHUNK];
	unsigned long whole = 0, i;
	off_t at;

	for (at = 0; pread(files[place][0], chunk, CHUNK, at) == CHUNK; at += CHUNK)
		for (i = 0; i < workers; i++)
			whole += !memcmp(chunk, text + i * share_size(), CHUNK);
	return whole;
}

/* Files that hold the share of one worker, and nothing else. */
static unsigned long own_files(enum place place)
{
	unsigned long own = 0, i;
	char letter;

	for (i = 0; i < workers; i++)
		own += lseek(files[place][i], 0, SEEK_END) == (off_t)share_size() &&
			pread(files[place][i], &letter, 1, 0) == 1 &&
			letter == text[i * share_size()];
	return own;
}

static void writer(const struct child *self)
{
	child_hear(self);
	if (broken("text-changed"))
		write_pages(text, share_size() / page_size(), '#');
	write_share(files[MEMORY][0], 0);
	child_tell(self);
	child_hear(self);
}

static unsigned long long copied_to_write(void)
{
	struct child c = fork_child(writer);
	unsigned long long before = tally(c.pid, PCSTATS_copied), copied;

	child_tell(&c);
	errno = 0;
	if (!child_hear(&c))
		die("the writer died");
	copied = tally(c.pid, PCSTATS_copied) - before;
	child_tell(&c);
	reap(c.pid);
	return copied;
}

/*
 * Without a name: they are gone when nobody has them open.  What memfd_create() itself
 * returns has no FMODE_ATOMIC_POS, so that its offset is not locked and writes get lost.
 */
static int make_file(enum place place)
{
	char name[] = "/tmp/pcstats-XXXXXX";
	int fd, memfd;

	if (place == MEMORY) {
		memfd = memfd_create("pcstats", MFD_CLOEXEC);
		if (memfd < 0)
			die("memfd_create");
		fd = open_again(memfd);
		close(memfd);
		return fd;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		die("%s", name);
	unlink(name);
	return fd;
}

static void init(void)
{
	size_t size = workers * share_size(), i;
	enum place place;

	for (place = 0; place < NR_PLACES; place++)
		for (i = 0; i < workers; i++)
			files[place][i] = make_file(place);
	ends = shared_memory(MAX_CREW * sizeof(*ends));
	text = region((size + page_size() - 1) / page_size());
	for (i = 0; i < size; i++)
		text[i] = i % LINE == LINE - 1 ? '\n' : 'a' + i / share_size();
}

static int rows_whole[NR_PLACES][NR_WAYS], row_own;

static void write_once(void)
{
	enum place place;
	enum way way;

	for (place = 0; place < NR_PLACES; place++) {
		doing("%lu threads, then processes, write to %s", workers, places[place]);
		for (way = BY_THREADS; way <= BY_PROCESSES; way++) {
			do_round(place, way);
			measured(rows_whole[place][way], whole_chunks(place));
			/* The first time is not counted. */
			rounds[place][way].nr = 0;
		}
	}
	do_round(MEMORY, OWN_FILES);
	rounds[MEMORY][OWN_FILES].nr = 0;
	measured(row_own, own_files(MEMORY));
}

static void take_times(void)
{
	unsigned long round;
	enum place place;
	enum way way;

	doing("one thread, threads, processes, and threads with a file each, in turn");
	for (round = 0; round < nr_rounds; round++) {
		for (place = 0; place < NR_PLACES; place++)
			for (way = 0; way < NR_WAYS; way++)
				do_round(place, way);
		progress((round + 1.0) / nr_rounds);
	}
}

static void draw(void)
{
	static const char *const columns[] = { "threads", "processes", "files_of_their_own" };
	int numbers = series("iowrite", columns, 3);
	enum place place;

	for (place = 0; place < NR_PLACES; place++) {
		double alone = median(&rounds[place][ALONE]);

		series_row(numbers, places[place], (double[]){
			alone / median(&rounds[place][BY_THREADS]),
			alone / median(&rounds[place][BY_PROCESSES]),
			alone / median(&rounds[place][OWN_FILES]),
		});
	}
}

static void predict_whole(enum place place)
{
	rows_whole[place][BY_THREADS] =
		expect(workers * chunks, "writes", "of %lu threads whole in %s", workers,
		       places[place]);
	rows_whole[place][BY_PROCESSES] =
		expect(workers * chunks, "writes", "of %lu processes that inherit it", workers);
}

static void run(void)
{
	int copied, faster[NR_PLACES], than_processes;
	enum place place;

	part("what several write to one open file is all there");
	for (place = 0; place < NR_PLACES; place++)
		predict_whole(place);
	part("a process needs a copy of the text to write it");
	copied = expect(0, "pages", "copied when a forked process writes it out");
	against(copied);
	part("several threads write one file sooner than one thread");
	for (place = 0; place < NR_PLACES; place++) {
		faster[place] = expect_between(0.2, 1.25, "times", "as fast as one: %lu, %s",
					       workers, places[place]);
		against(faster[place]);
	}
	part("threads write one file sooner than processes");
	than_processes = expect_between(0.5, 1.6, "times", "as long by %lu processes", workers);
	against(than_processes);
	part("several threads can have a file each");
	row_own = expect(workers, "files", "that hold what one thread wrote");

	init();
	/* First: the stacks of threads stay, and would be settled in each process. */
	doing("a forked process writes out the text that it inherited");
	measured(copied, copied_to_write());
	write_once();
	take_times();
	for (place = 0; place < NR_PLACES; place++)
		measured_ratio(faster[place], &rounds[place][ALONE], &rounds[place][BY_THREADS]);
	measured_ratio(than_processes, &rounds[MEMORY][BY_PROCESSES],
		       &rounds[MEMORY][BY_THREADS]);
	draw();
}

static const char *const next[] = {
	"fs/file.c: fdget_pos(), f_pos_lock; mm/filemap.c: generic_file_write_iter(), inode_lock()",
	"6.12 mm/shmem.c: shmem_file_write_iter(); mm/filemap.c: generic_perform_write()",
	"write(2), NOTES: one offset for all who share an open file; open(2), O_APPEND; fork(2)",
	"pcstats lab iobound: what threads are good for; pcstats lab cpubound",
	NULL
};

const struct lab lab_iowrite = {
	.name = "iowrite",
	.claim = "writing large text: threads win",
	.prediction = "Nobody wins with one file. Its writers take turns, as the kernel locks it "
		"for each write, so nothing is lost and nothing is gained, by threads or by "
		"processes. No process copies the text in order to write it. Only a file each lets "
		"several write at the same time.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
