// SPDX-License-Identifier: GPL-2.0-only
#include <fnmatch.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "filter.h"
#include "process.h"

enum {
	KEY_LIVE = 0x100,
	KEY_EXITED,
	KEY_CGROUP,
};

/* ---- options ---- */

static void add_pids(struct filter *filter, const char *list,
		     struct argp_state *state)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	unsigned long long pid;

	while ((word = strsep(&rest, ","))) {
		if (!parse_pid(word, &pid))
			argp_error(state, "-p: \"%s\" is not a pid", word);
		filter->pids = xreallocarray(filter->pids, filter->nr_pids + 1,
					     sizeof(*filter->pids));
		filter->pids[filter->nr_pids++] = pid;
	}
	free(copy);
}

static void add_comm(struct filter *filter, const char *glob)
{
	filter->comms = xreallocarray(filter->comms, filter->nr_comms + 1,
				      sizeof(*filter->comms));
	filter->comms[filter->nr_comms++] = xstrdup(glob);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct filter *filter = state->input;

	switch (key) {
	case 'p':
		add_pids(filter, arg, state);
		return 0;
	case 'c':
		add_comm(filter, arg);
		return 0;
	case 'k':
		filter->kernel = true;
		return 0;
	case KEY_LIVE:
		filter->live = true;
		break;
	case KEY_EXITED:
		filter->exited = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (filter->live && filter->exited)
		argp_error(state, "--live and --exited exclude each other");
	return 0;
}

static const struct argp_option options[] = {
	{ "pid", 'p', "PID[,PID...]", 0,
	  "Only these: processes with their threads, or single threads", 20 },
	{ "comm", 'c', "GLOB", 0,
	  "Only tasks of such a name; may be given several times", 20 },
	{ "live", KEY_LIVE, NULL, 0, "Only tasks that have not exited", 20 },
	{ "exited", KEY_EXITED, NULL, 0, "Only tasks that have", 20 },
	{ "kernel-threads", 'k', NULL, 0,
	  "Kernel threads, too; those that -p or -c ask for are shown anyway", 20 },
	{ }
};

const struct argp filter_argp = { options, parse };

static void set_user(struct filter *filter, const char *name,
		     struct argp_state *state)
{
	const struct passwd *user = getpwnam(name);
	unsigned long long uid;

	if (user)
		filter->user = user->pw_uid;
	else if (parse_number(name, UINT_MAX, &uid))
		filter->user = uid;
	else
		argp_error(state, "-u: there is no user \"%s\"", name);
	filter->by_user = true;
}

/* From a path below the mount, too: that is what a shell completes. */
static const char *cgroup_path(const char *path)
{
	static const char mount[] = "/sys/fs/cgroup";

	if (!strncmp(path, mount, strlen(mount)) &&
	    (path[strlen(mount)] == '/' || !path[strlen(mount)]))
		path += strlen(mount);
	return path;
}

static error_t parse_live(int key, char *arg, struct argp_state *state)
{
	struct filter *filter = state->input;

	switch (key) {
	case 'u':
		set_user(filter, arg, state);
		return 0;
	case KEY_CGROUP:
		filter->cgroup = cgroup_path(arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option live_options[] = {
	{ "user", 'u', "USER", 0,
	  "Only live tasks of this user (effective; name or number)", 30 },
	{ "cgroup", KEY_CGROUP, "PATH", 0,
	  "Only live tasks in this cgroup (version 2) or below it", 30 },
	{ }
};

const struct argp filter_live_argp = { live_options, parse_live };

bool filter_is_set(const struct filter *filter)
{
	return filter->nr_pids || filter->nr_comms || filter->live ||
	       filter->exited || filter_needs_live(filter);
}

bool filter_needs_live(const struct filter *filter)
{
	return filter->by_user || filter->cgroup;
}

void filter_free(struct filter *filter)
{
	size_t i;

	for (i = 0; i < filter->nr_comms; i++)
		free(filter->comms[i]);
	free(filter->comms);
	free(filter->pids);
}

/* ---- the decision ---- */

static bool has_pid(const struct filter *filter,
		    const struct pcstats_identity *task)
{
	size_t i;

	for (i = 0; i < filter->nr_pids; i++)
		if (task->pid == filter->pids[i] ||
		    task->tgid == filter->pids[i])
			return true;
	return !filter->nr_pids;
}

static bool has_comm(const struct filter *filter,
		     const struct pcstats_identity *task)
{
	size_t i;

	for (i = 0; i < filter->nr_comms; i++)
		if (!fnmatch(filter->comms[i], task->comm, 0))
			return true;
	return !filter->nr_comms;
}

static bool is_user(const struct filter *filter, pid_t pid)
{
	uid_t uid;

	return process_uid(pid, &uid) && uid == filter->user;
}

static bool below(const char *path, const char *top)
{
	size_t len = strlen(top);

	/* "/a/" means "/a". */
	while (len && top[len - 1] == '/')
		len--;
	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

static bool in_cgroup(const struct filter *filter, pid_t pid)
{
	char *cgroup = process_cgroup(pid);
	bool in = cgroup && below(cgroup, filter->cgroup);

	free(cgroup);
	return in;
}

bool filter_accepts_row(const struct filter *filter,
			const struct pcstats_identity *task)
{
	bool exited = task->state.exited;

	if (!task->mm && !filter->kernel && !filter->nr_pids &&
	    !filter->nr_comms)
		return false;
	if ((filter->live && exited) || (filter->exited && !exited))
		return false;
	if (filter_needs_live(filter) && exited)
		return false;
	return has_pid(filter, task) && has_comm(filter, task) &&
	       (!filter->by_user || is_user(filter, task->pid)) &&
	       (!filter->cgroup || in_cgroup(filter, task->pid));
}

bool filter_accepts(const struct filter *filter,
		    const struct pcstats_task *task)
{
	struct pcstats_identity row = {
		.pid = task->pid, .tgid = task->tgid, .state = task->state,
		.mm = task->mm,
	};

	memcpy(row.comm, task->comm, sizeof(row.comm));
	return filter_accepts_row(filter, &row);
}
