// SPDX-License-Identifier: GPL-2.0-only
/* Words of a line, and the values that they stand for. */
#include <string.h>

#include "reader_private.h"

bool word_next(struct word *line, struct word *w)
{
	const char *end = line->at + line->len;

	w->at = line->at;
	while (w->at < end && *w->at == ' ')
		w->at++;
	line->at = w->at;
	while (line->at < end && *line->at != ' ')
		line->at++;
	line->len = end - line->at;
	w->len = line->at - w->at;
	return w->len;
}

bool word_is(struct word w, const char *name)
{
	return w.len == strlen(name) && !memcmp(w.at, name, w.len);
}

int word_shown(struct word w)
{
	return w.len < 40 ? (int)w.len : 40;
}

bool word_number(struct word w, unsigned long long max,
		 unsigned long long *value)
{
	unsigned long long v = 0;
	size_t i;

	for (i = 0; i < w.len; i++) {
		unsigned int digit = (unsigned char)w.at[i] - '0';

		if (digit > 9 || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return w.len;
}

bool word_tally(struct word w, unsigned long long *value)
{
	if (word_is(w, "-")) {
		*value = PCSTATS_UNWATCHED;
		return true;
	}
	return word_number(w, PCSTATS_UNWATCHED - 1, value);
}

static bool letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool word_state(struct word w, struct pcstats_state *state)
{
	unsigned long long status;

	if (!w.len || !letter(w.at[0]))
		return false;
	*state = (struct pcstats_state){
		.letter = w.at[0], .exited = w.len > 1,
		.exit_code = -1, .signal = -1,
	};
	/* "X" alone is a live task on its way out, as in /proc/PID/stat. */
	if (!state->exited)
		return true;
	if (state->letter != 'X')
		return false;
	w.at++;
	w.len--;
	if (w.at[0] != '/') {
		if (!word_number(w, 255, &status))
			return false;
		state->exit_code = status;
		return true;
	}
	w.at++;
	w.len--;
	if (!word_number(w, 127, &status) || !status)
		return false;
	state->signal = status;
	return true;
}

/* Cut one byte, escaped or not, off @w; -1: not one that a comm can have. */
static int comm_byte(struct word *w)
{
	static const char from[] = "nrtvfae\\\"";
	static const char to[] = "\n\r\t\v\f\a\033\\\"";
	const char *found;
	int value = 0;
	size_t i;

	if (w->at[0] < ' ' || w->at[0] > '~')
		return -1;
	if (w->at[0] != '\\') {
		w->len--;
		return *w->at++;
	}
	if (w->len < 2 || !w->at[1])
		return -1;
	found = strchr(from, w->at[1]);
	if (found) {
		w->at += 2;
		w->len -= 2;
		return to[found - from];
	}
	if (w->len < 4)
		return -1;
	for (i = 1; i < 4; i++) {
		if (w->at[i] < '0' || w->at[i] > '7')
			return -1;
		value = value * 8 + (w->at[i] - '0');
	}
	w->at += 4;
	w->len -= 4;
	return value && value < 256 ? value : -1;
}

const char *word_comm(struct word w, char to[PCSTATS_COMM_SIZE])
{
	size_t len = 0;

	while (w.len) {
		int c = comm_byte(&w);

		if (c < 0)
			return "a byte or escape that a comm cannot have";
		if (len == PCSTATS_COMM_SIZE - 1)
			return "comm too long";
		to[len++] = c;
	}
	to[len] = '\0';
	return NULL;
}
