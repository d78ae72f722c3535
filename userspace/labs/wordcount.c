// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing 8 GB to worker processes takes 16 GB, threads take 8: a course counts the
 * words of a large text with four workers, and finds that processes need twice the memory.
 *
 * What doubles is not the process, it is the handing over.  A pool of processes that was
 * there before the text gets each share through a pipe; pipe_read() copies it into pages
 * of the worker's own, while the parent still has the text.  Workers that are forked when
 * the text is there find it: copy_page_range() gave them page tables that lead to the
 * parent's pages, and reading copies none.  A shared mapping does the same for a pool
 * that is older than the text: a fault finds the page in the page cache.
 *
 * Who adds up the resident sets (Rss, as top does) counts a shared page for each process
 * that maps it.  Pss divides it among them; the sum of that is what the text takes.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wordcount.h"
#include "threads.h"

struct wordcount wordcount = { .pages = 512, .workers = 4 };

static const struct setting settings[] = {
	{ "pages", &wordcount.pages, 256, 1 << 16, "pages of text" },
	{ "workers", &wordcount.workers, 1, MAX_WORKERS, "threads, or processes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "threads-copy", "each thread copies its share before it counts" },
	{ "nothing-sent", "the workers with a pipe are forked when the text is there" },
	{ "forked-write", "forked workers write to each page, as reference counts do" },
	{ "mapped-copy", "the workers with a shared mapping copy their share" },
	{ NULL }
};

static const char *const names[] = {
	"threads", "processes, through pipes", "processes, forked with it",
	"processes, shared mapping",
};

static struct {
	int words;			/* the row */
	unsigned long received;		/* bytes */
	unsigned long long pss, rss;	/* kilobytes */
} ways[NR_WAYS];

/* A field of /proc/PID/smaps for the mapping that begins at @at. */
static unsigned long long mapping_kb(pid_t pid, const char *at, const char *field)
{
	unsigned long long kb, sum = 0;
	unsigned long from, to;
	char path[64], line[256];
	bool inside = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from == (unsigned long)at;
		else if (inside && !strncmp(line, field, strlen(field)) &&
			 sscanf(line + strlen(field), ": %llu kB", &kb) == 1)
			sum += kb;
	}
	if (!file || fclose(file))
		die("%s", path);
	return sum;
}

/* What a process holds of the text, and of copies of it. */
void add_memory(enum way way, pid_t pid)
{
	ways[way].pss += mapping_kb(pid, wordcount.text, "Pss");
	ways[way].rss += mapping_kb(pid, wordcount.text, "Rss");
	if (way == MAPPED)
		ways[way].pss += mapping_kb(pid, wordcount.mapped, "Pss");
}

/* A mapping of its own between two pages that cannot be accessed. */
static void make_room(void)
{
	size_t page = page_size();
	char *at = region(2 * wordcount.pages + 2);

	wordcount.text = at + page;
	wordcount.room = wordcount.text + wordcount.pages * page;
	if (mprotect(at, page, PROT_NONE) ||
	    mprotect(wordcount.room + wordcount.pages * page, page, PROT_NONE))
		die("mprotect");
}

static void finish(enum way way)
{
	unsigned long i, words = 0;

	if (way != THREADS)
		end_processes();
	for (i = 0; i < wordcount.workers; i++) {
		words += wordcount.results[i].words;
		ways[way].received += wordcount.results[i].received;
	}
	measured(ways[way].words, words);
	memset(wordcount.results, 0, wordcount.workers * sizeof(*wordcount.results));
}

/* A pool that is older than the text, which is made now. */
static void count_sent(void)
{
	doing("%lu worker processes are sent the words of %lu pages", wordcount.workers,
	      wordcount.pages);
	if (broken("nothing-sent"))
		write_text(wordcount.text);
	start_processes(SENT);
	write_text(wordcount.text);
	let_count(SENT);
	finish(SENT);
}

static void count_threads(void)
{
	doing("%lu threads count them", wordcount.workers);
	write_text(wordcount.text);
	count_by_threads();
	finish(THREADS);
}

