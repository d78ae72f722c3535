/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What host and guest say to each other on the control port: messages of a fixed header and a
 * payload.
 *
 * The streams of the command have a port each, and a port has no end of file: how many bytes
 * belong to a stream is said here.
 */
#ifndef PCSTATS_VM_CONTROL_H
#define PCSTATS_VM_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The virtio-serial ports by their number; 0 is reserved for a console. */
enum port {
	PORT_STDIN = 1,
	PORT_STDOUT,
	PORT_STDERR,
	PORT_CONTROL,
	PORT_END,
};

/*
 * A write to a port fails, and a read says end of file, until QEMU has told the guest that the
 * port's other side is there. So the guest begins each port with one byte, written blocking,
 * which the host throws away.
 */
#define PORT_HELLO '\n'

enum message_type {
	/* to the guest */
	MSG_SETUP = 1,		/* payload: struct setup_request and what follows it */
	MSG_OPEN,		/* value: number of a further session, see mux.h */
	MSG_RUN,		/* payload: struct run_request and what follows it */
	MSG_INPUT_END,		/* value: bytes sent on PORT_STDIN in all */
	MSG_OUTPUT_GONE,	/* value: the port whose reader has left */
	MSG_SIGNAL,		/* value: number of the signal for the command's process group */
	MSG_WINDOW,		/* value: rows << 16 | columns of the terminal */

	/* both ways, for further sessions; value: see mux.c */
	MSG_DATA,		/* payload: bytes of one of its streams */
	MSG_CREDIT,		/* how many of these were passed on */
	MSG_CLOSE,		/* its end */

	/* to the host */
	MSG_SYMBOLS,		/* payload: a part of /proc/kallsyms */
	MSG_LOADED,		/* payload: "name address\n" of each of the module's sections */
	MSG_UP,			/* what MSG_SETUP wants is done */
	MSG_HISTORY,		/* payload: lines for the shell's history */
	MSG_STARTED,		/* the command has been forked; payload: struct start_times */
	MSG_INPUT_GONE,		/* nobody can read the command's stdin any more */
	MSG_FAILED,		/* payload: why the command could not be started at all */
	MSG_EXIT,		/* value: wait status; payload: struct exit_counts */
};

struct message {
	uint32_t type;
	uint32_t len;		/* of the payload, in bytes */
	uint64_t value;
};

/* The 9p mount tag of a directory that the guest may write to is this and its number. */
#define SHARE_TAG "share"

/* Where trace-cmd in the guest writes to, which is a share. */
#define TRACE_DIRECTORY "/run/trace"
#define TRACE_FILE	"trace.dat"

/*
 * Followed by strings, each with its NUL: directory of the kernel's modules, module to load (may be
 * empty: none), events to trace separated by commas (may be empty: none), where the shares belong.
 */
struct setup_request {
	uint32_t shares;
	uint8_t swap;		/* there is a disk for it */
	uint8_t debug;		/* MSG_SYMBOLS and MSG_LOADED are wanted */
	uint16_t cpus;		/* that QEMU may use */
};

/* Followed by strings, each with its NUL: directory, argc arguments, envc environment entries. */
struct run_request {
	uint32_t argc;
	uint32_t envc;
	uint32_t window;	/* as MSG_WINDOW */
	uint8_t on_terminal;	/* stdin and stdout are a terminal that the guest has to make */
	uint8_t stderr_too;	/* and so is stderr */
	uint8_t unused[2];
};

/* Bytes that the guest has written to the ports up to the end, without the hello. */
struct exit_counts {
	uint64_t out;
	uint64_t err;
};

/* By the guest's clock, which starts with its kernel; nanoseconds. */
struct start_times {
	uint64_t init;
	uint64_t command;
};

/* In the guest: what a shell writes here goes to the user's history of shells in VMs. */
#define HISTORY_PIPE "/run/pcstats-history"

/* Payloads are bounded by what the kernel takes as arguments and environment of a program. */
#define MESSAGE_MAX (8U << 20)

struct control {
	int fd;			/* non-blocking */
	char *in;
	size_t in_len, in_size;
	char *out;
	size_t out_len, out_size;
};

void control_init(struct control *c, int fd);

/* Queue a message; control_flush() sends it. Ends the process if there is no memory. */
void control_send(struct control *c, enum message_type type, uint64_t value,
		  const void *payload, size_t len);

static inline bool control_has_output(const struct control *c)
{
	return c->out_len > 0;
}

/* Send what can be sent without blocking. 0, or -1 with errno when the other side is gone. */
int control_flush(struct control *c);

/*
 * Take in what is there. Bytes read, 0 when there is nothing now, -1 at end of file or with an
 * error.
 */
int control_fill(struct control *c);

/*
 * The next complete message, or false. *payload is NUL-terminated behind its end (of no count
 * in len) and stays valid until the next control_fill(). Ends the process if the other side
 * does not keep to the protocol.
 */
bool control_next(struct control *c, struct message *m, char **payload);

#endif
