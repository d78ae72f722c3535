// SPDX-License-Identifier: GPL-2.0-only
/* Programs that init has work for. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

char *helper_environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL
};

pid_t start_helper(char *const argv[], char *const envp[], int *messages)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		fail_errno("pipe");
	pid = fork();
	if (pid < 0)
		fail_errno("fork");
	if (!pid) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		setsid();
		dup2(null, 0);
		dup2(null, 1);
		dup2(ends[1], 2);
		environ = (char **)envp;
		execvp(argv[0], argv);
		dprintf(2, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	*messages = ends[0];
	return pid;
}

int end_helper(pid_t pid, int messages, char *text, size_t size)
{
	size_t len = 0;
	char rest[512];
	ssize_t n;
	int status;

	while ((n = len + 1 < size ? read(messages, text + len, size - len - 1)
				   : read(messages, rest, sizeof(rest))) > 0)
		if (len + 1 < size)
			len += n;
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	close(messages);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

int run_helper(char *const argv[], char *const envp[], char *text, size_t size)
{
	int messages;
	pid_t pid = start_helper(argv, envp, &messages);

	return end_helper(pid, messages, text, size);
}
