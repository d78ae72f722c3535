// SPDX-License-Identifier: GPL-2.0-only
/* What the lab ipc compares: a queue between threads, and ways from process to process. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "ipc.h"

struct channel *channel;
char *made, *own;
static char *mapped;
static int memfd;
static mqd_t posix_queue;

static size_t size(void)
{
	return message_pages * page_size();
}

/* By calls that move what they can. */
static size_t move_all(ssize_t (*move)(char *at, size_t len), char *at)
{
	size_t done = 0;

	while (done < size()) {
		ssize_t now = move(at + done, size() - done);

		if (now <= 0)
			die("a message");
		done += now;
	}
	return done;
}

static ssize_t read_some(char *at, size_t len)
{
	return read(channel->fds[0], at, len);
}

static ssize_t write_some(char *at, size_t len)
{
	return write(channel->fds[1], at, len);
}

static char *open_pipe(void)
{
	if (pipe(channel->fds))
		die("pipe");
	return made;
}

static char *open_socketpair(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel->fds))
		die("socketpair");
	return made;
}

static size_t send_stream(void)
{
	if (broken("address-sent"))
		return write(channel->fds[1], &made, sizeof(made));
	return move_all(write_some, made);
}

static size_t receive_stream(const char **at)
{
	/* Here it leads to the receiver's own memory, which nobody has written to. */
	if (broken("address-sent"))
		return read(channel->fds[0], at, sizeof(*at));
	*at = own;
	return move_all(read_some, own);
}

static char *open_queue(void)
{
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = page_size() };
	char name[32];

	snprintf(name, sizeof(name), "/pcstats-%d", getpid());
	posix_queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (posix_queue < 0)
		return NULL;
	mq_unlink(name);
	return made;
}

static struct timespec in_ten_seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += 10;
	return time;
}

static ssize_t send_page(char *at, size_t len)
{
	struct timespec until = in_ten_seconds();

	len = page_size();
	return mq_timedsend(posix_queue, at, len, 0, &until) ? -1 : (ssize_t)len;
}

static ssize_t receive_page(char *at, size_t len)
{
	struct timespec until = in_ten_seconds();

	return mq_timedreceive(posix_queue, at, len, NULL, &until);
}

static size_t send_queue(void)
{
	return move_all(send_page, made);
}

static size_t receive_queue(const char **at)
{
	*at = own;
	return move_all(receive_page, own);
}

/* Of memory that the receiver, its child, has by the same address, but does not share. */
static char *open_vm(void)
{
	/* Where Yama restricts ptrace, a child may not read its parent without it. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	return made;
}

static size_t send_nothing(void)
{
	return 0;
}

static ssize_t read_remote(char *at, size_t len)
{
	struct iovec local = { at, len }, remote = { made + (at - own), len };

	return process_vm_readv(getppid(), &local, 1, &remote, 1, 0);
}

static size_t receive_vm(const char **at)
{
	*at = own;
	return move_all(read_remote, own);
}

static char *map(int fd, int flags)
{
	char *at = mmap(NULL, size(), PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		die("mmap of %lu pages", message_pages);
	return at;
}

static char *open_mapping(void)
{
	mapped = map(-1, MAP_SHARED | MAP_ANONYMOUS);
	return mapped;
}

static size_t receive_mapping(const char **at)
{
	*at = mapped;
	return 0;
}

static char *open_memfd(void)
{
	open_socketpair();
	memfd = memfd_create("pcstats", MFD_CLOEXEC);
	if (memfd < 0 || ftruncate(memfd, size()))
		die("memfd_create");
	return map(memfd, MAP_SHARED);
}

/* A message of one byte, and a descriptor beside it. */
static struct msghdr *descriptor_message(void)
{
	static union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	static char byte;
	static struct iovec iov = { &byte, 1 };
	static struct msghdr message;

	message = (struct msghdr){
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	control.header = (struct cmsghdr){
		CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS
	};
	return &message;
}

static size_t send_descriptor(void)
{
	struct msghdr *message = descriptor_message();

	memcpy(CMSG_DATA(CMSG_FIRSTHDR(message)), &memfd, sizeof(int));
	if (sendmsg(channel->fds[1], message, 0) != 1)
		die("sendmsg");
	return 1;
}

static size_t receive_descriptor(const char **at)
{
	struct msghdr *message = descriptor_message();
	static char *last;
	int fd;

	if (recvmsg(channel->fds[0], message, MSG_CMSG_CLOEXEC) != 1)
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof(int));
	if (last)
		munmap(last, size());
	last = map(fd, broken("private") ? MAP_PRIVATE : MAP_SHARED);
	close(fd);
	if (broken("private"))
		write_pages(last, message_pages, talk->value);
	*at = last;
	return 1;
}

/* A queue with room for one. */
#define EMPTY_SLOT	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL }
struct slot to_thread = EMPTY_SLOT, from_thread = EMPTY_SLOT;

void put(struct slot *slot, const char *item)
{
	pthread_mutex_lock(&slot->lock);
	slot->item = item;
	pthread_cond_signal(&slot->changed);
	pthread_mutex_unlock(&slot->lock);
}

const char *take(struct slot *slot)
{
	const char *item;

	pthread_mutex_lock(&slot->lock);
	while (!slot->item)
		pthread_cond_wait(&slot->changed, &slot->lock);
	item = slot->item;
	slot->item = NULL;
	pthread_mutex_unlock(&slot->lock);
	return item;
}

static char *open_slot(void)
{
	return made;
}

static size_t send_address(void)
{
	put(&to_thread, made);
	return 0;
}

static size_t receive_address(const char **at)
{
	*at = take(&to_thread);
	if (broken("threads-copy"))
		*at = memcpy(own, *at, size());
	return 0;
}

struct channel channels[NR_CHANNELS] = {
	{ "queue between threads", open_slot, send_address, receive_address, .counted = true },
	{ "shared mapping", open_mapping, send_nothing, receive_mapping, .counted = true },
	{ "memfd, passed", open_memfd, send_descriptor, receive_descriptor },
	{ "pipe", open_pipe, send_stream, receive_stream, .copies = true, .counted = true },
	{ "socketpair", open_socketpair, send_stream, receive_stream, .copies = true,
	  .counted = true },
	{ "message queue", open_queue, send_queue, receive_queue, .copies = true },
	{ "process_vm_readv", open_vm, send_nothing, receive_vm, .copies = true },
};
