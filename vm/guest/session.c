// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

static bool forked;

bool in_session(void)
{
	return forked;
}

static bool open_sockets(int ours[PORT_END], int theirs[PORT_END])
{
	for (int port = PORT_STDIN; port < PORT_END; port++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
			while (--port >= PORT_STDIN) {
				close(ours[port]);
				close(theirs[port]);
			}
			return false;
		}
		ours[port] = pair[0];
		theirs[port] = pair[1];
	}
	return true;
}

static bool is_port(int fd)
{
	for (int port = PORT_STDIN; port < PORT_END; port++)
		if (ports[port] == fd)
			return true;
	return false;
}

/* The other commands' pipes would have no end if they stayed open here. */
static __attribute__((noreturn)) void become_session(struct control *control,
						     const int sockets[PORT_END])
{
	forked = true;
	prctl(PR_SET_NAME, "session");
	for (int port = PORT_STDIN; port < PORT_END; port++)
		ports[port] = sockets[port];
	for (int fd = 3, end = (int)sysconf(_SC_OPEN_MAX); fd < end && fd < 4096; fd++)
		if (!is_port(fd))
			close(fd);
	control_init(control, ports[PORT_CONTROL]);
	for (int port = PORT_STDIN; port < PORT_END; port++)
		say_hello(port);
	serve(control);
}

void session_open(struct mux *mux, int nr)
{
	int ours[PORT_END], theirs[PORT_END];
	pid_t pid;

	if (nr < 0 || nr >= MUX_SESSIONS || mux->sessions[nr])
		fail("no session can have number %d", nr);
	if (!open_sockets(ours, theirs)) {
		mux_refuse(mux, nr);
		return;
	}
	if (!mux_add(mux, nr, ours))
		mux_refuse(mux, nr);
	/* Where no process can be made, none is: the sockets are found closed. */
	pid = mux->sessions[nr] ? fork() : -1;
	if (!pid)
		become_session(mux->control, theirs);
	for (int port = PORT_STDIN; port < PORT_END; port++)
		close(theirs[port]);
}
