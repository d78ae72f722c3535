// SPDX-License-Identifier: GPL-2.0-only
/* Which VM vm/enter and vm/stop are for. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "registry.h"
#include "host.h"

struct search {
	int wanted;		/* 0: any */
	int id;
	pid_t pid;
	int found;
};

static bool look_at(int id, pid_t pid, void *arg)
{
	struct search *s = arg;

	if (s->wanted && s->wanted != id)
		return true;
	s->id = id;
	s->pid = pid;
	s->found++;
	return true;
}

void registry_find(int *id, pid_t *pid)
{
	struct search s = { .wanted = *id };

	registry_each(look_at, &s);
	if (!s.found && *id)
		die("there is no VM %d, see vm/list", *id);
	if (!s.found)
		die("no VM is running, vm/run --keep starts one");
	if (s.found > 1)
		die("%d VMs are running: which one? See vm/list", s.found);
	*id = s.id;
	*pid = s.pid;
}

bool registry_status(int id, pid_t pid, struct status *status)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	ssize_t n = 0;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (registry_send(id, pid, REQUEST_STATUS, &pair[1], 1)) {
		close(pair[1]);
		n = recv(pair[0], status, sizeof(*status), MSG_TRUNC);
	} else {
		close(pair[1]);
	}
	close(pair[0]);
	status->foreign = n != sizeof(*status) || status->protocol != PROTOCOL;
	return n > 0;
}

int parse_id(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 9 || text[digits] || !atoi(text))
		die("%s: not the ID of a VM, see vm/list", text);
	return atoi(text);
}
