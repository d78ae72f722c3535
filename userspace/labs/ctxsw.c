// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switching between threads is cheaper than between processes.
 *
 * A switch saves the registers of one task and loads those of another; so far a thread is a task
 * like any other.  If the next task has another address space, context_switch() also calls
 * switch_mm_irqs_off(), which loads its page tables: on x86 a write to CR3.  Without tags for
 * address spaces (PCID, ASID) that write empties the TLB, and each page that is used again has to
 * be looked up in the page tables again; an emulated processor has no such tags.  With tags what
 * was looked up stays, and the difference almost goes.
 *
 * Two tasks pass a turn on by futex(2), on one CPU: who passes it on sleeps until it is back, so
 * that each turn is a switch, and voluntary.  Once they touch nothing else, and once some pages
 * each time.
 */
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parallel.h"
#include "threads.h"

#define ROUNDS		11
#define PLAYERS		2

static unsigned long turns = 300, pages = 64;

static const struct setting settings[] = {
	{ "turns", &turns, 100, 1000000, "that each of the two has in a round" },
	{ "pages", &pages, 1, 4096, "of memory that are touched in each turn" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-fork", "threads in the place of the processes" },
	{ "no-switch", "nobody waits for the turn" },
	{ NULL }
};

static struct table {
	unsigned int turn;		/* whose it is; a futex */
	pid_t pids[PLAYERS];
} *table;

static char *memory;
static unsigned long touched;		/* pages in each turn */

static void wait_for_turn(unsigned int player)
{
	unsigned int turn;

	while ((turn = __atomic_load_n(&table->turn, __ATOMIC_ACQUIRE)) != player)
		syscall(SYS_futex, &table->turn, FUTEX_WAIT, turn, NULL, NULL, 0);
}

static void pass_on(unsigned int player)
{
	__atomic_store_n(&table->turn, (player + 1) % PLAYERS, __ATOMIC_RELEASE);
	syscall(SYS_futex, &table->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void play(unsigned long player)
{
	unsigned long i;

	table->pids[player] = gettid();
	for (i = 0; i < turns; i++) {
		if (!broken("no-switch"))
			wait_for_turn(player);
		read_pages(memory, touched);
		pass_on(player);
	}
}

enum { FEW, MANY, NR_KINDS };		/* pages */

struct side {
	struct rounds times[NR_KINDS];
	double switches;		/* voluntary ones, of all rounds */
	int spaces;			/* address spaces of the last round */
};

static struct side threads, processes;

static void run_kind(struct side *side, enum workers who, int kind)
{
	struct effort effort;

	touched = kind == MANY ? pages : 0;
	table->turn = 0;
	effort = do_work(who, PLAYERS, play);
	add_round(&side->times[kind], effort.time);
	side->switches += effort.switches;
}

static void count_spaces(struct side *side)
{
	unsigned long long first = task_row(table->pids[0]).mm;

	side->spaces = first == task_row(table->pids[1]).mm ? 1 : 2;
}

static void run_round(void)
{
	enum workers others = broken("no-fork") ? THREADS : PROCESSES;
	int kind;

	for (kind = 0; kind < NR_KINDS; kind++) {
		run_kind(&threads, THREADS, kind);
		count_spaces(&threads);
		run_kind(&processes, others, kind);
		count_spaces(&processes);
	}
}

static struct {
	int thread_spaces, thread_switches, process_spaces, process_switches;
	int cheaper, cheaper_touching;
} rows;

static void predict(void)
{
	part("a switch between threads stays in one address space");
	rows.thread_spaces = expect(1, "", "address spaces of two threads");
	rows.thread_switches = expect_between(0.95, 1.1, "", "voluntary switches in each turn");
	part("a switch between processes goes to another");
	rows.process_spaces = expect(2, "", "address spaces of two processes");
	rows.process_switches = expect_between(0.95, 1.1, "", "voluntary switches in each turn");
	part("which makes it dearer");
	rows.cheaper = expect_between(1.02, INFINITY, "times", "as long a turn of processes");
	part("where memory is touched, too");
	rows.cheaper_touching = expect_between(1.02, INFINITY, "times",
					       "as long, with %lu pages", pages);
}

static void judge(void)
{
	const double all = ROUNDS * NR_KINDS * PLAYERS * (double)turns;

	measured(rows.thread_spaces, threads.spaces);
	measured(rows.thread_switches, threads.switches / all);
	measured(rows.process_spaces, processes.spaces);
	measured(rows.process_switches, processes.switches / all);
	measured_ratio(rows.cheaper, &processes.times[FEW], &threads.times[FEW]);
	measured_ratio(rows.cheaper_touching, &processes.times[MANY], &threads.times[MANY]);
}

static void draw(void)
{
	static const char *const columns[] = { "pages", "threads_ns", "processes_ns" };
	int drawn = series("switch", columns, 3), kind;

	for (kind = 0; kind < NR_KINDS; kind++)
		series_row(drawn, kind == FEW ? "nothing" : "memory", (double []){
			   kind == FEW ? 0 : pages,
			   median(&threads.times[kind]) / (PLAYERS * turns),
			   median(&processes.times[kind]) / (PLAYERS * turns) });
}

/* Who is woken does not run before the one who wakes it has gone to sleep. */
static void no_preemption(void)
{
	static const struct sched_param none;

	if (sched_setscheduler(0, SCHED_BATCH, &none))
		die("sched_setscheduler");
}

static void run(void)
{
	int i;

	predict();
	pin();
	no_preemption();
	table = shared_memory(sizeof(*table));
	memory = region(pages);
	write_pages(memory, pages, 'm');
	doing("%d rounds of %lu turns: two threads, two processes", ROUNDS, turns);
	for (i = 0; i < ROUNDS; i++) {
		run_round();
		progress((i + 1.0) / ROUNDS);
	}
	judge();
	draw();
}

static const char *const next[] = {
	"kernel/sched/core.c: context_switch(); arch/x86/mm/tlb.c: switch_mm_irqs_off(), "
	"choose_new_asid()",
	"futex(2); getrusage(2), ru_nvcsw; sched(7), SCHED_BATCH; grep pcid /proc/cpuinfo",
	"pcstats lab create: what making them costs, where the difference is great",
	NULL
};

const struct lab lab_ctxsw = {
	.name = "ctxsw",
	.claim = "switching between threads is cheaper than between processes",
	.prediction = "Each turn that two tasks on one CPU pass on is one voluntary switch. "
		"Between threads the address space stays; between processes the page tables change, "
		"and on a CPU without tags in its TLB all pages have to be looked up again.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
