// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots for the subcommands, and what is wrong with one, in words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "source.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **path = state->input;

	if (key != 'f')
		return ARGP_ERR_UNKNOWN;
	*path = arg;
	return 0;
}

static const struct argp_option options[] = {
	{ "file", 'f', "FILE", 0,
	  "Read a saved copy of /proc/pcstats; - is stdin", 40 },
	{ }
};

const struct argp file_argp = { options, parse };

char *snapshot_error(const char *path, int error,
		     const struct pcstats_error *err)
{
	if (!path && error == -ENOENT)
		return xasprintf("%s is not there: the module is not loaded (as root: insmod pcstats.ko; in a VM: vm/run)",
				 PCSTATS_PATH);
	if (!path)
		path = PCSTATS_PATH;
	if (error == -EPROTONOSUPPORT)
		return xasprintf("%s: %s; a newer pcstats command is needed",
				 path, err->reason);
	if (error == -EPROTO && !err->line)
		return xasprintf("%s: %s", path, err->reason);
	if (error == -EPROTO)
		return xasprintf("%s: line %lu: %s", path, err->line, err->reason);
	return xasprintf("%s: %s", path, strerror(-error));
}

int read_snapshot(struct pcstats_snapshot *snap, const char *path)
{
	bool is_stdin = path && !strcmp(path, "-");
	struct pcstats_error err;
	char *why;
	int error;

	error = pcstats_read(snap, is_stdin ? "/dev/stdin" : path, &err);
	if (!error)
		return STATUS_OK;
	why = snapshot_error(is_stdin ? "stdin" : path, error, &err);
	fail("%s", why);
	free(why);
	return STATUS_FAILED;
}

/* As much of @name as leaves a character's room in @size bytes. */
static void escape_into(char *to, size_t size, const char *name)
{
	static const char from[] = "\n\r\t\v\f\a\033\\\"";
	static const char letter[] = "nrtvfae\\\"";
	char *end = to + size;

	for (; *name && to < end - 4; name++) {
		const char *found = strchr(from, *name);

		if (found && *name != '"')
			to += sprintf(to, "\\%c", letter[found - from]);
		else if (*name < ' ' || *name > '~')
			to += sprintf(to, "\\%03o", (unsigned char)*name);
		else
			*to++ = *name;
	}
	*to = '\0';
}

const char *escape(const char *name, char to[ESCAPED_SIZE])
{
	escape_into(to, ESCAPED_SIZE, name);
	return to;
}

char *escape_long(const char *text)
{
	size_t size = 4 * strlen(text) + 5;
	char *to = xcalloc(size, 1);

	escape_into(to, size, text);
	return to;
}

const char *call_text(enum pcstats_call call)
{
	static const char *const calls[] = {
		[PCSTATS_CALL_FORK] = "fork",
		[PCSTATS_CALL_VFORK] = "vfork",
		[PCSTATS_CALL_THREAD] = "thread",
		[PCSTATS_CALL_CLONE] = "clone",
	};

	return calls[call];
}

const char *state_text(const struct pcstats_state *state, char to[STATE_SIZE])
{
	if (!state->exited)
		snprintf(to, STATE_SIZE, "%c", state->letter);
	else if (state->signal >= 0)
		snprintf(to, STATE_SIZE, "X/%d", state->signal & 0x7f);
	else
		snprintf(to, STATE_SIZE, "X%d", state->exit_code & 0xff);
	return to;
}
