/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the guest's PID 1. Each ends the VM, or the session, by itself when it fails. */
#ifndef PCSTATS_VM_GUEST_H
#define PCSTATS_VM_GUEST_H

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include "../common/control.h"
#include "../common/mux.h"

/* For the whole VM, out of MSG_SETUP. */
struct setup {
	struct setup_request how;
	const char *modules;	/* what belongs at /lib/modules/RELEASE */
	const char *module;	/* empty: none */
	const char *events;	/* to trace; empty: none */
	char **shares;
};

/* What the host wants to be run, out of MSG_RUN. The strings lie in the message. */
struct command {
	struct run_request how;
	const char *directory;
	char **argv;
	char **envp;
};

/*
 * Say why (printf's format, errno is not added) to the host, or to the console before there is
 * a way to the host.
 */
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* As fail(), for a failed system call: adds errno's text. */
void fail_errno(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* cpus.c: all that the machine has. Needs /sys. */
void bring_up_cpus(void);

/* modules.c: load what the initramfs brought, in the order of the names; then pcstats itself. */
void load_boot_modules(void);
void load_module(const char *path);

/* ports.c: open all ports, non-blocking, into ports[]. */
extern int ports[PORT_END];
void open_ports(void);
void say_hello(int nr);

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

/* debug.c: what a debugger on the host has to know of this kernel and its module. */
void report_symbols(struct control *control);
void report_sections(struct control *control, const char *module);

/* trace.c: trace-cmd records events, separated by commas, until the first command has ended. */
void start_trace(const char *events);
void stop_trace(void);

/* swap.c: by the disk that the host made for it. */
void turn_on_swap(void);

extern char *helper_environment[];

/*
 * helper.c: run a program of the guest in environment envp, found along the PATH there.
 * The wait status, or -1; what it said on stderr, without the end of the last line, is in text.
 */
int run_helper(char *const argv[], char *const envp[], char *text, size_t size);

/* The same in two halves; *messages is its stderr. */
pid_t start_helper(char *const argv[], char *const envp[], int *messages);
int end_helper(pid_t pid, int messages, char *text, size_t size);

/* request.c */
void parse_setup(struct setup *setup, const struct message *m, const char *payload);
void parse_command(struct command *command, const struct message *m, const char *payload);

/*
 * shutdown.c: end the machine for who asks PID 1 to. The descriptor to wait for requests at may be -1;
 * the signals are PID 1's to wait for.
 */
int shutdown_open(void);
void shutdown_by_request(void);
void shutdown_signals(sigset_t *set);
void shutdown_by_signal(int nr);

/* serve.c: do what the host says, until it ends us. */
void serve(struct control *control) __attribute__((noreturn));

/* session.c: a further session is a process of ours that serves it. Its sockets are the mux's. */
void session_open(struct mux *mux, int nr);
bool in_session(void);

/*
 * command.c: the one command of PID 1 or of a session; carries its streams. The host knows how it
 * ended from command_ended(), which takes any child's status.
 */
#define COMMAND_POLLS 3
extern uint64_t init_time;	/* when PID 1 began, by uptime() */
uint64_t uptime(void);		/* nanoseconds */
void command_reset(void);
void command_start(const struct command *command, struct control *control);
int command_want(struct pollfd *p);
void command_step(const struct pollfd *p, struct control *control);
void command_message(const struct message *m);
void command_ended(pid_t pid, int status, struct control *control);
void command_hang_up(void);

#endif
