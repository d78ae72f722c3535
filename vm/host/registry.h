/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMs that this user has running: for each a socket in a directory of the user's own, by the
 * name "ID.PID", for requests to the process that has it. One whose process has gone refuses, and
 * is removed by who meets it.
 */
#ifndef PCSTATS_VM_REGISTRY_H
#define PCSTATS_VM_REGISTRY_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "../common/control.h"

/* Where nothing answers for so long, nobody is. */
#define ANSWER_SECONDS 10

struct registry {
	int fd;			/* -1: nobody can enter */
	int id;
};

struct status {
	uint32_t protocol;	/* PROTOCOL of who answers */
	bool foreign;		/* that is another than ours: nothing else in here means anything */
	pid_t pid;
	time_t since;
	bool native;		/* the guest runs the host's programs */
	int sessions;		/* the first command's counts */
	char cpus[16];
	char memory[16];
	char kernel[64];
	char command[256];	/* the first; empty: none */
};

/* An owner of another PROTOCOL understands those but REQUEST_ENTER: see that they stay the same. */
enum request {
	REQUEST_NONE,
	REQUEST_ENTER,		/* with sockets for PORT_STDIN... */
	REQUEST_STATUS,		/* with a socket for struct status */
	REQUEST_STOP,		/* with a socket that is closed at the end */
};

/* By the process that has the VM. Without must, where it cannot be there is none. */
void registry_add(struct registry *r, bool must);
void registry_remove(struct registry *r);

/*
 * What somebody asks for. fds: for REQUEST_ENTER by enum port, otherwise one in fds[0]; they are
 * the caller's to close.
 */
enum request registry_receive(const struct registry *r, int fds[PORT_END]);

/* By the others: call back for each VM, in the order of the IDs, until it returns false. */
void registry_each(bool (*callback)(int id, pid_t pid, void *arg), void *arg);

/* The VM of *id, or the only one if that is 0; its process. Does not return if there is none. */
void registry_find(int *id, pid_t *pid);

/* False: there is no answer. A foreign one is one. */
bool registry_status(int id, pid_t pid, struct status *status);

/* What stands for an ID on the command line. Does not return if it is none. */
int parse_id(const char *text);

/* False: there is no such VM, or it does not take requests. */
bool registry_send(int id, pid_t pid, enum request request, const int *fds, int nr);

#endif
