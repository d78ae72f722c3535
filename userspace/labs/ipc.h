/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways for a message from one task to another: channels.c; what they cost: ipc.c. */
#ifndef PCSTATS_LABS_IPC_H
#define PCSTATS_LABS_IPC_H

#include <pthread.h>

#include "lab.h"

struct channel {
	const char *name;
	/* Before there is a receiver; returns where the sender makes messages; or NULL. */
	char *(*open)(void);
	/* Both return the bytes that system calls have moved. */
	size_t (*send)(void);
	size_t (*receive)(const char **at);
	/* The receiver gets a copy; its bytes are counted in /proc/PID/io. */
	bool copies, counted;
	int fds[2];
	/* Of the lab: messages; the receiver; rows; what was found. */
	char *from;
	struct child child;
	pid_t pid, tid;
	int held, bytes;
	size_t moved;
	struct rounds rounds;
};

/* The first is between threads. */
#define NR_CHANNELS	7
extern struct channel channels[NR_CHANNELS];

/* The one of this process; the sender has them all, and sets it for each message. */
extern struct channel *channel;

/* Between sender and receiver. */
extern struct talk {
	char value;		/* what the sender has written to each page */
	/* Said by the receiver: pages that hold it, bytes that its system calls moved. */
	unsigned long right;
	size_t moved;
} *talk;

/* Pages of a message. */
extern unsigned long message_pages;

/* What the sender makes, and where a receiver puts its copy; from before the fork. */
extern char *made, *own;

/* Threads: the receiver waits here for a message, the sender for the end of its work. */
struct slot {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	const char *item;
};

extern struct slot to_thread, from_thread;
void put(struct slot *slot, const char *item);
const char *take(struct slot *slot);

#endif /* PCSTATS_LABS_IPC_H */
