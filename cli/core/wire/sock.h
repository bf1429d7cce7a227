/*
 * sock.h: the socket of an instance, by folder, however long its path.
 *
 * The peer's uid is always checked: a name in a shared place does not prove
 * which process answers.
 */
#ifndef SOCK_H
#define SOCK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/core/wire/frame.h"

enum sock_result {
	SOCK_OK,
	SOCK_NOBODY, /* no socket, no process behind it, or another user's */
	SOCK_SLOW,   /* there is a process, but no answer in time */
	SOCK_FAILED  /* errno: the system refuses us */
};

struct text;

#define WORDS_STOPPED " is stopped (continue it with fg where it was started, or" \
	" onlyonectl signal CONT)"

/* Arguments that no handler took; starts as zero. */
struct untaken {
	const char *shown; /* the first document, else the first argument */
	bool document;     /* shown is a document */
	size_t n;          /* number of arguments */
};

/* A stream socket, close-on-exec; flags: SOCK_NONBLOCK or 0.  -1. */
int sock_new(int flags);

/* Connect fd to `sock` in folder (an absolute path), waiting at most ms for
 * room in the backlog, and at most ms in each later send.  *pid: the process
 * that listened first. */
enum sock_result sock_connect(int fd, const char *folder, int ms, int *pid);

/* Let the connection take descriptors, or not; after sock_connect it does not.
 * (Before Linux 6.16 it always does: they are closed unread, so a program
 * posing as a keeper may make us wait.) */
void sock_files(int fd, bool on);

/* Bind fd to `sock` in the folder, which is open and has this name in this
 * root, and listen.  0 or -1 (EADDRINUSE; ENOENT if the path leads elsewhere
 * now). */
int sock_listen(int fd, int folder, const char *root, const char *name);

/* Whether the peer of fd has our effective uid.  *pid: its pid, 0 if it has none
 * here. */
bool sock_ours(int fd, int *pid);

/* Send n bytes, and nfds descriptors with the first one.  0 or -1. */
int sock_send(int fd, const void *p, size_t n, const int *fds, size_t nfds);

/* End the frame that begins at start, send b, and free it.  0 or -1. */
int sock_frame(int fd, struct buf *b, size_t start);

/* Read the bytes that have arrived, at most n, without waiting.  If descriptors
 * come with them (*beside), p gets a copy and the bytes stay unread: reading
 * them would close the descriptors in our process.  Length; 0: the end; -1.
 * Not for a socket with out-of-band data. */
ssize_t sock_words(int fd, void *p, size_t n, bool *beside);

/* Receive one frame into b (its bytes stay there; shift them off when done).
 * ms < 0: no limit.  SOCK_NOBODY: end of file, or not a frame; EPROTO: a frame
 * of another version. */
enum sock_result sock_recv(int fd, struct buf *b, struct frame *f, int ms);

/* The same; *passed, initially -1, gets a descriptor that comes with it. */
enum sock_result sock_recv_fd(int fd, struct buf *b, struct frame *f, int ms,
    int *passed);

/* If nothing has arrived, receive nothing any more: the peer's later sends fail,
 * and the next sock_recv finds the end. */
void sock_deafen(int fd);

/* Add the next argument; the string stays the caller's. */
void untaken_add(struct untaken *u, const char *arg);

/* ", 'a letter' and 2 more", as text_typed prints it; nothing if there are
 * none. */
void untaken_text(const struct untaken *u, struct text *t);

#endif
