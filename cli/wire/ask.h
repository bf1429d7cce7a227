/*
 * ask.h: one question to a keeper and its answer.
 */
#ifndef ASK_H
#define ASK_H

#include "cli/wire/sock.h"

/* Connect to the keeper of the slot folder and put a request together in b:
 * its slot is named, more fields may follow.  *fd is open if SOCK_OK. */
enum sock_result ask_connect(const char *folder, int ms, int *fd);

/* Begin a request for slot hash. */
size_t ask_begin(struct buf *b, enum frame_type type, const char *hash);

/* Ask the keeper behind fd for its state; take the answer: f points into b.
 * SOCK_NOBODY if nobody answers sensibly. */
enum sock_result ask_put(int fd, const char *hash);
enum sock_result ask_take(int fd, int ms, struct buf *b, struct frame *f);

/* Both, of the keeper behind fd, or of a slot folder. */
enum sock_result ask_query(int fd, const char *hash, int ms, struct buf *b,
    struct frame *f);
enum sock_result ask_state(const char *folder, const char *hash, int ms,
    struct buf *b, struct frame *f);

/* A pid of a reply; NULL: none, or of another pid namespace than ours, where
 * it is somebody else's. */
const char *ask_pid(const struct fields *reply, const char *name);

/* The instance's, for the eye alone: where it is not sure, as ask_pid. */
const char *ask_owner(const struct fields *reply);

/* Send a request of no further fields on fd. */
int ask_send(int fd, enum frame_type type, const char *hash,
    long long since);

#endif
