/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the program behind vm/run. */
#ifndef PCSTATS_VM_HOST_H
#define PCSTATS_VM_HOST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/control.h"

/* The exit statuses of vm/run that are not the command's; those of timeout(1). */
#define EXIT_TIMEOUT 124
#define EXIT_HARNESS 125
#define EXIT_STOPPED (128 + SIGTERM)	/* by vm/stop */

/* machine.c */
struct machine {
	const char *arch;	/* what stands behind the "@" of the kernel's name */
	const char *qemu;
	const char *board;
	const char *cpu;	/* when emulated */
	const char *missing;	/* features of it that make the emulated one slower */
	const char *append;	/* of the kernel's command line */
	bool native;		/* the host's: KVM, the host's programs in the guest */
};

/* The machine for a kernel of that name. */
const struct machine *machine_of(const char *kernel);

struct share {
	const char *host;	/* directory, absolute */
	const char *guest;	/* where that is in the guest */
};

struct options {
	const char *kernel;	/* as vm/kernel takes it; empty: the default */
	const char *module;	/* "build", "none" or a path; then an absolute path, empty: none */
	const char *cpus;
	const char *memory;
	const char *nodes;	/* NUMA nodes; NULL: none are made */
	const char *hugepages;	/* as hugepages_parameters() takes it; NULL: none */
	const char *swap;	/* size; NULL: none */
	const char *parameters;	/* more of the kernel's, each after a blank */
	unsigned int timeout;	/* seconds; 0: none */
	enum { GDB_NO, GDB_COMMAND, GDB_BOOT } gdb;	/* wait for it before this */
	const char *events;	/* to trace, separated by commas; empty: none */
	const char *trace_file;
	const char *packages[4];	/* that this needs, ended by NULL */
	char *dump;		/* directory, absolute; NULL: none */
	struct share shares[16];
	size_t nr_shares;
	bool in_turn;		/* emulated CPUs do not run in parallel */
	bool icount;		/* the one emulated CPU's TSC counts its instructions */
	bool quiet;
	bool console;		/* the guest's goes to stderr as it comes */
	bool verbose;		/* how long things take goes to stderr */
	bool shell;		/* no command was named */
	bool keep;		/* the VM outlives the command */
	char **argv;		/* the command, ended by NULL; or NULL: a shell, for --keep nothing */
	const struct machine *machine;

	/* prepare() adds: */
	const char *top;	/* of the checkout */
	const char *kernel_dir;	/* as vm/kernel prints it */
	const char *release;	/* as uname -r prints it there */
	const char *initramfs;
};

/* options.c: does not return if they make no sense, or ask for help. */
void parse_options(struct options *options, int argc, char **argv);

/* Of the checkout whose program this is. */
const char *top_directory(void);

/* prepare.c: fetch and build what is missing. Does not return if that fails, or a signal came. */
void prepare(struct options *options);

/* prepare.c: becomes vm/kernel --list. */
__attribute__((noreturn)) void list_kernels(void);

/* One line on stderr, printf's format, and EXIT_HARNESS. The VM goes with us. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* kvm.c: whether the machine's KVM does any work; remembered for as long as the machine is up. */
bool kvm_works(void);

/* qemu.c */
enum { QEMU_CONSOLE = 0, QEMU_FDS = PORT_END };	/* the other indexes are enum port */

struct qemu {
	pid_t pid;
	int fds[QEMU_FDS];	/* our ends; non-blocking */
	int messages;		/* what QEMU itself has to say */
};

void qemu_start(struct qemu *qemu, const struct options *options, bool kvm);
void qemu_stop(struct qemu *qemu);

/*
 * Start argv[0] in a child that dies with us and has the descriptors keep[] and no others but
 * 0, 1 and 2.
 */
pid_t start_child(char *const argv[], int in, int out, int err, const int keep[], size_t nr_keep);

/* confine.c: for a child, before it executes QEMU. */
void confine(void);

/* shape.c */
struct arguments;
void add_shape(struct arguments *a, const struct options *o);
void add_swap(struct arguments *a, const struct options *o);
char *hugepages_parameters(const char *text, const char *memory);

