// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "host.h"
#include "registry.h"

static int own_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || st.st_uid != getuid() || (st.st_mode & 022))) {
		close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

/*
 * The user's runtime directory is what it says only if it is the user's: su and sudo leave the old
 * one in the environment.
 */
static void find_directory(char *path, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int fd = runtime && *runtime == '/' ? own_directory(runtime) : -1;

	if (fd >= 0)
		snprintf(path, size, "%s/pcstats", runtime);
	else
		snprintf(path, size, "/tmp/pcstats-%d", (int)getuid());
	if (fd >= 0)
		close(fd);
}

/* The directory, locked against those who add and clean up. -1 with errno: there is none. */
static int lock_directory(char *path, size_t size, bool make)
{
	struct stat by_fd, by_path;
	int fd;

	find_directory(path, size);
	for (;;) {
		if (make && mkdir(path, 0700) && errno != EEXIST)
			return -1;
		fd = own_directory(path);
		if (fd < 0 && errno == ENOENT && make)
			continue;
		if (fd < 0 || (!flock(fd, LOCK_EX) && !fstat(fd, &by_fd) && !stat(path, &by_path) &&
			       by_fd.st_ino == by_path.st_ino))
			return fd;
		/* Somebody has removed it in between. */
		close(fd);
		if (!make) {
			errno = ENOENT;
			return -1;
		}
	}
}

/* By the directory's descriptor: the path may be longer than a socket's address. */
static struct sockaddr_un address_of(int directory, int id, pid_t pid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%d.%d", directory,
		 id, (int)pid);
	return address;
}

static bool parse_name(const char *name, int *id, pid_t *pid)
{
	int used = 0;

	return sscanf(name, "%d.%d%n", id, pid, &used) == 2 && !name[used];
}

static int is_socket(const struct dirent *d)
{
	int id;
	pid_t pid;

	return parse_name(d->d_name, &id, &pid);
}

static int by_id(const struct dirent **a, const struct dirent **b)
{
	return atoi((*a)->d_name) - atoi((*b)->d_name);
}

static bool is_dead(int directory, int id, pid_t pid)
{
	struct sockaddr_un address = address_of(directory, id, pid);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool dead = connect(fd, (struct sockaddr *)&address, sizeof(address)) && errno == ECONNREFUSED;

	close(fd);
	return dead;
}

static void remove_dead(int directory, const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, is_socket, by_id);

	for (int i = 0; i < n; i++) {
		int id;
		pid_t pid;

		if (parse_name(names[i]->d_name, &id, &pid) && is_dead(directory, id, pid))
			unlinkat(directory, names[i]->d_name, 0);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static int free_id(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, is_socket, by_id), id = 1;

	for (int i = 0; i < n; i++) {
		if (atoi(names[i]->d_name) == id)
			id++;
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return id;
}

static int add_locked(struct registry *r, int directory, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;

	remove_dead(directory, path);
	r->id = free_id(path);
	address = address_of(directory, r->id, getpid());
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void registry_add(struct registry *r, bool must)
{
	char path[4096];
	int directory = lock_directory(path, sizeof(path), true);

	r->fd = directory < 0 ? -1 : add_locked(r, directory, path);
	if (r->fd < 0 && must)
		die("%s: %s", path, strerror(errno));
	if (directory >= 0)
		close(directory);
}

void registry_remove(struct registry *r)
{
	char path[4096];
	int directory;

	if (r->fd <= 0)
		return;
	/* What waits for its turn there has an end now. */
	close(r->fd);
	r->fd = -1;
	directory = lock_directory(path, sizeof(path), false);
	if (directory < 0)
		return;
	unlink(address_of(directory, r->id, getpid()).sun_path);
	rmdir(path);
	close(directory);
}

static int expected_fds(enum request request)
{
	return request == REQUEST_ENTER ? PORT_END - PORT_STDIN : 1;
}

enum request registry_receive(const struct registry *r, int fds[PORT_END])
{
	char space[CMSG_SPACE(PORT_END * sizeof(int))];
	unsigned char request = REQUEST_NONE;
	struct iovec data = { &request, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1,
				  .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *c;
	int n = 0, *first = fds;

	if (recvmsg(r->fd, &message, MSG_CMSG_CLOEXEC) != 1)
		return REQUEST_NONE;
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_type == SCM_RIGHTS)
		n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	if (request == REQUEST_ENTER)
		first = fds + PORT_STDIN;
	if (n > PORT_END - PORT_STDIN)
		n = PORT_END - PORT_STDIN;
	if (n)
		memcpy(first, CMSG_DATA(c), n * sizeof(int));
	if (n == expected_fds(request))
		return request;
	while (n)
		close(first[--n]);
	return REQUEST_NONE;
}

bool registry_send(int id, pid_t pid, enum request request, const int *fds, int nr)
{
	char path[4096], space[CMSG_SPACE(PORT_END * sizeof(int))] = { 0 };
	int directory = (find_directory(path, sizeof(path)), own_directory(path));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = address_of(directory, id, pid);
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct iovec data = { &(unsigned char){ request }, 1 };
	struct msghdr message = {
		.msg_name = &address, .msg_namelen = sizeof(address),
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = nr ? space : NULL, .msg_controllen = nr ? CMSG_SPACE(nr * sizeof(int)) : 0,
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	bool sent;

	if (c) {
		*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
				       .cmsg_len = CMSG_LEN(nr * sizeof(int)) };
		memcpy(CMSG_DATA(c), fds, nr * sizeof(int));
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	sent = sendmsg(fd, &message, MSG_NOSIGNAL) == 1;
	close(fd);
	if (directory >= 0)
		close(directory);
	return sent;
}

void registry_each(bool (*callback)(int id, pid_t pid, void *arg), void *arg)
{
	char path[4096];
	struct dirent **names;
	int directory = lock_directory(path, sizeof(path), false), n;

	if (directory < 0)
		return;
	remove_dead(directory, path);
	n = scandir(path, &names, is_socket, by_id);
	rmdir(path);
	/* What the caller does may take its time, and may want the lock. */
	close(directory);
	for (int i = 0, go_on = 1; i < n; i++) {
		int id;
		pid_t pid;

		if (go_on && parse_name(names[i]->d_name, &id, &pid))
			go_on = callback(id, pid, arg);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}
