/* SPDX-License-Identifier: GPL-2.0-only */
/* Results in the Test Anything Protocol, and texts to parse. */
#ifndef PCSTATS_TAP_H
#define PCSTATS_TAP_H

#include "../reader.h"

#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* One result; @format names the claim.  Returns @good. */
__printf(2, 3) bool ok(bool good, const char *format, ...);
/* One result: @got must be @want; both are shown when it is not. */
__printf(3, 4) bool is(unsigned long long got, unsigned long long want,
		       const char *format, ...);
__printf(3, 4) bool is_text(const char *got, const char *want,
			    const char *format, ...);
/* The plan, last; returns the exit status of main(). */
int tap_end(void);

#define COLUMN(name, sources, help) " " #name
#define ZERO(name, sources, help) " 0"

/* A text's fixed lines, and rows whose tallies are all 0. */
#define VERSION		"pcstats 1\n"
#define TASK_COLUMNS	"# task pid tgid ppid state mm" \
			PCSTATS_TASK_COUNTERS(COLUMN) " comm\n"
#define MM_COLUMNS	"# mm id users tasks procs files fs sighand comm\n"
#define COW_COLUMNS	"# cow pid tgid state" \
			PCSTATS_COW_COUNTERS(COLUMN) " comm\n"
#define TASK_ROW(id, comm) \
	"task " id PCSTATS_TASK_COUNTERS(ZERO) " " comm "\n"
#define COW_ROW(id, comm) "cow " id PCSTATS_COW_COUNTERS(ZERO) " " comm "\n"
/* A whole text with these rows; of the SHORT one a row has two tallies. */
#define TEXT(tasks, cows) \
	(VERSION TASK_COLUMNS tasks MM_COLUMNS COW_COLUMNS cows)
#define FORKS_COLUMNS	"# task pid tgid ppid state mm forks execs comm\n"
#define FORKS_ROW(id, forks, execs, comm) \
	"task " id " " forks " " execs " " comm "\n"
#define COPIED_COLUMNS	"# cow pid tgid state copied file comm\n"
#define COPIED_ROW(id, copied, file, comm) \
	"cow " id " " copied " " file " " comm "\n"
#define SHORT_TEXT(tasks, cows) \
	(VERSION FORKS_COLUMNS tasks MM_COLUMNS COPIED_COLUMNS cows)

/*
 * Parse, with the text's last byte right before an unmapped page, so that
 * reading past it is the end of the test.
 */
int parse_len(struct pcstats_snapshot *snap, const char *text, size_t len,
	      struct pcstats_error *err);
int parse(struct pcstats_snapshot *snap, const char *text,
	  struct pcstats_error *err);
/* One result: the text is refused with @error, in line @line, with a reason. */
void refuses(const char *text, int error, unsigned long line, const char *claim);
/* One result: the text is taken; die if not, since what follows needs it. */
void takes(struct pcstats_snapshot *snap, const char *text, const char *claim);

/* A whole file, terminated; exits if it cannot be read.  To be freed. */
char *load(const char *dir, const char *name, size_t *len);

#endif /* PCSTATS_TAP_H */
