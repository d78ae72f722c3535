// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "guest.h"

int ports[PORT_END];

/*
 * The driver makes the ports known one by one after its module has loaded: wait for the device
 * node.
 */
static int open_port(int nr, int inotify)
{
	char path[32], event[sizeof(struct inotify_event) + 256];
	int fd;

	sprintf(path, "/dev/vport0p%d", nr);
	while ((fd = open(path, O_RDWR | O_CLOEXEC)) < 0) {
		if (errno != ENOENT)
			fail_errno("%s", path);
		if (read(inotify, event, sizeof(event)) < 0)
			fail_errno("waiting for %s", path);
	}
	return fd;
}

void say_hello(int nr)
{
	if (write(ports[nr], &(char){ PORT_HELLO }, 1) != 1)
		fail_errno("port %d", nr);
}

void open_ports(void)
{
	int inotify = inotify_init1(IN_CLOEXEC);

	if (inotify < 0 || inotify_add_watch(inotify, "/dev", IN_CREATE) < 0)
		fail_errno("inotify");
	for (int nr = PORT_STDIN; nr < PORT_END; nr++) {
		int fd = open_port(nr, inotify);

		ports[nr] = fd;
		say_hello(nr);
		/*
		 * A blocking write spins in the kernel until the host has taken the bytes, and
		 * the host takes its time when the reader of the command's output does.
		 */
		if (fcntl(fd, F_SETFL, O_NONBLOCK))
			fail_errno("port %d", nr);
	}
	close(inotify);
}
