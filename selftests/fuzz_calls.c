// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "frame.h"
#include "module/ioctl.h"
#include "userspace/reader.h"

/* ---- calls; each gives what the kernel did, -1 with errno set or the result ---- */

static long call_read(int fd)
{
	char *at = fuzz_pointer();

	return fuzz_text(at, syscall(SYS_read, fd, at, fuzz_size()));
}

static long call_pread(int fd)
{
	char *at = fuzz_pointer();

	return fuzz_text(at, syscall(SYS_pread64, fd, at, fuzz_size(),
				     fuzz_offset()));
}

static struct iovec *iov_any(int *n)
{
	static __thread struct iovec iov[8];
	int i;

	*n = fuzz_random(FUZZ_COUNT(iov) + 1);
	for (i = 0; i < *n; i++) {
		iov[i].iov_base = fuzz_pointer();
		iov[i].iov_len = fuzz_random(4) ? fuzz_random(5000) : fuzz_size();
	}
	if (!fuzz_random(16))
		*n = fuzz_random(2) ? -1 : UIO_MAXIOV + 1;
	return iov;
}

static long call_readv(int fd)
{
	const int flags[] = { 0, 0, RWF_HIPRI, RWF_NOWAIT, RWF_APPEND, 1 << 30 };
	struct iovec *iov;
	off_t at;
	int n;

	iov = iov_any(&n);
	at = fuzz_offset();
	return syscall(SYS_preadv2, fd, iov, (long)n, at, 0, FUZZ_ONE_OF(flags));
}

static long call_writev(int fd)
{
	struct iovec *iov;
	int n;

	memset(fuzz.buf, 'r', 8);
	iov = iov_any(&n);
	return syscall(SYS_pwritev2, fd, iov, (long)n, fuzz_offset(), 0, 0);
}

static long call_lseek(int fd)
{
	off_t at = fuzz_offset();

	return lseek(fd, at, fuzz_random(7)) < 0 ? -1 : 0;
}

/* Anything but the one word. */
static long call_write(int fd)
{
	static const char word[] = "reset\n";
	void *at = fuzz_pointer();
	size_t size = fuzz_size();

	memset(fuzz.buf, 'x', 4096);
	memcpy(fuzz.buf, word, sizeof(word));
	if (size >= 5)
		fuzz.buf[fuzz_random(5)] ^= 1 << fuzz_random(8);
	return fuzz_random(2) ? write(fd, at, size) :
				pwrite(fd, at, size, fuzz_offset());
}

/* Nothing stays in the pipe; errno does. */
static void drain(void)
{
	const int error = errno;
	long got;

	while ((got = read(fuzz.pipe[0], fuzz.buf, FUZZ_ROOM)) > 0)
		fuzz_text(fuzz.buf, got);
	errno = error;
}

static long call_splice(int fd)
{
	loff_t at = fuzz_offset();
	long got;

	got = splice(fd, fuzz_random(2) ? &at : NULL, fuzz.pipe[1], NULL,
		     fuzz_size(), SPLICE_F_NONBLOCK | fuzz_random(16));
	drain();
	return got;
}

static long call_splice_to(int fd)
{
	struct iovec iov = { fuzz.buf, 100 };
	loff_t at = fuzz_offset();

	memset(fuzz.buf, 'x', 100);
	if (vmsplice(fuzz.pipe[1], &iov, 1, SPLICE_F_NONBLOCK) < 0)
		fail_errno("vmsplice");
	at = splice(fuzz.pipe[0], NULL, fd, fuzz_random(2) ? &at : NULL,
		    fuzz_size(), SPLICE_F_NONBLOCK);
	drain();
	return at;
}

static long call_tee(int fd)
{
	struct iovec iov = { fuzz.buf, fuzz_size() };

	return fuzz_random(2) ? tee(fd, fuzz.pipe[1], fuzz_size(), 0) :
				vmsplice(fd, &iov, 1, 0);
}

