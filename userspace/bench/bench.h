/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to bench, which says what events cost: bench.c measures, events.c brings them
 * about, states.c puts the machine into the states that are compared, tallies.c and states.c
 * see whether what happened was counted, table.c prints.
 */
#ifndef PCSTATS_BENCH_H
#define PCSTATS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define NOISE		0.5	/* percent that rounds may differ by */
#define ROUNDS		2	/* in each state, in turn */
#define WARM_UP		2	/* samples of a round that do not count */
#define SAMPLES		9	/* that do */
#define MAX_EVENTS	24
#define MAX_STATES	16

/* ---- events (events.c, creation.c) ---- */

/* What other tools count. */
enum kind { NOTHING, NEWTASK, EXEC, WP, KINDS };

struct event {
	const char *name;
	unsigned long n;	/* times that act() makes it happen */
	void (*prepare)(void);
	void (*act)(void);	/* what is measured */
	void (*finish)(void);	/* may be NULL */
	/*
	 * Tallies of the cow tables that grow by n (bytes: by n pages); all others stay,
	 * unless the event is one of many (fork).
	 */
	const char *tallies[4];
	bool others;
	enum kind kind;
	bool large;		/* the process has large_memory() */
	double limit;		/* percent that pcstats may add; 0: none was set */
};

extern const struct event events[];
extern const size_t nr_events;

/*
 * Make the memory and the file that the events are about, for this process and those that it
 * makes.
 */
void events_init(void);
void creation_init(void);

/* 256 MiB that are resident, which children have, too, or not. */
void large_memory(bool inherited);

/* Of an event that measures itself: the ticks of act(), and who did it. */
extern struct measured {
	unsigned long long ticks;
	pid_t pid;
} *measured;

/* Events of creation; exec_main() is what their processes execute. */
void fork_exit_wait(void);
void vfork_exec(void);
void spawn(void);
void threads(void);
void execs(void);
#define EXECS	8
#define THREADS	8
int exec_main(char **argv);
#define EXEC_ARG "--exec"

/* ---- results (bench.c) ---- */

/* Of an event; shared with the processes that measure. */
struct row {
	unsigned long least[MAX_STATES][ROUNDS];	/* instructions of a single event */
	unsigned long done[MAX_STATES];		/* how many of event->kind @pid did */
	pid_t pid[MAX_STATES];
	char refused[MAX_STATES][80];
};

extern struct row *rows;

/* Filled, and no copy-on-write for those that inherit it. */
void *shared_memory(size_t size);

/* ---- states (states.c) ---- */

enum { BARE, PCSTATS, JOB, FIRST_TOOL };

/* What somebody can tell who has used the tool. */
enum tells { TALLIES, EVENTS, SUMS, DELAYS };

struct state {
	const char *name;
	unsigned int kinds;	/* that a tool sees, a bit for each */
	enum tells tells;
};

extern const struct state states[];
extern const size_t nr_states;

/* @directory has the tools. */
void states_init(const char *directory);
/* False: that cannot be, and all rows of @state are refused. */
bool state_enter(size_t state);
/* Refuses rows of @state that it did not count. */
void state_leave(size_t state);

/* ---- what pcstats counted (tallies.c) ---- */

void tallies_init(void);
/* Around sample @k, by who measures. */
void tallies_before(size_t state, int k);
void tallies_after(size_t state, int k);
/* Of all samples by @pid, by somebody else: why it is not what the event is, or nothing. */
void tallies_check(const struct event *event, pid_t pid, char *why, size_t size);

/* ---- what is printed (table.c) ---- */

/* Into @csv, too.  Whether all limits are kept. */
bool print_tables(const char *kernel, const char *csv);

/* One line on stderr, errno's text after it if it is set, and exit status 2. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif /* PCSTATS_BENCH_H */
