/*
 * sock.h: the socket of an instance, by folder, however long its path.
 *
 * The uid of the other end is checked always: a name in a shared place is
 * never proof of who answers.
 */
#ifndef SOCK_H
#define SOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/wire/frame.h"

enum sock_result {
	SOCK_OK,
	SOCK_NOBODY, /* no socket, nobody behind it, or a stranger */
	SOCK_SLOW,   /* somebody, but no answer in time */
	SOCK_FAILED  /* errno: the system refuses us */
};

/* A stream socket, close-on-exec; flags: SOCK_NONBLOCK or 0.  -1. */
int sock_new(int flags);

/* Connect fd to `sock` in folder (an absolute path), waiting at most ms for
 * a full backlog and at most ms in each later send and receive. */
enum sock_result sock_connect(int fd, const char *folder, int ms);

/* Bind fd to `sock` in the folder, which is open and has this name in this
 * root, and listen.  0 or -1 (EADDRINUSE; ENOENT if the path leads elsewhere
 * now). */
int sock_listen(int fd, int folder, const char *root, const char *name);

/* Whether the peer of fd has our effective uid.  *pid, if not NULL: its pid,
 * 0 if it has none here. */
bool sock_ours(int fd, int *pid);

/* Send n bytes, with nfds descriptors beside the first one.  0 or -1. */
int sock_send(int fd, const void *p, size_t n, const int *fds, size_t nfds);

/* Take the descriptors out of a received message: they go to those of the n
 * in fds that are -1, and the rest is closed. */
struct msghdr;
void sock_rights(struct msghdr *msg, int *fds, size_t n);

/* Receive one frame into b (its bytes stay there; shift them off when done).
 * ms < 0: wait for ever.  SOCK_NOBODY: end of file, or not a frame; EPROTO: one
 * of another version. */
enum sock_result sock_recv(int fd, struct buf *b, struct frame *f, int ms);

/* The same with the descriptor that may come beside it, in *passed; it is -1
 * before. */
enum sock_result sock_recv_fd(int fd, struct buf *b, struct frame *f, int ms,
    int *passed);

#endif
