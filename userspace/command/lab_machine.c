// SPDX-License-Identifier: GPL-2.0-only
/* What labs have run on: a ratio of times means little without. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "lab.h"

/* The value of the first line "NAME: VALUE" of /proc/cpuinfo, or NULL; free() it. */
static char *cpu_line(const char *name)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	size_t len = strlen(name), size = 0;
	char *line = NULL, *value = NULL;

	while (file && !value && getline(&line, &size, file) > 0) {
		char *colon = strstr(line, ": ");

		if (colon && !strncmp(line, name, len)) {
			value = xstrdup(colon + 2);
			value[strcspn(value, "\n")] = 0;
		}
	}
	if (file)
		fclose(file);
	free(line);
	return value;
}

/* A word of the flags, on x86; other processors do not say. */
static bool is_guest(void)
{
	char *flags = cpu_line("flags");
	bool guest = flags && strstr(flags, " hypervisor");

	free(flags);
	return guest;
}

json_t *lab_machine(void)
{
	long long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	char *cpu = cpu_line("model name");
	struct utsname names;
	cpu_set_t cpus;
	json_t *json;

	uname(&names);
	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		CPU_ZERO(&cpus);
	json = json_pack("{s:s, s:s, s:s, s:o, s:i, s:I, s:I, s:b}",
			 "kernel", names.release, "version", names.version,
			 "architecture", names.machine,
			 "cpu", cpu ? json_string(cpu) : json_null(),
			 "cpus", CPU_COUNT(&cpus),
			 "memory", (json_int_t)(pages * size),
			 "page_size", (json_int_t)size,
			 "virtual", is_guest());
	free(cpu);
	if (!json)
		exit(fail("no memory"));
	return json;
}
