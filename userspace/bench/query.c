// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "query.h"

/* A request with one attribute, and an answer. */
struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[4096];
};

static struct message m;

static void ask(int id, int cmd, int type, const void *data, size_t len)
{
	static int sock = -1;
	struct nlattr *attr = (void *)m.attrs;
	ssize_t got;

	if (sock < 0)
		sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	m.nl = (struct nlmsghdr) {
		.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLMSG_ALIGN(NLA_HDRLEN + len),
		.nlmsg_type = id,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	m.genl = (struct genlmsghdr) { .cmd = cmd, .version = 1 };
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(attr + 1, data, len);
	if (sock < 0 || send(sock, &m, m.nl.nlmsg_len, 0) < 0)
		die("netlink");
	got = recv(sock, &m, sizeof(m), 0);
	errno = 0;
	if (got < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || m.nl.nlmsg_type == NLMSG_ERROR)
		die("netlink: no answer");
}

static int find_family(void)
{
	struct nlattr *attr = (void *)m.attrs;

	ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME,
	    sizeof(TASKSTATS_GENL_NAME));
	while (attr->nla_type != CTRL_ATTR_FAMILY_ID) {
		attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len));
		if ((char *)attr >= (char *)&m + m.nl.nlmsg_len)
			die("no taskstats");
	}
	return *(uint16_t *)(attr + 1);
}

void query(pid_t tid)
{
	static int family;
	unsigned int id = tid;

	if (!family)
		family = find_family();
	ask(family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID, &id, sizeof(id));
}