static unsigned long long count_forked(void)
{
	unsigned long long before;

	doing("%lu processes that were forked with the text count them", wordcount.workers);
	start_processes(FORKED);
	before = job_tally(PCSTATS_copied);
	let_count(FORKED);
	before = job_tally(PCSTATS_copied) - before;
	finish(FORKED);
	return before;
}

/* There, the text is in the mapping only. */
static void count_mapped(void)
{
	size_t size = wordcount.pages * page_size();

	doing("%lu processes with a shared mapping count them", wordcount.workers);
	wordcount.mapped = shared_memory(size);
	if (madvise(wordcount.text, 2 * size, MADV_DONTNEED))
		die("madvise");
	start_processes(MAPPED);
	write_text(wordcount.mapped);
	let_count(MAPPED);
	finish(MAPPED);
}

static void draw(void)
{
	static const char *const columns[] = { "kilobytes_total", "bytes_through_pipes" };
	int numbers = series("wordcount-memory", columns, 2);
	enum way way;

	for (way = 0; way < NR_WAYS; way++)
		series_row(numbers, names[way],
			   (double[]){ ways[way].pss, ways[way].received });
}

static double times_text(unsigned long long kb)
{
	return kb * 1024.0 / (wordcount.pages * page_size());
}

static int expect_total(enum way way)
{
	/* A share of a page is rounded, and so is each process' sum. */
	return expect_between(0.98, 1, "times", "the text, Pss of all: %s", names[way]);
}

static void run(void)
{
	size_t size = wordcount.pages * page_size();
	int threads, sent, bytes, forked, copied, shared, rss;
	enum way way;

	make_room();
	wordcount.results = shared_memory(MAX_WORKERS * sizeof(*wordcount.results));
	part("threads take the text once");
	threads = expect(1, "times", "the text, Pss of all: %s", names[THREADS]);
	part("processes that are sent it take it twice");
	sent = expect(2, "times", "the text, Pss of all: %s", names[SENT]);
	bytes = expect(size, "bytes", "read from pipes");
	part("processes that inherit it take it twice");
	forked = expect_total(FORKED);
	copied = expect(0, "pages", "copied: %s", names[FORKED]);
	part("processes that map it take it twice");
	shared = expect_total(MAPPED);
	part("what they take is the sum of Rss, which top shows");
	rss = expect(wordcount.workers + 1, "times", "the text, Rss of all: %s", names[FORKED]);
	against(forked);
	against(copied);
	against(shared);
	against(rss);
	part("all ways count the same words");
	for (way = 0; way < NR_WAYS; way++)
		ways[way].words = expect(nr_words(), "words", "%s", names[way]);

	count_sent();
	measured(copied, count_forked());
	count_mapped();
	/* Last: the stacks of threads stay, and would be settled in each process. */
	count_threads();
	measured(threads, times_text(ways[THREADS].pss));
	measured(sent, times_text(ways[SENT].pss));
	measured(bytes, ways[SENT].received);
	measured(forked, times_text(ways[FORKED].pss));
	measured(shared, times_text(ways[MAPPED].pss));
	measured(rss, times_text(ways[FORKED].rss));
	draw();
}

static const char *const next[] = {
	"mm/memory.c: copy_page_range(), copy_present_pte() (6.12: ..._ptes()); fs/pipe.c: pipe_read()",
	"fs/proc/task_mmu.c: smaps_account(), which divides by the number of mappings for Pss",
	"mm/shmem.c: shmem_fault(); mm/filemap.c: filemap_map_pages(); smaps in proc(5), pipe(7)",
	"pcstats lab memory; pcstats lab refcount: who counts references in the text copies it",
	NULL
};

const struct lab lab_wordcount = {
	.name = "wordcount",
	.claim = "handing 8 GB to worker processes takes 16 GB; threads take 8",
	.prediction = "Workers that are sent a text through pipes hold it once more: twice "
		"the text. Threads take it once, and so do processes that were forked when the "
		"text was there, or have it in a shared mapping: nothing is copied. Their Rss, "
		"added up, is many times the text, because shared pages are counted again.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
