// SPDX-License-Identifier: GPL-2.0-only
/* Events of the kernel, recorded by trace-cmd(1) to a shared directory while the command runs. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

#define SWITCH "/sys/kernel/tracing/tracing_on"

static pid_t recorder;
static int messages;

static void turn_off(void)
{
	int fd = open(SWITCH, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		fail_errno(SWITCH);
	close(fd);
}

static bool is_on(void)
{
	int fd = open(SWITCH, O_RDONLY | O_CLOEXEC);
	char c = '0';

	if (fd < 0 || read(fd, &c, 1) != 1)
		fail_errno(SWITCH);
	close(fd);
	return c == '1';
}

static void start_recorder(char *events)
{
	char *first[] = { "trace-cmd", "record", "-o", TRACE_DIRECTORY "/" TRACE_FILE };
	size_t most = sizeof(first) / sizeof(*first) + strlen(events) + 3, n = 4;
	char **argv = calloc(most, sizeof(*argv));

	if (!argv)
		fail("out of memory");
	memcpy(argv, first, sizeof(first));
	for (char *event = strtok(events, ","); event; event = strtok(NULL, ",")) {
		argv[n++] = "-e";
		argv[n++] = event;
	}
	recorder = start_helper(argv, helper_environment, &messages);
	free(argv);
}

/* What was tried before is above it. */
static const char *last_line(const char *text)
{
	const char *newline = strrchr(text, '\n');

	text = newline ? newline + 1 : text;
	return text + strspn(text, " ");
}

/* Returns when events are being recorded: trace-cmd turns the buffer on when all else is ready. */
void start_trace(const char *events)
{
	char *copy = strdup(events), text[1024];
	siginfo_t info;

	if (!copy)
		fail("out of memory");
	turn_off();
	start_recorder(copy);
	while (!is_on()) {
		info.si_pid = 0;
		if (!waitid(P_PID, recorder, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid) {
			end_helper(recorder, messages, text, sizeof(text));
			fail("--trace %s: %s", events, last_line(text));
		}
		usleep(10000);
	}
	free(copy);
}

void stop_trace(void)
{
	char text[1024];

	if (!recorder || in_session())
		return;
	kill(recorder, SIGINT);
	end_helper(recorder, messages, text, sizeof(text));
	recorder = 0;
}