static long call_sendfile(int fd)
{
	off_t at = fuzz_offset();
	long got;

	got = sendfile(fuzz_random(2) ? fuzz.pipe[1] : fuzz.null, fd,
		       fuzz_random(2) ? &at : NULL, fuzz_size());
	drain();
	return got;
}

static long call_copy(int fd)
{
	loff_t from = fuzz_offset(), to = fuzz_offset();
	bool out = fuzz_random(2);

	return syscall(SYS_copy_file_range, out ? fd : fuzz.file, &from,
		       out ? fuzz.file : fd, &to, fuzz_size(), 0);
}

static long call_mmap(int fd)
{
	const int flags[] = { MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE };
	size_t size = fuzz_size();
	void *at = mmap(NULL, size, fuzz_random(8), FUZZ_ONE_OF(flags), fd,
			fuzz_offset());

	if (at == MAP_FAILED)
		return -1;
	munmap(at, size);
	return 1;
}

static long call_poll(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = fuzz_any() };
	struct epoll_event event = { .events = EPOLLIN };

	if (poll(&poll_fd, 1, 0) < 0 || poll_fd.revents & POLLNVAL)
		return -1;
	epoll_ctl(fuzz.epoll, EPOLL_CTL_DEL, fd, NULL);
	return epoll_ctl(fuzz.epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Numbers and pointers in the place of numbers. */
static unsigned long ioctl_arg(void)
{
	const unsigned long args[] = {
		0, 1, getpid(), (unsigned long)fuzz.buf, ULONG_MAX, INT_MAX,
		1UL << 32, fuzz_random(1000), fuzz_any(),
	};

	return FUZZ_ONE_OF(args);
}

static long call_join(int fd)
{
	return ioctl(fd, PCSTATS_JOB_ADD, ioctl_arg());
}

/* On a file of its own, that has no job: else it might wait for us. */
static long call_wait(int fd)
{
	int fresh = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	long err;

	if (fresh < 0)
		fail_errno(PCSTATS_PATH);
	err = ioctl(fresh, PCSTATS_JOB_WAIT, ioctl_arg());
	close(fresh);
	return err;
}

static long call_ioctl(int fd)
{
	unsigned int cmd = _IOC(fuzz_random(4), 0xdc, fuzz_random(256),
				fuzz_random(2) ? 0 : fuzz_random(1 << 14));

	if (cmd == PCSTATS_JOB_ADD || cmd == PCSTATS_JOB_WAIT)
		cmd++, cmd++;
	return ioctl(fd, cmd, ioctl_arg());
}

static long call_fcntl(int fd)
{
	const int cmds[] = {
		F_GETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_GETOWN,
		F_SETLEASE, F_GETLEASE, F_SETPIPE_SZ, F_GETPIPE_SZ,
		F_ADD_SEALS, F_GET_SEALS, F_GET_RW_HINT, F_OFD_GETLK, 99,
	};
	const long args[] = { 0, O_NONBLOCK, O_APPEND, O_DIRECT, fuzz_any() & 3,
			      (long)fuzz.buf };

	memset(fuzz.buf, 0, sizeof(struct flock));
	return fcntl(fd, FUZZ_ONE_OF(cmds), FUZZ_ONE_OF(args)) < 0 ? -1 : 0;
}

static long call_size(int fd)
{
	switch (fuzz_random(6)) {
	case 0:
		return ftruncate(fd, fuzz_offset());
	case 1:
		return fallocate(fd, fuzz_random(128), fuzz_offset(),
				 fuzz_offset());
	case 2:
		return readahead(fd, fuzz_offset(), fuzz_size());
	case 3:
		errno = posix_fadvise(fd, fuzz_offset(), fuzz_offset(),
				      fuzz_random(8));
		return errno ? -1 : 0;
	case 4:
		return fsync(fd);
	default:
		return sync_file_range(fd, fuzz_offset(), fuzz_offset(),
				       fuzz_random(16));
	}
}

static long call_flock(int fd)
{
	const int how[] = { LOCK_SH, LOCK_EX, LOCK_UN };

	return flock(fd, FUZZ_ONE_OF(how) | LOCK_NB);
}

static long call_aio(int fd)
{
	struct iocb request = {
		.aio_fildes = fd, .aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_buf = (unsigned long)fuzz_pointer(),
		.aio_nbytes = fuzz_size(), .aio_offset = fuzz_offset(),
	};
	struct iocb *list = &request;
	struct io_event event;

	if (syscall(SYS_io_submit, fuzz.aio, 1, &list) != 1)
		return -1;
	if (syscall(SYS_io_getevents, fuzz.aio, 1, 1, &event, NULL) != 1)
		fail_errno("io_getevents");
	if (event.res < 0) {
		errno = -event.res;
		return -1;
	}
	return fuzz_text((void *)request.aio_buf, event.res);
}

static long call_open(int fd)
{
	const int flags[] = { O_DIRECTORY, O_CREAT | O_EXCL, O_DIRECT,
			      O_TMPFILE | O_RDWR, O_WRONLY | O_TRUNC, O_NOFOLLOW,
			      O_PATH, O_APPEND | O_RDWR };
	int other = open(PCSTATS_PATH, FUZZ_ONE_OF(flags) | O_CLOEXEC, 0600);

	if (other < 0)
		return -1;
	close(other);
	return 0;
}

/* ---- which errors are right ---- */

/* EBADF: not opened for this; ESPIPE: what seq_file says to pwrite(2). */
static const struct {
	const char *name;
	long (*call)(int fd);
	int errors[8];
} calls[] = {
	{ "read", call_read, { EBADF, EFAULT, EINVAL } },
	{ "pread", call_pread, { EBADF, EFAULT, EINVAL, EOVERFLOW } },
	{ "preadv2", call_readv, { EBADF, EFAULT, EINVAL, EOVERFLOW, EOPNOTSUPP } },
	{ "lseek", call_lseek, { EINVAL } },
	{ "write", call_write, { EBADF, EFAULT, EINVAL, EOVERFLOW, ESPIPE } },
	{ "pwritev2", call_writev, { EBADF, EFAULT, EINVAL, EOVERFLOW, ESPIPE } },
	{ "splice", call_splice, { EBADF, EINVAL, EAGAIN } },
	{ "splice to", call_splice_to, { EBADF, EINVAL } },
	{ "tee", call_tee, { EBADF, EINVAL, EFAULT } },
	{ "sendfile", call_sendfile, { EBADF, EINVAL, EAGAIN, EOVERFLOW } },
	{ "copy_file_range", call_copy, { EBADF, EINVAL, EXDEV, EOVERFLOW } },
	{ "mmap", call_mmap, { EACCES, EINVAL, EIO, ENOMEM, EOVERFLOW, EPERM } },
	{ "poll", call_poll, { } },
	{ "PCSTATS_JOB_ADD", call_join, { ESRCH, EPERM, EBUSY, ENOSPC } },
	{ "PCSTATS_JOB_WAIT", call_wait, { EINVAL } },
	{ "ioctl", call_ioctl, { ENOTTY } },
	{ "fcntl", call_fcntl, { EBADF, EINVAL, EFAULT, EAGAIN, EACCES, EPERM } },
	{ "size", call_size, { EBADF, EINVAL, EOPNOTSUPP, ESPIPE, EPERM, ENODEV,
			       EFBIG } },
	{ "flock", call_flock, { EWOULDBLOCK } },
	{ "aio", call_aio, { EBADF, EFAULT, EINVAL, EOVERFLOW } },
	{ "open", call_open, { ENOTDIR, EEXIST, EINVAL, EACCES, EOPNOTSUPP } },
};

static bool may_fail_with(const int *errors, int error)
{
	while (*errors && *errors != error)
		errors++;
	return *errors;
}

void fuzz_call(int fd)
{
	const size_t i = fuzz_random(FUZZ_COUNT(calls));

	fuzz.calls++;
	if (calls[i].call(fd) < 0 && !may_fail_with(calls[i].errors, errno))
		fail("seed %lu, call %lu: %s: %m", fuzz.seed, fuzz.calls,
		     calls[i].name);
}
