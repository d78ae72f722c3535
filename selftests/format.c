// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file has the form that module/ABI promises: the version first, then
 * records by name, tables behind their column names, sources all on; anyone
 * may read it, and no address is in it.
 */
#include <sys/stat.h>

#include "pcstats.h"

static char text[1 << 20];

TEST_F(pcstats, mode_and_owner)
{
	struct stat st;

	ASSERT_EQ(0, stat(PCSTATS_PATH, &st));
	EXPECT_EQ(S_IFREG | 0644, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
}

static const char *const records[] = {
	"total ", "hook ", "# task ", "task ", "# mm ", "mm ", "# cow ", "cow ",
	"# rare ", "rare ", "# huge ", "huge ", "# why ", "why ",
	"# where ", "where ", "# map ", "map ", "# fork ", "fork ",
	"# born ", "born ",
};

#define NR_RECORDS (sizeof(records) / sizeof(*records))

/* Most systems never have such an event. */
static bool is_optional(const char *record)
{
	return !strcmp(record, "rare ") || !strcmp(record, "huge ");
}

/* Each line is one of these, and they come in this order. */
TEST_F(pcstats, lines)
{
	char *line, *end, *found[NR_RECORDS] = { NULL };
	size_t i, at = 0;
	bool blank = false;

	file_read(PCSTATS_PATH, text, sizeof(text));
	line = text;
	ASSERT_EQ(0, strncmp(line, "pcstats 1\n", 10));
	for (line += 10; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		if (line == end) {
			EXPECT_FALSE(blank);
			blank = true;
			continue;
		}
		for (i = at; i < NR_RECORDS; i++)
			if (!strncmp(line, records[i], strlen(records[i])))
				break;
		ASSERT_NE(NR_RECORDS, i)
			TH_LOG("out of place: %s", line);
		/* A blank line stands before a table, and nowhere else. */
		EXPECT_EQ(records[i][0] == '#', blank)
			TH_LOG("%s", line);
		/* The names of the huge table are long, and its rows rare. */
		EXPECT_GE(strstr(records[i], "huge") ? 135 : 120, end - line)
			TH_LOG("%s", line);
		blank = false;
		found[i] = line;
		at = i;
	}
	for (i = 0; i < NR_RECORDS; i++)
		if (!found[i] && !is_optional(records[i]))
			fail("no line %s", records[i]);
}

/* A kernel that we know has all that is hooked: every tally is watched. */
TEST_F(pcstats, hooks_are_on)
{
	struct pcstats_snapshot snap = snapshot();
	size_t i;

	EXPECT_NE(NULL, pcstats_find_hook(&snap, "task_newtask"));
	EXPECT_NE(NULL, pcstats_find_hook(&snap, "ptep_clear_flush"));
	for (i = 0; i < snap.nr_hooks; i++) {
		const struct pcstats_hook *hook = &snap.hooks[i];

		EXPECT_EQ(0, hook->missed)
			TH_LOG("%s", hook->name);
	}
	EXPECT_STREQ("", not_watched());
	EXPECT_EQ(0, snap.total.lost);
	pcstats_free(&snap);
}

static bool is_hex_word(const char *word, size_t len)
{
	size_t digits = strspn(word, "0123456789abcdef");

	/* Of a decimal number of 20 digits none is an address. */
	return digits == len && len >= 8 &&
	       strspn(word, "0123456789") < len;
}

TEST_F(pcstats, no_address)
{
	char *word;

	file_read(PCSTATS_PATH, text, sizeof(text));
	EXPECT_EQ(NULL, strstr(text, "0x"));
	EXPECT_EQ(NULL, strstr(text, "ffff"));
	for (word = strtok(text, "\n "); word; word = strtok(NULL, "\n "))
		if (is_hex_word(word, strlen(word)))
			fail("%s looks like an address", word);
}

/* How many of these are shown: init, kthreadd, the test, the caller. */
static long do_read_as_nobody(long test)
{
	struct pcstats_snapshot snap;
	long found;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		fail_errno("setresuid");
	snap = snapshot();
	found = !!pcstats_find_live(&snap, 1) + !!pcstats_find_live(&snap, 2) +
		!!pcstats_find_live(&snap, test) +
		!!pcstats_find_live(&snap, getpid());
	pcstats_free(&snap);
	return found;
}

TEST_F(pcstats, nobody_reads_it_too)
{
	struct puppet p;

	puppet_start(&p);
	EXPECT_EQ(4, puppet_call(&p, do_read_as_nobody, getpid()));
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
