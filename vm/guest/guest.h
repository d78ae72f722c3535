/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the guest's PID 1. Each ends the VM by itself when it fails. */
#ifndef PCSTATS_VM_GUEST_H
#define PCSTATS_VM_GUEST_H

#include <sys/types.h>

#include "../common/control.h"

/* What the host wants to be run, out of MSG_RUN. The strings lie in the message. */
struct command {
	struct run_request how;
	uint64_t init_time;	/* when we began, by uptime() */
	const char *directory;
	const char *modules;	/* what belongs at /lib/modules/RELEASE */
	const char *module;	/* empty: none */
	char **argv;
	char **envp;
	char **shares;
};

/*
 * Say why (printf's format, errno is not added) to the host, or to the console before there is
 * a way to the host.
 */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* As fail(), for a failed system call: adds errno's text. */
void fail_errno(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* modules.c: load what the initramfs brought, in the order of the names; then pcstats itself. */
void load_boot_modules(void);
void load_module(const char *path);

/* ports.c: open all ports, non-blocking, into ports[]. */
extern int ports[PORT_END];
void open_ports(void);

/* root.c: make the host's file system our root, with our own /dev, /proc and so on. */
void mount_early(void);
void mount_root(void);
void mount_modules(const char *directory);

/* programs.c: of a guest that cannot run the host's; below the new root, then in it. */
void hide_foreign_programs(const char *root);
void name_own_programs(void);
bool is_foreign_program(const char *path);

/* share.c: what the guest may write to for real. */
void mount_shares(char *const directories[], uint32_t count);

/* swap.c: by the disk that the host made for it. */
void turn_on_swap(char *const envp[]);

/*
 * helper.c: run a program of the guest in environment envp, found along the PATH there.
 * The wait status, or -1; what it said on stderr, without the end of the last line, is in text.
 */
int run_helper(char *const argv[], char *const envp[], char *text, size_t size);

/* The same in two halves; *messages is its stderr. */
pid_t start_helper(char *const argv[], char *const envp[], int *messages);
int end_helper(pid_t pid, int messages, char *text, size_t size);

/* command.c */
uint64_t uptime(void);	/* nanoseconds */

/* Run it and carry its streams until it has ended and the host knows. */
void run_command(const struct command *command, struct control *control) __attribute__((noreturn));

#endif