/* A number that may be followed by K, M or G; as QEMU has it, M is meant if none is. */
uint64_t size_in_bytes(const char *text);

/*
 * tsc.c: parameters for emulated kernels, each with a blank behind it; soon after tsc_begin() there are
 * none.
 */
void tsc_begin(void);
char *tsc_parameters(const char *kernel_dir);

/* share.c */
void share(struct options *o, const char *host, const char *guest);
void share_in_place(struct options *o, const char *directory);
void add_shares(struct arguments *a, const struct options *o);

/* qmp.c; the descriptor is -1 when there is nothing to wait for. */
enum machine_end { MACHINE_RUNS, MACHINE_RESET, MACHINE_OFF };

void qmp_add(struct arguments *a);
int qmp_fd(void);
enum machine_end qmp_take(void);
const char *qmp_execute(const char *command);	/* NULL, or what went wrong */
const char *qmp_registers(void);		/* of the first CPU, in words; empty: none */

/* debug.c */
bool debugging(const struct options *o);
void add_debugging(struct arguments *a, const struct options *o);
void debug_boot(const struct options *o);
void debug_symbols(const char *text, size_t len);
void debug_sections(const char *text);
void debug_stop(const struct options *o);

/* dump.c */
char *make_dump_directory(const char *name);
void dump(const struct options *o);

/* trace.c: have the guest trace; and what that left, if anything, put in its place. */
void prepare_trace(struct options *o);
void keep_trace(const struct options *o);

/* symbols.c */
bool has_symbols(const char *path);
void write_symbols(const char *path, const char *kallsyms);

/* temporary.c */
char *temporary_directory(const char *parent);

/* waited.c: seconds that the process's threads ran, and were ready to run while others did. */
double cpu_time(pid_t pid);
double waited_for_cpu(pid_t pid);

/* death.c: the guest's console says that it has halted; so it is, and does nothing more. */
bool guest_says_halted(void);
bool guest_is_halted(void);

/* Say how the guest ended that did not say how the command has. message: QEMU's, or empty. */
void die_of_guest(struct qemu *qemu, const struct options *options, const char *message,
		  bool started) __attribute__((noreturn));

/* owner.c: the VM from start to end. Returns the exit status for vm/run. */
int run_vm(struct qemu *qemu, const struct options *options, bool kvm);
/* At any end of ours. */
void stop_vm(void);

/*
 * request.c: tell the guest what it is to be, and what to run, in our directory and environment and
 * on our terminal.
 */
void request_setup(struct control *control, const struct options *options);
void request_run(struct control *control, char *const argv[]);

/* enter.c: run a command (none: a shell) in a VM that is there; returns its exit status. */
int enter(int id, pid_t pid, char **argv);

/*
 * keep.c: a process of its own for the VM, in which this returns; in the caller's it does not. That
 * one goes on when the other has called keep_detach().
 */
void keep_start(const struct options *options);
void keep_detach(int id);

/*
 * shell.c: the command that is a comfortable shell, and what a command finds. native: the guest can
 * run the host's programs.
 */
char **shell(bool native);
void set_path(bool native);
void shell_greet(const struct options *options);

/* history.c: of the shells in VMs, in a file of the user's. */
const char *history_path(void);
void history_add(const char *text, size_t len);

/* The other programs, main()s of a kind: list.c, enter.c, stop.c. */
int list_main(int argc, char **argv);
int enter_main(int argc, char **argv);
int stop_main(int argc, char **argv);

/* tail.c: the last of what the console and QEMU have said. */
void tail_add(const char *text, size_t len);
void tail_clear(void);
void tail_print(void);

/* The last line, without the kernel's time stamp; valid until the next call. */
const char *tail_last_message(void);

/*
 * terminal.c: when stdin and stdout are a terminal, the guest makes one for the command, and ours is
 * in raw mode while that one does the editing. Otherwise these do nothing.
 */
bool terminal_is_both(void);
void terminal_raw(void);
void terminal_restore(void);
uint32_t terminal_window(void);

#endif
