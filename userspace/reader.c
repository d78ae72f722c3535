// SPDX-License-Identifier: GPL-2.0-only
/* The text of /proc/pcstats, one line after the other. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader_private.h"

#define STRING(x) #x
#define NAME(name, sources, help) STRING(name),

const char *const pcstats_tally_names[PCSTATS_NR_TALLIES] = {
	PCSTATS_COUNTERS(NAME)
};

int reader_fail(struct parser *p, int error, const char *format, ...)
{
	va_list args;
	char *c;

	p->err->line = p->line;
	va_start(args, format);
	vsnprintf(p->err->reason, sizeof(p->err->reason), format, args);
	va_end(args);
	/* It may quote the text, which may be anything. */
	for (c = p->err->reason; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return error;
}

void *reader_add_row(struct rows *rows, size_t size)
{
	if (rows->nr == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 16;
		void *at = reallocarray(rows->at, room, size);

		if (!at)
			return NULL;
		rows->at = at;
		rows->room = room;
	}
	return memset(rows->at + size * rows->nr++, 0, size);
}

static int version_line(struct parser *p, struct word line)
{
	unsigned long long n;
	struct word w;

	if (!word_next(&line, &w) || !word_is(w, "pcstats") ||
	    !word_next(&line, &w) || !word_number(w, UINT_MAX, &n) || !n)
		return reader_fail(p, -EPROTO, "does not begin with \"pcstats 1\"");
	if (n > PCSTATS_FORMAT_VERSION)
		return reader_fail(p, -EPROTONOSUPPORT,
				   "version %llu, but this reader knows %d only", n,
				   PCSTATS_FORMAT_VERSION);
	if (word_next(&line, &w))
		return reader_fail(p, -EPROTO, "\"%.*s\" after the version",
				   word_shown(w), w.at);
	return 0;
}

static unsigned long long *tally_field(unsigned long long *tally,
				       struct word name)
{
	size_t i;

	for (i = 0; i < PCSTATS_NR_TALLIES; i++)
		if (word_is(name, pcstats_tally_names[i]))
			return &tally[i];
	return NULL;
}

static unsigned long long *total_field(struct pcstats_snapshot *snap,
				       struct word name)
{
	struct pcstats_total *total = &snap->total;

	total->present = true;
	if (word_is(name, "tasks"))
		return &total->tasks;
	if (word_is(name, "exited"))
		return &total->exited;
	if (word_is(name, "lost"))
		return &total->lost;
	return tally_field(total->tally, name);
}

static unsigned long long *job_field(struct pcstats_snapshot *snap,
				     struct word name)
{
	struct pcstats_job *job = &snap->job;

	job->present = true;
	if (word_is(name, "tasks"))
		return &job->tasks;
	if (word_is(name, "peak"))
		return &job->peak;
	if (word_is(name, "members"))
		return &job->members;
	if (word_is(name, "processes"))
		return &job->processes;
	if (word_is(name, "lost"))
		return &job->lost;
	return tally_field(job->tally, name);
}

/* A `total` or `job` record: a name and one number. */
static int count_line(struct parser *p, const char *record,
		      unsigned long long *(*find)(struct pcstats_snapshot *snap,
						  struct word name),
		      struct word line)
{
	unsigned long long *field;
	struct word name, value, more;

	if (!word_next(&line, &name) || !word_next(&line, &value))
		return reader_fail(p, -EPROTO, "%s without a name or a value",
				   record);
	field = find(p->snap, name);
	if (!field)
		return 0;
	if (!word_tally(value, field) || word_next(&line, &more))
		return reader_fail(p, -EPROTO, "%s %.*s: \"%.*s\" is not one number",
				   record, word_shown(name), name.at,
				   word_shown(value), value.at);
	return 0;
}

static bool is_printable(struct word line)
{
	size_t i;

	for (i = 0; i < line.len; i++)
		if (line.at[i] < ' ' || line.at[i] > '~')
			return false;
	return true;
}

