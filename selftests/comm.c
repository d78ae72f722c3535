// SPDX-License-Identifier: GPL-2.0-only
/* No task can forge a line or write to a terminal by its name, in any table. */
#include <fcntl.h>
#include <sys/prctl.h>

#include "cow.h"
#include "job.h"

#define PAGES 3

static char text[1 << 20];

static long do_set_name(long name)
{
	if (prctl(PR_SET_NAME, name))
		fail_errno("PR_SET_NAME");
	return 0;
}

FIXTURE_VARIANT(pcstats) {
	const char *name;	/* as set, at most 15 bytes */
	const char *shown;
};

FIXTURE_VARIANT_ADD(pcstats, plain) { "a name", "a name" };
FIXTURE_VARIANT_ADD(pcstats, total) { "\ntotal forks 1", "\\ntotal forks 1" };
FIXTURE_VARIANT_ADD(pcstats, header) { "x\n# task pid", "x\\n# task pid" };
FIXTURE_VARIANT_ADD(pcstats, row) { "\ntask 1 1 0 S", "\\ntask 1 1 0 S" };
FIXTURE_VARIANT_ADD(pcstats, return) { "a\rb\tc\v\f", "a\\rb\\tc\\v\\f" };
FIXTURE_VARIANT_ADD(pcstats, escape) { "\033[2J\007", "\\e[2J\\a" };
FIXTURE_VARIANT_ADD(pcstats, backslash) { "a\\nb\\", "a\\\\nb\\\\" };
FIXTURE_VARIANT_ADD(pcstats, high_bytes) { "\303\244\377", "\\303\\244\\377" };
FIXTURE_VARIANT_ADD(pcstats, delete) { "\177\001", "\\177\\001" };
FIXTURE_VARIANT_ADD(pcstats, blanks) { "  a  ", "  a  " };
FIXTURE_VARIANT_ADD(pcstats, longest) {
	"\001\002\003\004\005\006\016\017\020\021\022\023\024\025\026",
	"\\001\\002\\003\\004\\005\\006\\016\\017\\020\\021\\022\\023\\024\\025\\026"
};

/* Lines of the file that begin with @start. */
static unsigned int lines(const char *start)
{
	unsigned int n = 0;
	const char *line;

	for (line = text; *line; line = strchr(line, '\n') + 1)
		n += !strncmp(line, start, strlen(start));
	return n;
}

/* The text as through a file with a job. */
static void read_text(int fd)
{
	size_t len = 0, i;
	ssize_t got;

	while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	if (got < 0 || !len || text[len - 1] != '\n')
		fail("no whole text");
	text[len] = '\0';
	/* Printable ASCII and newlines, each of which ends a line of ours. */
	for (i = 0; i < len; i++)
		if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
			fail("byte %#x at %zu", text[i] & 0xff, i);
}

/* The tables with a row of @pid, all of which must end with @end. */
static const char *tables_of(pid_t pid, const char *end)
{
	static char tables[200];
	char *line, *newline, *at, name[16], last[16] = "";
	int row_pid;

	tables[0] = '\0';
	for (line = text; *line; line = newline + 1) {
		newline = strchr(line, '\n');
		if (sscanf(line, "%15s %d ", name, &row_pid) != 2 ||
		    row_pid != pid || !strcmp(name, "mm"))
			continue;
		at = newline - strlen(end);
		if (at <= line || strncmp(at, end, strlen(end)))
			fail("%.*s", (int)(newline - line), line);
		if (strcmp(name, last))
			strcat(strcat(tables, " "), name);
		strcpy(last, name);
	}
	return tables;
}

TEST_F(pcstats, is_escaped)
{
	struct pcstats_task row;
	struct puppet p;
	char shown[80];
	int fd;

	fd = job_open();
	region = region_map(PAGES, MAP_PRIVATE, file_with(PAGES));
	puppet_start(&p);
	puppet_call(&p, do_set_name, (long)variant->name);
	ASSERT_EQ(0, job_add(fd, p.pid));
	inner_start(&p, SIGCHLD);
	puppet_call(&p, do_write, PAGES);

	read_text(fd);
	EXPECT_EQ(1, lines("pcstats "));
	EXPECT_EQ(1, lines("total forks "));
	EXPECT_EQ(1, lines("job forks "));
	EXPECT_EQ(1, lines("# task "));
	EXPECT_EQ(1, lines("# mm "));
	EXPECT_EQ(1, lines("# cow "));

	/* The end of the row, after one blank. */
	snprintf(shown, sizeof(shown), " %s", variant->shown);
	EXPECT_STREQ(" task cow why where map fork born most",
		     tables_of(p.pid, shown));

	/* And the reader gives back the very name. */
	row = task_row(p.pid);
	EXPECT_STREQ(variant->name, row.comm);
	EXPECT_STREQ(variant->name, mm_row(p.pid).comm);
	EXPECT_STREQ(variant->name, job_most(fd, p.pid).comm);
	inner_end(&p);
	puppet_end(&p);

	/* What is left of it. */
	lseek(fd, 0, SEEK_SET);
	read_text(fd);
	EXPECT_STREQ(" task cow why where map fork born most",
		     tables_of(p.pid, shown));
	close(fd);
}

PCSTATS_TEST_MAIN
