// SPDX-License-Identifier: GPL-2.0-only
/* A recording, from its first snapshot to its end or to where it is cut off. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report.h"

/* The frame's snapshot behind @last, which it replaces. */
static void add_snapshot(struct recording *r, struct pcstats_snapshot *last,
			 struct pcstats_snapshot *snap)
{
	unsigned long long before_ns = r->last_ns;
	struct pcstats_diff diff;
	bool reset;

	r->last_ns = r->frame.monotonic_ns;
	if (r->options->pid && pcstats_find_task(snap, r->options->pid))
		r->pid_seen = true;
	if (r->nr++) {
		report_diff(&diff, last, snap, &reset);
		if (reset)
			fail("%s: the tallies were reset before snapshot %lu: what was done before the reset since snapshot %lu is missing",
			     r->path, r->nr, r->nr - 1);
		report_add_interval(r, before_ns, &diff);
		sums_add(&r->sums, &diff, last, snap);
		pcstats_diff_free(&diff);
		pcstats_free(last);
	} else {
		r->first_ns = r->frame.monotonic_ns;
		r->began_ns = r->frame.realtime_ns;
	}
	*last = *snap;
}

/* Why there is no more; whatever is there can be used. */
static int ended(struct recording *r, enum series_status status)
{
	switch (status) {
	case SERIES_FRAME:
	case SERIES_END:
		r->complete = true;
		return STATUS_OK;
	case SERIES_CUT:
		fail("%s: cut off after snapshot %lu: the recorder did not end by itself",
		     r->path, r->nr);
		return r->nr ? STATUS_OK : STATUS_FAILED;
	case SERIES_MALFORMED:
		return fail("%s: malformed after snapshot %lu", r->path, r->nr);
	case SERIES_VERSION_NEWER:
		return fail("%s: a newer pcstats command is needed", r->path);
	case SERIES_FAILED:
		break;
	}
	return fail("%s: %s", r->path, strerror(errno));
}

int report_read(struct recording *r)
{
	struct pcstats_snapshot last = { }, snap;
	enum series_status status;
	struct pcstats_error err;
	int failed = STATUS_OK;

	while (!failed) {
		status = series_next(r->file, &r->frame);
		if (status != SERIES_FRAME) {
			failed = ended(r, status);
			break;
		}
		if (pcstats_parse(&snap, r->frame.text, r->frame.len, &err))
			failed = fail("%s: snapshot %lu: line %lu: %s", r->path,
				      r->nr + 1, err.line, err.reason);
		else
			add_snapshot(r, &last, &snap);
	}
	pcstats_free(&last);
	return failed;
}

/* ---- --at ---- */

/* A terminal gets no control characters, whoever wrote the file. */
static void print_text(const struct series_frame *frame)
{
	bool terminal = isatty(STDOUT_FILENO);
	size_t i;

	for (i = 0; i < frame->len; i++) {
		char c = frame->text[i];

		putchar(terminal && c != '\n' && (c < ' ' || c > '~') ? '?' : c);
	}
}

int report_print_at(struct recording *r)
{
	enum series_status status;

	while ((status = series_next(r->file, &r->frame)) == SERIES_FRAME) {
		if (++r->nr < r->options->at)
			continue;
		print_text(&r->frame);
		return STATUS_OK;
	}
	fail("%s: no snapshot %llu: there are %lu", r->path, r->options->at, r->nr);
	return ended(r, status) ?: STATUS_NONE;
}
