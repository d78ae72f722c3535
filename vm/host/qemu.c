// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

/*
 * loglevel=5: warnings reach the console, so that its tail explains a death. oops=panic
 * panic=-1: a guest that is broken ends at once instead of going on with wrong numbers.
 * nokaslr and cryptomgr.notests are for a fast start.
 */
#define KERNEL_COMMAND_LINE \
	"loglevel=5 oops=panic panic=-1 nokaslr cryptomgr.notests rdinit=/init"

struct arguments {
	char *argv[96];
	int n;
};

static void add(struct arguments *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct arguments *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (a->n + 1 == ARRAY_SIZE(a->argv) || vasprintf(&a->argv[a->n], format, ap) < 0)
		die("out of memory");
	va_end(ap);
	a->argv[++a->n] = NULL;
}

static void add_words(struct arguments *a, const char *words)
{
	size_t len;

	for (; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		add(a, "%.*s", (int)len, words);
	}
}

static void add_socket(struct arguments *a, const char *id, int fd)
{
	add(a, "-chardev");
	add(a, "socket,id=%s,fd=%d", id, fd);
}

pid_t start_child(char *const argv[], int in, int out, int err, const int keep[], size_t nr_keep)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	sigset_t none;

	if (pid)
		return pid < 0 ? (die("fork: %s", strerror(errno)), -1) : pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Out of the way of the terminal's Ctrl-C, which is for the command. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	/*
	 * Among what the caller has left open may be locks, and pipes that somebody waits for
	 * the end of.
	 */
	for (long fd = 3, end = sysconf(_SC_OPEN_MAX); fd < end && fd < 4096; fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < nr_keep; i++)
		fcntl(keep[i], F_SETFD, 0);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void qemu_start(struct qemu *qemu, const struct options *options, bool kvm)
{
	const struct machine *machine = options->machine;
	struct arguments a = { .n = 0 };
	int theirs[QEMU_FDS], messages[2];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || pipe2(messages, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	for (int i = 0; i < QEMU_FDS; i++) {
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
		    fcntl(pair[0], F_SETFL, O_NONBLOCK))
			die("socketpair: %s", strerror(errno));
		qemu->fds[i] = pair[0];
		theirs[i] = pair[1];
	}

	add(&a, "%s", machine->qemu);
	add_words(&a, "-nodefaults -no-user-config -display none -no-reboot -machine");
	add(&a, "%s", machine->board);
	add_words(&a, kvm ? "-accel kvm -cpu host" : "-accel");
	if (!kvm) {
		add(&a, "tcg,thread=%s", options->in_turn || options->icount ? "single" : "multi");
		add(&a, "-cpu");
		add(&a, "%s", machine->cpu);
	}
	/* A nanosecond for each instruction, and none for waiting: what idles is woken at once. */
	if (options->icount)
		add_words(&a, "-icount shift=0,sleep=off");
	add(&a, "-smp");
	add(&a, "%s", options->cpus);
	add(&a, "-m");
	add(&a, "%s", options->memory);
	add(&a, "-kernel");
	add(&a, "%s/image", options->kernel_dir);
	add(&a, "-initrd");
	add(&a, "%s", options->initramfs);
	add(&a, "-append");
	add(&a, "%s %s", machine->append, KERNEL_COMMAND_LINE);
	add_socket(&a, "console", theirs[QEMU_CONSOLE]);
	add_words(&a, "-serial chardev:console");
	/* Each port that there could be costs the guest two queues to set up. */
	add(&a, "-device");
	add(&a, "virtio-serial-pci,max_ports=%d", PORT_END);
	for (int nr = PORT_STDIN; nr < PORT_END; nr++) {
		char id[16];

		snprintf(id, sizeof(id), "port%d", nr);
		add_socket(&a, id, theirs[nr]);
		add(&a, "-device");
		add(&a, "virtserialport,chardev=%s,nr=%d", id, nr);
	}
	/*
	 * Read-only, and by QEMU as the user who runs us: the guest's root reads what that user
	 * may read.
	 */
	add_words(&a, "-fsdev");
	add_words(&a, "local,id=root,path=/,security_model=none,multidevs=remap,readonly=on");
	add_words(&a, "-device virtio-9p-pci,fsdev=root,mount_tag=root");

	qemu->pid = start_child(a.argv, null, messages[1], messages[1], theirs, QEMU_FDS);
	qemu->messages = messages[0];
	close(messages[1]);
	close(null);
	for (int i = 0; i < QEMU_FDS; i++)
		close(theirs[i]);
	while (a.n)
		free(a.argv[--a.n]);
}

/* It has nothing to lose: the guest's disk is memory and the host's file system is read-only. */
void qemu_stop(struct qemu *qemu)
{
	if (qemu->pid <= 0)
		return;
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	qemu->pid = -1;
}
