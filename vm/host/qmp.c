// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's machine protocol: a JSON object a line, answers in the order of the commands, events between them. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "host.h"

static int fd = -1;
static char in[16384];
static size_t in_len;
static unsigned int unanswered;
static const char *error;		/* of the last answer; NULL: none */
static char answer[sizeof(in)];		/* itself, if that is none */
static enum machine_end end;

int qmp_fd(void)
{
	return fd;
}

static const char *description(char *line)
{
	static char text[512];
	char *at = strstr(line, "\"desc\": \"");

	if (!at)
		return "failed";
	at += strlen("\"desc\": \"");
	at[strcspn(at, "\"")] = '\0';
	snprintf(text, sizeof(text), "%s", at);
	return text;
}

static void take_line(char *line)
{
	if (!strncmp(line, "{\"return\"", 9) || !strncmp(line, "{\"error\"", 8)) {
		error = line[2] == 'e' ? description(line) : NULL;
		strcpy(answer, line);
		unanswered--;
	} else if (strstr(line, "\"event\": \"SHUTDOWN\"")) {
		end = strstr(line, "\"reason\": \"guest-reset\"") ? MACHINE_RESET : MACHINE_OFF;
	}
}

/* False at the end of file. */
static bool take(void)
{
	ssize_t n = read(fd, in + in_len, sizeof(in) - in_len - 1);
	char *begin = in, *newline;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	in_len += n;
	in[in_len] = '\0';
	while ((newline = strchr(begin, '\n'))) {
		*newline = '\0';
		take_line(begin);
		begin = newline + 1;
	}
	in_len -= begin - in;
	memmove(in, begin, in_len);
	return n > 0 && in_len < sizeof(in) - 1;
}

static void forget(void)
{
	close(fd);
	fd = -1;
}

enum machine_end qmp_take(void)
{
	if (fd >= 0 && !take())
		forget();
	return end;
}

/* Far less than a socket takes at once. */
static bool send_command(const char *command)
{
	unanswered++;
	return fd >= 0 && write(fd, command, strlen(command)) == (ssize_t)strlen(command);
}

void qmp_add(struct arguments *a)
{
	fd = add_socket(a, "qmp");
	add_words(a, "-mon chardev=qmp,mode=control");
	send_command("{\"execute\": \"qmp_capabilities\"}\n");
}

const char *qmp_execute(const char *command)
{
	if (!send_command(command))
		return "QEMU has gone";
	while (unanswered) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		poll(&p, 1, -1);
		if (!take()) {
			forget();
			return "QEMU has gone";
		}
	}
	return error;
}

const char *qmp_registers(void)
{
	return qmp_execute("{\"execute\": \"human-monitor-command\", "
			   "\"arguments\": {\"command-line\": \"info registers\"}}\n") ? "" : answer;
}
