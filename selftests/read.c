// SPDX-License-Identifier: GPL-2.0-only
/*
 * However the file is read, in single bytes, in odd pieces, again after a seek,
 * by position, it gives the same text.
 *
 * The reader is alone in a PID namespace with idle tasks, so the text is the
 * same at any time: there is nobody else's row in it.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

#include "crowd.h"
#include "pcstats.h"

#define IDLE 100
#define MAX (256 * 1024)

static char whole[MAX], pieces[MAX];
static size_t whole_len;
static pid_t idle[IDLE];

static int file_open(void)
{
	int fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_errno(PCSTATS_PATH);
	return fd;
}

/* To the end, @piece bytes at a time. */
static size_t read_pieces(int fd, char *buf, size_t piece)
{
	size_t len = 0;
	ssize_t got;

	while ((got = read(fd, buf + len, piece)) > 0) {
		len += got;
		if (len + piece > MAX)
			fail("more than %d bytes", MAX);
	}
	if (got < 0)
		fail_errno("read");
	return len;
}

static long do_prepare(long arg)
{
	int fd;

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL))
		fail_errno("mount of proc");
	crowd_idle(idle, IDLE);
	/* fork has shared what is written from now on. */
	settle();
	fd = file_open();
	whole_len = read_pieces(fd, whole, 65536);
	close(fd);
	return whole_len;
}

static long same(size_t len, size_t from)
{
	return len == whole_len - from &&
	       !memcmp(pieces, whole + from, len);
}

static long do_read_pieces(long piece)
{
	int fd = file_open();
	size_t len = read_pieces(fd, pieces, piece);

	/* And nothing comes after the end. */
	if (read(fd, pieces + len, 1))
		fail("more after the end");
	close(fd);
	return same(len, 0);
}

static long do_pread(long piece)
{
	int fd = file_open();
	size_t len = 0;
	ssize_t got;

	while ((got = pread(fd, pieces + len, piece, len)) > 0)
		len += got;
	if (got < 0)
		fail_errno("pread");
	close(fd);
	return same(len, 0);
}

/* From the end to the beginning, each piece by its own seek. */
static long do_backwards(long piece)
{
	int fd = file_open();
	size_t at, len, n;
	ssize_t got;

	memset(pieces, 0, sizeof(pieces));
	for (at = whole_len; at; at -= len) {
		len = at < (size_t)piece ? at : (size_t)piece;
		if (lseek(fd, at - len, SEEK_SET) != (off_t)(at - len))
			fail_errno("lseek");
		for (n = 0; n < len; n += got) {
			got = read(fd, pieces + at - len + n, len - n);
			if (got <= 0)
				fail("read at %zu: %m", at - len + n);
		}
	}
	close(fd);
	return same(whole_len, 0);
}

static long do_again(long at)
{
	int fd = file_open();
	long result = 1;

	result &= same(read_pieces(fd, pieces, 4096), 0);
	if (lseek(fd, 0, SEEK_SET))
		fail_errno("lseek");
	result &= same(read_pieces(fd, pieces, 4096), 0);
	if (lseek(fd, at, SEEK_SET) != at)
		fail_errno("lseek");
	result &= same(read_pieces(fd, pieces, 4096), at);
	close(fd);
	return result;
}

static long do_behind_the_end(long arg)
{
	int fd = file_open();
	long got;

	if (lseek(fd, whole_len + 1000, SEEK_SET) < 0)
		fail_errno("lseek");
	got = read(fd, pieces, 100);
	close(fd);
	return got;
}

TEST_F(pcstats, same_text)
{
	const long sizes[] = { 7, 100, 4095, 4096, 4097, 100000 };
	struct puppet p;
	long len;
	size_t i;

	puppet_clone(&p, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	len = puppet_call(&p, do_prepare, 0);
	/* A row each in two tables: more than one page of text. */
	EXPECT_LE(2 * IDLE * 60, len);
	EXPECT_EQ(1, puppet_call(&p, do_read_pieces, 1));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		TH_LOG("%ld bytes at a time", sizes[i]);
		EXPECT_EQ(1, puppet_call(&p, do_read_pieces, sizes[i]));
		EXPECT_EQ(1, puppet_call(&p, do_pread, sizes[i]));
	}
	EXPECT_EQ(1, puppet_call(&p, do_backwards, 1000));
	EXPECT_EQ(1, puppet_call(&p, do_backwards, 4096));
	EXPECT_EQ(1, puppet_call(&p, do_again, 1));
	EXPECT_EQ(1, puppet_call(&p, do_again, len / 2));
	EXPECT_EQ(1, puppet_call(&p, do_again, len - 1));
	EXPECT_EQ(0, puppet_call(&p, do_behind_the_end, 0));
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
