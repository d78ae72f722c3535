// SPDX-License-Identifier: GPL-2.0-only
/* Take apart what the host wants. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"

static const char *next_string(char **at, const char *end)
{
	char *string = *at;
	char *nul = memchr(string, '\0', end - string);

	if (!nul)
		fail("the host's request is cut off");
	*at = nul + 1;
	return string;
}

static char **next_strings(char **at, const char *end, uint32_t count)
{
	char **strings;

	/* Each has a NUL at least. */
	if (count > (size_t)(end - *at))
		fail("the host's request is cut off");
	strings = calloc((size_t)count + 1, sizeof(*strings));
	if (!strings)
		fail("out of memory");
	for (uint32_t i = 0; i < count; i++)
		strings[i] = (char *)next_string(at, end);
	return strings;
}

/* The message's place is used again for the next one. */
static char *copy_of(const char *payload, size_t len)
{
	char *copy = malloc(len);

	if (!copy)
		fail("out of memory");
	return memcpy(copy, payload, len);
}

void parse_setup(struct setup *setup, const struct message *m, const char *payload)
{
	char *at = copy_of(payload, m->len), *end = at + m->len;

	if (m->len < sizeof(setup->how))
		fail("the host's request is cut off");
	memcpy(&setup->how, at, sizeof(setup->how));
	at += sizeof(setup->how);
	setup->modules = next_string(&at, end);
	setup->module = next_string(&at, end);
	setup->events = next_string(&at, end);
	setup->shares = next_strings(&at, end, setup->how.shares);
}

void parse_command(struct command *command, const struct message *m, const char *payload)
{
	char *at = copy_of(payload, m->len), *end = at + m->len;

	if (m->len < sizeof(command->how))
		fail("the host's request is cut off");
	memcpy(&command->how, at, sizeof(command->how));
	at += sizeof(command->how);
	command->directory = next_string(&at, end);
	command->argv = next_strings(&at, end, command->how.argc);
	command->envp = next_strings(&at, end, command->how.envc);
}
