// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that is handed on shows its new holder what that one may see, wherever
 * the one before has stopped: in a line, in a table, behind a seek.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "cow.h"
#include "job.h"
#include "viewpoint.h"

#define PAGES 5
#define SECRET "a secret"
#define ROOM (1 << 20)

/* What both have read, one after the other. */
static struct {
	char marker[64];	/* up to which the first one reads */
	size_t given, len;
	char text[ROOM];
} *shared;

/* One for each time that a file is handed on. */
#define FILES 8
static int fds[FILES];

/* ---- who hands it on ---- */

static long do_open(long arg)
{
	int i;

	for (i = 0; i < FILES; i++) {
		fds[i] = open(PCSTATS_PATH, O_RDONLY);
		if (fds[i] < 0)
			fail_errno(PCSTATS_PATH);
	}
	return 0;
}

/* Somewhat before the marker, as another file has it. */
static size_t find_marker(void)
{
	const char *at;

	file_read(PCSTATS_PATH, shared->text, ROOM);
	at = strstr(shared->text, shared->marker);
	if (!at)
		fail("\"%s\" is not in the text", shared->marker);
	return at - shared->text < 64 ? 0 : at - shared->text - 64;
}

/* At last byte by byte: the rest of the line has been prepared for it. */
static long do_read_to_marker(long file)
{
	const size_t before = find_marker(), n = strlen(shared->marker);
	size_t len = 0;
	ssize_t got;

	while (len < n || memcmp(shared->text + len - n, shared->marker, n)) {
		got = read(fds[file], shared->text + len,
			   len < before ? before - len : 1);
		if (got <= 0)
			fail("\"%s\" is not in the text any more",
			     shared->marker);
		len += got;
	}
	shared->given = len;
	return len;
}

/* The same by a seek from the beginning: nothing has been read. */
static long do_seek_to_marker(long file)
{
	off_t at = do_read_to_marker(file);

	if (lseek(fds[file], 0, SEEK_SET) || lseek(fds[file], at, SEEK_SET) != at)
		fail_errno("lseek");
	return 0;
}

/* ---- and who gets it ---- */

enum {
	SEES_SECRET = 1, SEES_OWN = 2, SEES_TOTALS = 4, HALF_LINE = 8,
};

