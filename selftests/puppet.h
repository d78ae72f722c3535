/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A task that does what it is told, one call at a time.
 *
 * The test runs a function in the puppet and gets its result over a pipe, so
 * it knows that the puppet is idle, and what it did, whenever it reads
 * /proc/pcstats: the measured task is never the one that reads.  A puppet has
 * settled its memory when it answers for the first time.  It ends with the
 * task that started it.
 *
 * A puppet can have one puppet of its own, the inner one.
 */
#ifndef PCSTATS_PUPPET_H
#define PCSTATS_PUPPET_H

#include <pthread.h>
#include <sys/types.h>

struct puppet {
	pid_t pid;		/* of the thread */
	int call;		/* write end: what to do */
	int result;		/* read end: what came of it */
	int flags;		/* of its clone(2) */
	void *stack;		/* of one that shares memory, else NULL */
	pthread_t thread;	/* of a CLONE_THREAD one */
};

typedef long (*puppet_fn)(long arg);

/* Fork a puppet. */
void puppet_start(struct puppet *p);

/*
 * The same by clone(2) with @flags, the exit signal included.  With CLONE_VM it
 * gets a stack of its own and shares the rest, so only one of the two may be
 * active at a time.  CLONE_THREAD alone makes a POSIX thread.  Not for
 * CLONE_VFORK and CLONE_SETTLS.
 */
void puppet_clone(struct puppet *p, int flags);

/* Let it settle() again, after it has forked by other means than inner_start(). */
void puppet_settle(struct puppet *p);

/* Run fn(arg) in the puppet; its result. */
long puppet_call(struct puppet *p, puppet_fn fn, long arg);

/* The two halves of puppet_call(), for a call that waits for another task. */
void puppet_post(struct puppet *p, puppet_fn fn, long arg);
long puppet_result(struct puppet *p);

/* Make it _exit(@code); returns when it is a zombie. */
void puppet_exit(struct puppet *p, int code);

/* Kill it with @sig; returns when it is a zombie. */
void puppet_kill(struct puppet *p, int sig);

/* Wait for a zombie; its status as of waitpid(2). */
int puppet_reap(struct puppet *p);

/* Exit with 0 and reap; or end the thread.  It is no task any more then. */
void puppet_end(struct puppet *p);

/*
 * Let @p make its inner puppet as by puppet_clone(), and settle again after a
 * fork; the inner one's pid.
 */
pid_t inner_start(struct puppet *p, int flags);

/* Let @p run fn(arg) in its inner puppet; its result. */
long inner_call(struct puppet *p, puppet_fn fn, long arg);

/* The first half of it; puppet_result() is the second. */
void inner_post(struct puppet *p, puppet_fn fn, long arg);

/* Let the inner puppet of @p settle() again. */
void inner_settle(struct puppet *p);

/* Let @p do puppet_end() to its inner puppet. */
void inner_end(struct puppet *p);

#endif /* PCSTATS_PUPPET_H */
