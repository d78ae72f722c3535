// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static char *append_string(char *at, const char *string)
{
	return stpcpy(at, string) + 1;
}

/* Those that emulate or run the guest's, whatever their number. */
static uint16_t host_cpus(const struct options *o)
{
	cpu_set_t set;

	if (o->in_turn || o->icount || sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (uint16_t)CPU_COUNT(&set);
}

void request_setup(struct control *control, const struct options *o)
{
	struct setup_request how = { .shares = o->nr_shares, .swap = o->swap != NULL,
				     .debug = debugging(o), .cpus = host_cpus(o) };
	char *payload, *at, *modules;
	size_t size;

	if (asprintf(&modules, "%s/lib/modules/%s", o->kernel_dir, o->release) < 0)
		die("out of memory");
	size = sizeof(how) + strlen(modules) + 1 + strlen(o->module) + 1 + strlen(o->events) + 1;
	for (size_t i = 0; i < o->nr_shares; i++)
		size += strlen(o->shares[i].guest) + 1;
	payload = malloc(size);
	if (!payload)
		die("out of memory");
	memcpy(payload, &how, sizeof(how));
	at = append_string(payload + sizeof(how), modules);
	at = append_string(at, o->module);
	at = append_string(at, o->events);
	for (size_t i = 0; i < o->nr_shares; i++)
		at = append_string(at, o->shares[i].guest);
	control_send(control, MSG_SETUP, 0, payload, size);
	free(payload);
	free(modules);
}

void request_run(struct control *control, char *const argv[])
{
	struct run_request how = { .window = terminal_window() };
	char *directory = getcwd(NULL, 0);
	size_t size = sizeof(how);
	char *payload, *at;
	char *const *p;

	if (!directory)
		die("current directory: %s", strerror(errno));
	how.on_terminal = terminal_is_both();
	how.stderr_too = how.on_terminal && isatty(STDERR_FILENO);

	size += strlen(directory) + 1;
	for (p = argv; *p; p++, how.argc++)
		size += strlen(*p) + 1;
	for (p = environ; *p; p++, how.envc++)
		size += strlen(*p) + 1;
	payload = malloc(size);
	if (!payload)
		die("out of memory");
	memcpy(payload, &how, sizeof(how));
	at = append_string(payload + sizeof(how), directory);
	for (p = argv; *p; p++)
		at = append_string(at, *p);
	for (p = environ; *p; p++)
		at = append_string(at, *p);
	control_send(control, MSG_RUN, 0, payload, size);
	free(payload);
	free(directory);
}
