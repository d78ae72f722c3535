// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "host.h"

/*
 * loglevel=5: warnings reach the console, so that its tail explains a death. oops=panic
 * panic=-1: a guest that is broken ends at once instead of going on with wrong numbers.
 * nokaslr and cryptomgr.notests are for a fast start. maxcpus=1: vm/guest/cpus.c says why;
 * noreplace-smp: x86 would patch each lock prefix out and in again. jent_mod_init: 6.12's test of
 * the jitter entropy source, emulated tenths of a second; the kernel does without that source.
 */
#define KERNEL_COMMAND_LINE \
	"loglevel=5 oops=panic panic=-1 nokaslr cryptomgr.notests maxcpus=1 noreplace-smp " \
	"initcall_blacklist=jent_mod_init rdinit=/init"

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
	confine();
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

void qemu_start(struct qemu *qemu, const struct options *options, bool kvm)
{
	const struct machine *machine = options->machine;
	struct arguments a = { .n = 0 };
	int messages[2];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || pipe2(messages, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	add(&a, "%s", machine->qemu);
	add_words(&a, "-nodefaults -no-user-config -display none -no-reboot -machine");
	add(&a, "%s", machine->board);
	add_words(&a, kvm ? "-accel kvm -cpu host" : "-accel");
	if (!kvm) {
		add(&a, "tcg,thread=%s", options->in_turn || options->icount ? "single" : "multi");
		add(&a, "-cpu");
		/* What counts are compared with was counted on a CPU that has them. */
		add(&a, "%s%s", machine->cpu, options->icount ? "" : machine->missing);
	}
	/* A nanosecond for each instruction, and none for waiting: what idles is woken at once. */
	if (options->icount)
		add_words(&a, "-icount shift=0,sleep=off");
	add_shape(&a, options);
	add_option(&a, "-kernel", "%s/image", options->kernel_dir);
	add_option(&a, "-initrd", "%s", options->initramfs);
	add_option(&a, "-append", "%s %s%s%s", machine->append,
		   machine->native && !kvm && !options->icount ? tsc_parameters(options->kernel_dir) : "",
		   KERNEL_COMMAND_LINE, options->parameters);
	qemu->fds[QEMU_CONSOLE] = add_socket(&a, "console");
	add_words(&a, "-serial chardev:console");
	qmp_add(&a);
	/*
	 * The first of the virtio devices: its ports' names have its number. Each port that there
	 * could be costs the guest two queues to set up.
	 */
	add_option(&a, "-device", "virtio-serial-pci,max_ports=%d", PORT_END);
	for (int nr = PORT_STDIN; nr < PORT_END; nr++) {
		char id[16];

		snprintf(id, sizeof(id), "port%d", nr);
		qemu->fds[nr] = add_socket(&a, id);
		add_option(&a, "-device", "virtserialport,chardev=%s,nr=%d", id, nr);
	}
	/*
	 * Read-only, and by QEMU as the user who runs us: the guest's root reads what that user
	 * may read.
	 */
	add_words(&a, "-fsdev");
	add_words(&a, "local,id=root,path=/,security_model=none,multidevs=remap,readonly=on");
	add_words(&a, "-device virtio-9p-pci,fsdev=root,mount_tag=root");
	add_shares(&a, options);
	add_swap(&a, options);
	add_debugging(&a, options);

	qemu->pid = start_child(a.argv, null, messages[1], messages[1], a.keep, a.nr_keep);
	qemu->messages = messages[0];
	close(messages[1]);
	close(null);
	close_kept(&a);
	while (a.n)
		free(a.argv[--a.n]);
	free(a.argv);
}

/* It has nothing to lose: what the guest wrote to a shared directory is there already. */
void qemu_stop(struct qemu *qemu)
{
	if (qemu->pid <= 0)
		return;
	kill(qemu->pid, SIGKILL);
	waitpid(qemu->pid, NULL, 0);
	qemu->pid = -1;
}
