// SPDX-License-Identifier: GPL-2.0-only
#include "taskstats.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frame.h"

/* As in <linux/syslog.h>, which is the kernel's own. */
#define SYSLOG_ACTION_READ_ALL 3

#define DELAYACCT "/proc/sys/kernel/task_delayacct"

/* A request with one attribute, and an answer. */
struct message {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[2048];
};

static int family;

/* With an unstable TSC local_clock() waits at the end of each tick. */
static bool is_clock_stable(void)
{
	static char log[1 << 20];
	int len = klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log) - 1);

	if (len < 0)
		fail_errno("klogctl");
	return !strstr(log, "Marking TSC unstable");
}

const char *taskstats_begin(void)
{
	if (!is_clock_stable())
		return "the TSC is not stable";
	return file_write(DELAYACCT, "1") ? "no delay accounting" : NULL;
}

void taskstats_end(void)
{
	if (file_write(DELAYACCT, "0"))
		fail(DELAYACCT);
}

/* The attribute @type of those in @len bytes at @attrs. */
static struct nlattr *find_attr(void *attrs, int len, int type)
{
	struct nlattr *attr;

	for (attr = attrs; len >= (int)sizeof(*attr);
	     len -= NLA_ALIGN(attr->nla_len),
	     attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len))) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
	}
	fail("netlink: no attribute %d", type);
}

static void *attr_data(struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

/* What family @id answers to @cmd with one attribute; the attributes' length. */
static int ask(struct message *m, int id, int cmd, int type, const void *data,
	       size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlattr *attr = (struct nlattr *)m->attrs;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	memset(m, 0, sizeof(*m));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy(attr_data(attr), data, len);
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(attr->nla_len);
	m->nl.nlmsg_type = id;
	m->nl.nlmsg_flags = NLM_F_REQUEST;
	m->genl.cmd = cmd;
	m->genl.version = 1;
	if (fd < 0 || sendto(fd, m, m->nl.nlmsg_len, 0, (void *)&kernel,
			     sizeof(kernel)) < 0 ||
	    recv(fd, m, sizeof(*m), 0) < 0)
		fail_errno("netlink");
	close(fd);
	if (m->nl.nlmsg_type == NLMSG_ERROR)
		fail("netlink: error %d",
		     ((struct nlmsgerr *)NLMSG_DATA(&m->nl))->error);
	return m->nl.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN);
}

struct taskstats taskstats(pid_t pid)
{
	struct taskstats stats = { 0 };
	uint32_t id = pid;
	struct nlattr *attr;
	struct message m;
	int len;

	if (!family) {
		len = ask(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
			  CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME,
			  sizeof(TASKSTATS_GENL_NAME));
		attr = find_attr(m.attrs, len, CTRL_ATTR_FAMILY_ID);
		family = *(uint16_t *)attr_data(attr);
	}
	len = ask(&m, family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID, &id,
		  sizeof(id));
	attr = find_attr(m.attrs, len, TASKSTATS_TYPE_AGGR_PID);
	attr = find_attr(attr_data(attr), attr->nla_len - NLA_HDRLEN,
			 TASKSTATS_TYPE_STATS);
	/* Newer kernels append members. */
	len = attr->nla_len - NLA_HDRLEN;
	if (len > (int)sizeof(stats))
		len = sizeof(stats);
	memcpy(&stats, attr_data(attr), len);
	return stats;
}