static bool names_record(const char *text)
{
	static const char *const begins[] = {
		"pcstats ", "total ", "hook ", "task ", "mm ", "#", "\n",
	};
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(text, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static long do_read_rest(long file)
{
	char *text = shared->text + shared->given;
	size_t len = 0;
	ssize_t got;
	long sees;

	while ((got = read(fds[file], text + len, 4096)) > 0) {
		len += got;
		if (shared->given + len + 4096 > ROOM)
			fail("more than %d bytes", ROOM);
	}
	if (got < 0)
		fail_errno("read");
	text[len] = '\0';
	shared->len = shared->given + len;
	sees = names_record(text) ? 0 : HALF_LINE;
	if (strstr(text, SECRET))
		sees |= SEES_SECRET;
	if (strstr(text, " own\n"))
		sees |= SEES_OWN;
	if (strstr(text, "total "))
		sees |= SEES_TOTALS;
	return sees;
}

static long do_set_name(long name)
{
	return prctl(PR_SET_NAME, name);
}

/* ---- cases ---- */

FIXTURE_VARIANT(pcstats) {
	const char *options;
	bool in_pid_ns;
};

FIXTURE_VARIANT_ADD(pcstats, noaccess) { "hidepid=1" };
FIXTURE_VARIANT_ADD(pcstats, invisible) { "hidepid=2" };
FIXTURE_VARIANT_ADD(pcstats, ptraceable) { "hidepid=4" };
FIXTURE_VARIANT_ADD(pcstats, pid_namespace) { "hidepid=0", true };

static void secret_start(struct puppet *secret)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fail_errno("mmap");
	puppet_start(secret);
	puppet_call(secret, do_set_name, (long)SECRET);
}

/* The inner puppet of @giver shares its file. */
static void both_start(struct puppet *giver, const char *options, int flags)
{
	puppet_clone(giver, CLONE_NEWNS | SIGCHLD);
	puppet_call(giver, do_mount_proc, (long)options);
	puppet_call(giver, do_open, 0);
	inner_start(giver, flags | SIGCHLD);
	inner_call(giver, do_set_name, (long)"own");
}

/* Where the inner puppet sees less. */
static void differing_start(struct puppet *giver, const char *options,
			    bool in_pid_ns)
{
	both_start(giver, options, in_pid_ns ? CLONE_NEWPID : 0);
	if (!in_pid_ns)
		inner_call(giver, do_become_nobody, 0);
}

static void both_end(struct puppet *giver)
{
	inner_end(giver);
	puppet_end(giver);
}

#define SEEN (SEES_SECRET | SEES_OWN | HALF_LINE)

TEST_F(pcstats, to_who_sees_less)
{
	const char *const places[] = { "p", "task   %7d", "\nmm ", " %d " };
	const puppet_fn ways[] = { do_read_to_marker, do_seek_to_marker };
	struct puppet secret, giver;
	long sees;
	int i;

	secret_start(&secret);
	differing_start(&giver, variant->options, variant->in_pid_ns);
	for (i = 0; i < FILES; i++) {
		snprintf(shared->marker, sizeof(shared->marker), places[i / 2],
			 secret.pid);
		puppet_call(&giver, ways[i % 2], i);
		sees = inner_call(&giver, do_read_rest, i);
		EXPECT_EQ(SEES_OWN, sees & SEEN)
			TH_LOG("%s \"%s\"", i % 2 ? "seek to" : "read to",
			       shared->marker);
		if (variant->in_pid_ns)
			EXPECT_EQ(0, sees & SEES_TOTALS);
	}
	both_end(&giver);
	puppet_end(&secret);
}

/* And back: what the one may not see does not keep the other from it. */
TEST_F(pcstats, back)
{
	struct puppet secret, giver;

	secret_start(&secret);
	differing_start(&giver, variant->options, variant->in_pid_ns);
	strcpy(shared->marker, "\nmm ");
	inner_call(&giver, do_read_to_marker, 0);
	EXPECT_EQ(SEES_SECRET | SEES_OWN,
		  puppet_call(&giver, do_read_rest, 0) & SEEN);
	both_end(&giver);
	puppet_end(&secret);
}

/* As by { read line; cat; } in a shell. */
TEST_F(pcstats, to_who_sees_the_same)
{
	const char *const places[] = { "p", "task   %7d", "\nmm " };
	struct puppet secret, giver;
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	size_t i;

	secret_start(&secret);
	both_start(&giver, variant->options, 0);
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(shared->marker, sizeof(shared->marker), places[i],
			 secret.pid);
		puppet_call(&giver, do_read_to_marker, i);
		EXPECT_EQ(SEES_SECRET | SEES_OWN | HALF_LINE,
			  inner_call(&giver, do_read_rest, i) & SEEN);
		ASSERT_EQ(0, pcstats_parse(&snap, shared->text, shared->len,
					   &error))
			TH_LOG("line %lu: %s", error.line, error.reason);
		EXPECT_NE(NULL, pcstats_find_live(&snap, secret.pid));
		pcstats_free(&snap);
	}
	both_end(&giver);
	puppet_end(&secret);
}

/* ---- jobs ---- */

static long do_add_to_job(long pid)
{
	return job_add(fds[0], pid);
}

static long do_read_job(long arg)
{
	return job_read(fds[0]).tally[PCSTATS_copied];
}

static long do_count_most(long arg)
{
	struct pcstats_snapshot snap = job_snapshot(fds[0]);
	long n = snap.nr_most;

	pcstats_free(&snap);
	return n;
}

/* The sums are whose the file is; who is in it is not for everybody. */
TEST_F(pcstats, job)
{
	struct puppet secret, giver;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	secret_start(&secret);
	differing_start(&giver, variant->options, variant->in_pid_ns);
	ASSERT_EQ(0, puppet_call(&giver, do_add_to_job, secret.pid));
	puppet_call(&secret, do_write, PAGES);
	EXPECT_EQ(PAGES, puppet_call(&giver, do_read_job, 0));
	EXPECT_EQ(1, puppet_call(&giver, do_count_most, 0));
	EXPECT_EQ(PAGES, inner_call(&giver, do_read_job, 0));
	EXPECT_EQ(0, inner_call(&giver, do_count_most, 0));
	puppet_end(&secret);
	EXPECT_EQ(1, puppet_call(&giver, do_count_most, 0));
	EXPECT_EQ(0, inner_call(&giver, do_count_most, 0));
	both_end(&giver);
}

PCSTATS_TEST_MAIN
