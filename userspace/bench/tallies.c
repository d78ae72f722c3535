// SPDX-License-Identifier: GPL-2.0-only
/* Whether pcstats counted an event as what it is: /proc/pcstats before and after it. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../module/ioctl.h"
#include "../reader.h"
#include "bench.h"

#define TEXT_SIZE	(128 * 1024)

struct text {
	size_t len;
	char bytes[TEXT_SIZE];
};

/*
 * Shared, so that a fork does not make them copy-on-write, and who measures takes no memory
 * for reading them: its address space must be the same in all states.
 */
static struct sample {
	struct text before, after;
} *samples;

void tallies_init(void)
{
	samples = shared_memory((WARM_UP + SAMPLES) * sizeof(*samples));
}

static void read_text(struct text *text, size_t state)
{
	const char *path = state != PCSTATS && state != JOB ? "/proc/self/status" : PCSTATS_PATH;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		die("%s", path);
	text->len = 0;
	errno = 0;
	do {
		got = read(fd, text->bytes + text->len, TEXT_SIZE - text->len);
		if (got < 0 || text->len + got == TEXT_SIZE)
			die("read %s", path);
		text->len += got;
	} while (got);
	close(fd);
}

/*
 * What is written to between the two texts has been written to before, so that it takes no
 * fault there: these texts, and by the first call what the second writes to.
 */
void tallies_before(size_t state, int k)
{
	memset(&samples[k], 0, sizeof(samples[k]));
	read_text(&samples[k].before, state);
}

void tallies_after(size_t state, int k)
{
	read_text(&samples[k].after, state);
}

/* How much tally @i is to grow by: -1 for anything. */
static long long expected(const struct event *event, int i)
{
	const char *name = pcstats_tally_names[i];

	for (size_t k = 0; k < sizeof(event->tallies) / sizeof(event->tallies[0]); k++)
		if (event->tallies[k] && !strcmp(event->tallies[k], name))
			return i == PCSTATS_bytes ? event->n * sysconf(_SC_PAGESIZE) : event->n;
	return event->others ? -1 : 0;
}

static const struct pcstats_task *row_of(struct pcstats_snapshot *snap, const struct text *text,
					 pid_t pid)
{
	const struct pcstats_task *task;
	struct pcstats_error error;

	errno = 0;
	if (pcstats_parse(snap, text->bytes, text->len, &error))
		die("/proc/pcstats: line %lu: %s", error.line, error.reason);
	task = pcstats_find_live(snap, pid);
	if (!task)
		die("/proc/pcstats has no row for the benchmark");
	return task;
}

static void check_sample(const struct event *event, const struct sample *sample, pid_t pid,
			 char *why, size_t size)
{
	struct pcstats_snapshot snaps[2];
	const struct pcstats_task *from = row_of(&snaps[0], &sample->before, pid);
	const struct pcstats_task *to = row_of(&snaps[1], &sample->after, pid);

	for (int i = 0; i < PCSTATS_NR_TALLIES && !*why; i++) {
		long long want = expected(event, i);
		long long got = pcstats_delta(from->tally[i], to->tally[i]);

		if (want < 0 || got == want)
			continue;
		if (got == PCSTATS_DELTA_UNWATCHED)
			snprintf(why, size, "%s is not watched", pcstats_tally_names[i]);
		else
			snprintf(why, size, "%s: %lld, not %lld", pcstats_tally_names[i], got,
				 want);
	}
	pcstats_free(&snaps[0]);
	pcstats_free(&snaps[1]);
}

void tallies_check(const struct event *event, pid_t pid, char *why, size_t size)
{
	for (int k = 0; k < WARM_UP + SAMPLES && !*why; k++)
		check_sample(event, &samples[k], pid, why, size);
	/* A fork that finds more memory in use costs more. */
	malloc_trim(0);
}
