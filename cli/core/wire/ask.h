/*
 * ask.h: one question to a keeper and its answer.
 */
#ifndef ASK_H
#define ASK_H

#include "cli/core/wire/sock.h"

/* Connect to the keeper of the slot folder, waiting at most ms.  *fd is open if
 * SOCK_OK. */
enum sock_result ask_connect(const char *folder, int ms, int *fd);

/* Start a request for slot hash in b; more fields may follow.  Returns where it
 * starts, for frame_end. */
size_t ask_begin(struct buf *b, enum frame_type type, const char *hash);

/* Ask the keeper behind fd for its state; take the answer: f points into b.
 * SOCK_NOBODY: no keeper, or an answer other than STATE. */
enum sock_result ask_put(int fd, const char *hash);
enum sock_result ask_take(int fd, int ms, struct buf *b, struct frame *f);

/* ask_put and ask_take: to the keeper behind fd, or of a slot folder. */
enum sock_result ask_query(int fd, const char *hash, int ms, struct buf *b,
    struct frame *f);
enum sock_result ask_state(const char *folder, const char *hash, int ms,
    struct buf *b, struct frame *f);

/* A pid in a reply; NULL: none, or one from another pid namespace, which here
 * would be another process. */
const char *ask_pid(const struct fields *reply, const char *name);

/* The instance's pid, only to be shown; NULL: as ask_pid. */
const char *ask_owner(const struct fields *reply);

/* Send a request with no fields but slot and since on fd.  0 or -1. */
int ask_send(int fd, enum frame_type type, const char *hash,
    long long since);

#endif
