/*
 * grpc.h: gRPC: one call at a time, each with a deadline, and one answer that
 * streams.
 */
#ifndef GRPC_H
#define GRPC_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/cluster/conn.h"

/* How a call ended: a status of gRPC (doc/statuscodes.md there; these are some of
 * them), or one of ours. */
enum {
	GRPC_SILENT = -2,  /* no answer by the deadline */
	GRPC_STRANGE = -1, /* an answer that is not gRPC's */
	GRPC_OK,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_NOT_FOUND = 5,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16
};

struct grpc; /* keeps a connection for the next call */

/* NULL: errno. */
struct grpc *grpc_open(void);
void grpc_close(struct grpc *g);

/* Append a message to what is to be sent. */
void grpc_add(struct buf *b, const ProtobufCMessage *m);

/* Take the first message of this type out of what has arrived; the caller frees
 * it.  1: *m; 0: there is no whole one yet; -1: it is not such a message. */
int grpc_take(struct buf *b, const ProtobufCMessageDescriptor *type,
    ProtobufCMessage **m);

/* Call "/service/method" with these messages.  token: etcd's for a password, or
 * NULL.  What is answered is appended to b.  How the call ended; if it is not OK,
 * f: why, or what the server says.  deadline: ms of clock_boot. */
int grpc_call(struct grpc *g, const struct conn_peer *peer,
    const char *method, const struct buf *messages, const char *token,
    long long deadline, struct buf *b, struct fault *f);

/* A call whose answer does not end; grpc_call works beside it.  One stream at a
 * time.  b stays until it has ended.  false: f. */
bool grpc_stream(struct grpc *g, const struct conn_peer *peer,
    const char *method, const struct buf *messages, const char *token,
    long long deadline, struct buf *b, struct fault *f);

/* fd: its socket, to poll for input; -1: none.  take: append what has arrived to
 * its buffer, without waiting (the deadline is for a server that sends without
 * end); false: the stream has ended, f. */
int grpc_stream_fd(const struct grpc *g);
bool grpc_stream_take(struct grpc *g, long long deadline, struct fault *f);
void grpc_stream_end(struct grpc *g);

#endif
