// SPDX-License-Identifier: GPL-2.0-only
/*
 * For waiting on the network threads are as good as processes, and cheaper.
 *
 * A request is on its way, and its thread sleeps: in tcp_recvmsg() until the answer is
 * there, sk_wait_data().  The scheduler does not care to whose address space a sleeping
 * task belongs, so N threads have N requests under way, as N processes have, and both
 * are N times as fast, on one CPU too.
 *
 * What differs is the price.  clone() with CLONE_VM takes a reference to the address
 * space, and a stack; a fork copies the page tables of all that the parent has resident
 * (copy_page_range()), and both sides copy pages afterwards, whenever they write.
 *
 * The server here is a process of its own with one thread, which poll() wakes for each
 * connection: to wait for many at once needs neither threads nor processes.
 */
#include <stdio.h>
#include <unistd.h>

#include "crew.h"
#include "iobound.h"
#include "threads.h"

static const unsigned long counts[] = { 2, 4, MAX_CLIENTS };
#define NR_COUNTS	3

struct iobound iobound = { .ms = 20 };
static unsigned long requests = 16, pages = 1024, nr_rounds = 3;

static const struct setting settings[] = {
	{ "requests", &requests, MAX_CLIENTS, 1000, "requests" },
	{ "ms", &iobound.ms, 1, 1000, "milliseconds until the server answers" },
	{ "pages", &pages, 1, 1 << 16, "pages that the clients' program has in memory" },
	{ "rounds", &nr_rounds, 1, MAX_ROUNDS, "rounds" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "serial-server", "the server answers one request after the other" },
	{ "lock", "who waits holds a lock that all of them need" },
	{ "threads-fork", "the threads are forked processes" },
	{ NULL }
};

static __thread int fd;			/* of each client */

static void connect_server(void)
{
	int yes = 1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&iobound.address,
			      sizeof(iobound.address)))
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void request(void)
{
	char byte = 0;

	if (broken("lock"))
		pthread_mutex_lock(&iobound.shared->lock);
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		die("a request");
	if (broken("lock"))
		pthread_mutex_unlock(&iobound.shared->lock);
	__atomic_fetch_add(&iobound.shared->answers, 1, __ATOMIC_RELAXED);
	iobound.shared->end = now_ns();
}

static void work(unsigned long number)
{
	(void)number;
	while (__atomic_fetch_add(&iobound.shared->next, 1, __ATOMIC_RELAXED) < requests)
		request();
	close(fd);
}

static struct {
	const char *name;
	unsigned long long made, pages, ns;	/* creations, and what they took together */
	struct by {
		int answers_row, most_row, faster_row;
		unsigned long answers, most;
		struct rounds rounds;
	} by[NR_COUNTS];
} crews[NR_CREWS] = { { "threads" }, { "processes" } };

static struct rounds serial;

/* All requests by @nr clients; returns how long it took. */
static double do_all(enum crew crew, unsigned long nr)
{
	double begin;

	iobound.shared->next = 0;
	iobound.shared->answers = 0;
	iobound.shared->most = 0;
	if (broken("threads-fork"))
		crew = PROCESSES;
	begin = run_crew(crew, nr, connect_server, work);
	return iobound.shared->end - begin;
}

static void do_counts(enum crew crew)
{
	unsigned long long pages_before = job_tally(PCSTATS_fork_pages);
	unsigned long long ns_before = job_tally(PCSTATS_fork_ns);
	int i;

	for (i = 0; i < NR_COUNTS; i++) {
		add_round(&crews[crew].by[i].rounds, do_all(crew, counts[i]));
		crews[crew].by[i].answers += iobound.shared->answers;
		if (iobound.shared->most > crews[crew].by[i].most)
			crews[crew].by[i].most = iobound.shared->most;
		crews[crew].made += counts[i];
	}
	crews[crew].pages += job_tally(PCSTATS_fork_pages) - pages_before;
	crews[crew].ns += job_tally(PCSTATS_fork_ns) - ns_before;
}

static void predict(enum crew crew)
{
	int i;

	for (i = 0; i < NR_COUNTS; i++) {
		struct by *by = &crews[crew].by[i];

		by->answers_row = expect(requests, "", "answers to %lu %s", counts[i],
					 crews[crew].name);
		by->most_row = expect(counts[i], "", "requests waiting at the same time");
	}
}