static int hook_line(struct parser *p, struct word line)
{
	struct word name, mechanism, on, w, missed;
	struct pcstats_hook *hook;

	if (!is_printable(line))
		return reader_fail(p, -EPROTO, "hook: a byte that is not printable ASCII");
	if (!word_next(&line, &name) || !word_next(&line, &mechanism) ||
	    !word_next(&line, &on) ||
	    (!word_is(on, "on") && !word_is(on, "off")))
		return reader_fail(p, -EPROTO, "hook: no name, mechanism, on or off");
	if (name.len >= sizeof(hook->name) ||
	    mechanism.len >= sizeof(hook->mechanism))
		return reader_fail(p, -EPROTO, "hook: name or mechanism too long");
	hook = reader_add_row(&p->hooks, sizeof(*hook));
	if (!hook)
		return reader_fail(p, -ENOMEM, "no memory");
	memcpy(hook->name, name.at, name.len);
	memcpy(hook->mechanism, mechanism.at, mechanism.len);
	hook->on = word_is(on, "on");
	if (!word_next(&line, &w) || !word_is(w, "missed") ||
	    !word_next(&line, &missed) || !word_tally(missed, &hook->missed))
		return reader_fail(p, -EPROTO, "hook: no count of missed events");
	while (word_next(&line, &w)) {
		size_t room = sizeof(hook->reason) - 1;

		if (!word_is(w, "reason") || !line.len)
			continue;
		memcpy(hook->reason, line.at + 1,
		       line.len - 1 < room ? line.len - 1 : room);
		break;
	}
	return 0;
}

static int one_line(struct parser *p, struct word line)
{
	struct word rest = line, record;
	int t;

	p->line++;
	if (p->line == 1)
		return version_line(p, line);
	if (!word_next(&rest, &record))
		return 0;
	if (record.at[0] == '#')
		return reader_columns_line(p, line);
	if (word_is(record, "total"))
		return count_line(p, "total", total_field, rest);
	if (word_is(record, "job"))
		return count_line(p, "job", job_field, rest);
	if (word_is(record, "hook"))
		return hook_line(p, rest);
	t = reader_find_table(record);
	return t < 0 ? 0 : reader_row_line(p, t, rest);
}

static int all_lines(struct parser *p, struct word text)
{
	int error;

	while (text.len) {
		const char *end = memchr(text.at, '\n', text.len);
		struct word line = { text.at, end ? end - text.at : 0 };

		if (!end) {
			p->line++;
			return reader_fail(p, -EPROTO, "cut off: no end of line");
		}
		error = one_line(p, line);
		if (error)
			return error;
		text.at += line.len + 1;
		text.len -= line.len + 1;
	}
	if (!p->line)
		return reader_fail(p, -EPROTO, "empty");
	p->line = 0;
	return reader_check_tables(p);
}

int pcstats_parse(struct pcstats_snapshot *snap, const char *text, size_t len,
		  struct pcstats_error *err)
{
	struct pcstats_error unasked = { .line = 0 };
	struct parser p = { .snap = snap };
	int error, t;

	p.err = err ? err : &unasked;
	*p.err = (struct pcstats_error){ .line = 0 };
	/* All bits set is PCSTATS_UNWATCHED. */
	memset(snap, 0xff, sizeof(*snap));
	snap->total.present = false;
	snap->job.present = false;
	error = all_lines(&p, (struct word){ text, len });
	snap->hooks = (void *)p.hooks.at;
	snap->nr_hooks = p.hooks.nr;
	snap->tasks = (void *)p.tables[READER_TASK].rows.at;
	snap->nr_tasks = p.tables[READER_TASK].rows.nr;
	snap->mms = (void *)p.tables[READER_MM].rows.at;
	snap->nr_mms = p.tables[READER_MM].rows.nr;
	snap->nr_cows = 0;
	for (t = 0; t < PCSTATS_NR_COW_TABLES; t++) {
		snap->cow[t].rows = (void *)p.tables[READER_COW + t].rows.at;
		snap->cow[t].nr = p.tables[READER_COW + t].rows.nr;
		snap->nr_cows += snap->cow[t].nr;
	}
	snap->maps = (void *)p.tables[READER_MAP].rows.at;
	snap->nr_maps = p.tables[READER_MAP].rows.nr;
	snap->forks = (void *)p.tables[READER_FORK].rows.at;
	snap->nr_forks = p.tables[READER_FORK].rows.nr;
	snap->borns = (void *)p.tables[READER_BORN].rows.at;
	snap->nr_borns = p.tables[READER_BORN].rows.nr;
	snap->most = (void *)p.tables[READER_MOST].rows.at;
	snap->nr_most = p.tables[READER_MOST].rows.nr;
	if (!error && reader_join(&p, snap))
		error = reader_fail(&p, -ENOMEM, "no memory");
	if (error)
		pcstats_free(snap);
	return error;
}
