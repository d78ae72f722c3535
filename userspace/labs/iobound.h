/* SPDX-License-Identifier: GPL-2.0-only */
/* A server on the loopback device: iobound_server.c; its clients: iobound.c. */
#ifndef PCSTATS_LABS_IOBOUND_H
#define PCSTATS_LABS_IOBOUND_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include "lab.h"

#define MAX_CLIENTS	8

extern struct iobound {
	unsigned long ms;		/* until the server answers */
	struct sockaddr_in address;
	struct exchange {
		pthread_mutex_t lock;
		unsigned long next, answers;
		/* Kept by the server: requests that wait for their answer, the most so far. */
		unsigned long under_way, most;
		double end;		/* when the last answer came */
	} *shared;
} iobound;

/* It ends when it hears from its parent. */
struct child start_server(void);

#endif /* PCSTATS_LABS_IOBOUND_H */