/* As many times as fast as the requests allow; the clients need some time themselves. */
static void predict_times(enum crew crew)
{
	int i;

	for (i = 0; i < NR_COUNTS; i++) {
		unsigned long turns = (requests + counts[i] - 1) / counts[i];
		double ideal = (double)requests / turns;

		crews[crew].by[i].faster_row =
			expect_between(fmax(1.2, 0.45 * ideal), 1.5 * ideal, "times",
				       "as fast as one: %lu %s", counts[i], crews[crew].name);
	}
}

static void judge(enum crew crew)
{
	int i;

	for (i = 0; i < NR_COUNTS; i++) {
		measured(crews[crew].by[i].answers_row,
			 crews[crew].by[i].answers / (double)nr_rounds);
		measured(crews[crew].by[i].most_row, crews[crew].by[i].most);
		measured_ratio(crews[crew].by[i].faster_row, &serial, &crews[crew].by[i].rounds);
	}
}

/* Of all that creations took, what each did. */
static double each(unsigned long long all, enum crew crew)
{
	return (double)all / crews[crew].made;
}

static void draw(void)
{
	static const char *const columns[] = { "workers", "threads", "processes" };
	int numbers = series("iobound", columns, 3), i;

	series_row(numbers, "1", (double[]){ 1, 1, 1 });
	for (i = 0; i < NR_COUNTS; i++) {
		char label[8];

		snprintf(label, sizeof(label), "%lu", counts[i]);
		series_row(numbers, label, (double[]){
			counts[i], median(&serial) / median(&crews[THREADS].by[i].rounds),
			median(&serial) / median(&crews[PROCESSES].by[i].rounds),
		});
	}
}

static void init(void)
{
	pthread_mutexattr_t attr;

	iobound.shared = shared_memory(sizeof(*iobound.shared));
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&iobound.shared->lock, &attr);
}

static void run(void)
{
	unsigned long round;
	struct child server;
	int shared_by[NR_CREWS], cheaper;

	init();
	server = start_server();
	/* The server was there before; whoever is forked now shares this. */
	write_pages(region(pages), pages, 'c');
	part("as many requests wait as there are threads");
	predict(THREADS);
	part("or as there are processes");
	predict(PROCESSES);
	part("threads take a fraction of the time");
	predict_times(THREADS);
	part("processes take no less");
	predict_times(PROCESSES);
	part("no memory is set up for a thread, but for a process");
	shared_by[THREADS] = expect(0, "pages", "whose page tables were copied for each thread");
	shared_by[PROCESSES] = expect_between(pages, INFINITY, "pages", "for each process");
	part("threads are made sooner");
	cheaper = expect_between(1.5, INFINITY, "times", "as long to make a process");

	for (round = 0; round < nr_rounds; round++) {
		doing("%lu requests: one after the other, by threads, by processes; round %lu",
		      requests, round + 1);
		add_round(&serial, do_all(THREADS, 1));
		do_counts(THREADS);
		do_counts(PROCESSES);
	}
	child_tell(&server);
	reap(server.pid);
	judge(THREADS);
	judge(PROCESSES);
	measured(shared_by[THREADS], each(crews[THREADS].pages, THREADS));
	measured(shared_by[PROCESSES], each(crews[PROCESSES].pages, PROCESSES));
	measured_time(cheaper, each(crews[PROCESSES].ns, PROCESSES) /
			       each(crews[THREADS].ns, THREADS));
	draw();
}

static const char *const next[] = {
	"net/ipv4/tcp.c: tcp_recvmsg(); net/core/sock.c: sk_wait_data()",
	"kernel/fork.c: copy_mm(); mm/memory.c: copy_page_range()",
	"fs/select.c: do_sys_poll(); fs/eventpoll.c: one thread for all connections",
	"socket(7), tcp(7), poll(2), epoll(7), pthreads(7)",
	"pcstats lab timeline: the same as bars; pcstats lab create: what creations cost",
	NULL
};

const struct lab lab_iobound = {
	.name = "iobound",
	.claim = "for waiting on the network, threads are as good as processes and cheaper",
	.prediction = "With N clients, N requests wait at the server at the same time, and the "
		"whole takes an N-th of the time, whether they are threads or processes. For a "
		"thread no page table is copied, for a process those of all that is in memory.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
