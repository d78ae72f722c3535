// SPDX-License-Identifier: GPL-2.0-only
/*
 * taskstats: the record that the kernel sends of each task (thread) when it
 * exits (kernel/taskstats.c).
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "verify.h"

/* A record is a few kilobytes of the kernel's memory. */
#define ROOM (256 << 20)

static int sock;
static char message[16384];

static struct nlattr *next_attr(struct nlattr *attr)
{
	return (void *)((char *)attr + NLA_ALIGN(attr->nla_len));
}

static void *attr_data(struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

/* The attribute @type of those in @len bytes at @attr; or NULL. */
static struct nlattr *find_attr(struct nlattr *attr, int len, int type)
{
	char *end = (char *)attr + len;

	for (; (char *)attr + NLA_HDRLEN <= end; attr = next_attr(attr))
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	return NULL;
}

static void send_request(int family, int cmd, int type, const char *text)
{
	struct {
		struct nlmsghdr nl;
		struct genlmsghdr genl;
		struct nlattr attr;
		char text[64];
	} m = {
		.nl.nlmsg_type = family,
		.nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.genl = { .cmd = cmd, .version = 1 },
		.attr = { .nla_len = NLA_HDRLEN + strlen(text) + 1, .nla_type = type },
	};

	strcpy(m.text, text);
	m.nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(m.attr.nla_len);
	if (send(sock, &m, m.nl.nlmsg_len, 0) < 0)
		die("netlink: %s", strerror(errno));
}

/* The next message; false if none is there and @flags do not say to wait. */
static bool receive(int flags)
{
	ssize_t len = recv(sock, message, sizeof(message), flags);

	if (len < 0 && errno == EAGAIN)
		return false;
	/* ENOBUFS: records were lost. */
	if (len < 0)
		die("taskstats: %s", strerror(errno));
	return true;
}

static struct nlattr *find(int type)
{
	struct nlmsghdr *nl = (void *)message;

	return find_attr((void *)(message + NLMSG_LENGTH(GENL_HDRLEN)),
			 nl->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), type);
}

/* The answer to a request is followed by an acknowledgement. */
static void wait_for_ack(void)
{
	struct nlmsghdr *nl = (void *)message;
	struct nlmsgerr *answer = NLMSG_DATA(nl);

	do {
		receive(0);
	} while (nl->nlmsg_type != NLMSG_ERROR);
	if (answer->error)
		die("netlink: %s", strerror(-answer->error));
}

void exits_begin(void)
{
	struct nlattr *attr;
	int room = ROOM;
	char cpus[32];
	int family;

	/* Of tasks made from now on. */
	if (file_write("/proc/sys/kernel/task_delayacct", "1"))
		die("no delay accounting: %s", strerror(errno));
	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock < 0 ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		die("netlink: %s", strerror(errno));
	send_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
		     TASKSTATS_GENL_NAME);
	receive(0);
	attr = find(CTRL_ATTR_FAMILY_ID);
	if (!attr)
		die("taskstats: the kernel has it not");
	family = *(unsigned short *)attr_data(attr);
	wait_for_ack();
	snprintf(cpus, sizeof(cpus), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	send_request(family, TASKSTATS_CMD_GET,
		     TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus);
	wait_for_ack();
}

static void record(void)
{
	struct nlattr *all = find(TASKSTATS_TYPE_AGGR_PID), *pid, *stats;
	struct taskstats s = { 0 };
	struct task *task;
	size_t size;
	int len;

	if (!all)
		die("taskstats: no record");
	len = all->nla_len - NLA_HDRLEN;
	pid = find_attr(attr_data(all), len, TASKSTATS_TYPE_PID);
	stats = find_attr(attr_data(all), len, TASKSTATS_TYPE_STATS);
	if (!pid || !stats)
		die("taskstats: no record");
	/* Newer kernels append members. */
	size = stats->nla_len - NLA_HDRLEN;
	memcpy(&s, attr_data(stats), size < sizeof(s) ? size : sizeof(s));
	task = task_of(*(unsigned int *)attr_data(pid));
	task->records++;
	task->wpcopy += s.wpcopy_count;
	task->faults += s.ac_minflt + s.ac_majflt;
}

void exits_collect(void)
{
	while (receive(MSG_DONTWAIT))
		record();
}
