// SPDX-License-Identifier: GPL-2.0-only
/* No task can forge a line or write to a terminal by its name. */
#include <sys/prctl.h>

#include "pcstats.h"

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

TEST_F(pcstats, is_escaped)
{
	struct pcstats_task row;
	char shown[80], *line, *end;
	struct puppet p;
	size_t i, len;

	puppet_start(&p);
	puppet_call(&p, do_set_name, (long)variant->name);
	len = file_read(PCSTATS_PATH, text, sizeof(text));

	/* Printable ASCII and newlines, each of which ends a line of ours. */
	for (i = 0; i < len; i++)
		ASSERT_TRUE(text[i] == '\n' ||
			    (text[i] >= ' ' && text[i] <= '~'));
	EXPECT_EQ('\n', text[len - 1]);
	EXPECT_EQ(1, lines("pcstats "));
	EXPECT_EQ(1, lines("total forks "));
	EXPECT_EQ(1, lines("# task "));
	EXPECT_EQ(1, lines("# mm "));
	EXPECT_EQ(1, lines("# cow "));

	/* The end of the row, after one blank. */
	snprintf(shown, sizeof(shown), " %s", variant->shown);
	for (line = text; *line; line = end + 1) {
		pid_t pid;

		end = strchr(line, '\n');
		if (sscanf(line, "task %d ", &pid) != 1 || pid != p.pid)
			continue;
		ASSERT_LT(strlen(shown), (size_t)(end - line));
		*end = '\0';
		EXPECT_STREQ(shown, end - strlen(shown));
		break;
	}
	EXPECT_NE('\0', *line);

	/* And the reader gives back the very name, in each table. */
	row = task_row(p.pid);
	EXPECT_STREQ(variant->name, row.comm);
	EXPECT_STREQ(variant->name, mm_row(p.pid).comm);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
