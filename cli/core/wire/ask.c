/*
 * ask.c: one question to a keeper and its answer.
 */
#include <stdint.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

enum { SMALL = 512 };

/* The process that first listened on the last socket we connected to: its pid
 * here; 0: none here. */
static int listener;

enum sock_result
ask_connect(const char *folder, int ms, int *fd)
{
	enum sock_result r;

	*fd = sock_new(0);
	if (*fd < 0)
		return SOCK_FAILED;
	r = sock_connect(*fd, folder, ms, &listener);
	if (r != SOCK_OK)
		io_close(fd);
	return r;
}

size_t
ask_begin(struct buf *b, enum frame_type type, const char *hash)
{
	size_t start = frame_begin(b, type);

	fields_put(b, "slot", hash);
	return start;
}

int
ask_send(int fd, enum frame_type type, const char *hash, long long since)
{
	char storage[SMALL];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, type, hash);
	fields_put_num(&b, "since", since);
	return sock_frame(fd, &b, start);
}

enum sock_result
ask_put(int fd, const char *hash)
{
	return ask_send(fd, FRAME_QUERY, hash, 0) == 0 ? SOCK_OK : SOCK_NOBODY;
}

enum sock_result
ask_take(int fd, int ms, struct buf *b, struct frame *f)
{
	enum sock_result r;

	b->len = 0;
	r = sock_recv(fd, b, f, ms);
	return r == SOCK_OK && f->type != FRAME_STATE ? SOCK_NOBODY : r;
}

enum sock_result
ask_query(int fd, const char *hash, int ms, struct buf *b, struct frame *f)
{
	enum sock_result r = ask_put(fd, hash);

	return r == SOCK_OK ? ask_take(fd, ms, b, f) : r;
}

enum sock_result
ask_state(const char *folder, const char *hash, int ms, struct buf *b,
    struct frame *f)
{
	int fd;
	enum sock_result r = ask_connect(folder, ms, &fd);

	if (r == SOCK_OK)
		r = ask_query(fd, hash, ms, b, f);
	io_close(&fd);
	return r;
}

/* Most owners made their socket themselves, before they ran the program: then
 * the kernel has given us their pid in our namespace, and we need not open a
 * file to compare namespaces. */
const char *
ask_owner(const struct fields *reply)
{
	return listener && listener == fields_num(reply, "pid", 0) ?
	    fields_get(reply, "pid") : ask_pid(reply, "pid");
}

const char *
ask_pid(const struct fields *reply, const char *name)
{
	uint64_t theirs = (uint64_t)fields_num(reply, "pidns", 0), ours;
	const char *pid = fields_get(reply, name);

	if (!pid || !strcmp(pid, "0"))
		return NULL;
	ours = theirs ? owner_pidns() : 0;
	return ours && ours != theirs ? NULL : pid;
}
