// SPDX-License-Identifier: GPL-2.0-only
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "process.h"

/*
 * What follows @key in the line of /proc/PID/FILE that begins with it, without
 * the end of line; malloc()ed, or NULL.
 */
static char *proc_line(pid_t pid, const char *file, const char *key)
{
	char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	FILE *from = fopen(path, "re");
	char *line = NULL, *found = NULL;
	size_t room = 0;

	free(path);
	if (!from)
		return NULL;
	while (!found && getline(&line, &room, from) >= 0) {
		if (strncmp(line, key, strlen(key)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		found = xstrdup(line + strlen(key));
	}
	free(line);
	fclose(from);
	return found;
}

bool process_uid(pid_t pid, uid_t *uid)
{
	char *line = proc_line(pid, "status", "Uid:");
	unsigned int effective;
	bool found;

	if (!line)
		return false;
	found = sscanf(line, "%*u %u", &effective) == 1;
	free(line);
	if (found)
		*uid = effective;
	return found;
}

char *process_cgroup(pid_t pid)
{
	return proc_line(pid, "cgroup", "0::");
}

char *user_name(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user ? xstrdup(user->pw_name) : xasprintf("%u", uid);
}
