/*
 * listen.c: onlyonectl listen prints the activations of an instance for a loop;
 * onlyonectl done gives the keeper the status of one.
 *
 * Each activation is written as it arrives, as NUL-separated fields or as a
 * JSON object on one line.  This process is a handler while it lives and its
 * output has a reader; after that, the next handler gets any record without an
 * answer.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/listen.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/wire/ask.h"

enum { ANSWER_MS = 5000, RECORD_LIMIT = FRAME_LIMIT + 2 * PATH_MAX };

static json_t *
json_environment(const struct fields *f)
{
	json_t *object = json_object();
	const char *e = NULL, *value;
	char name[64];

	while ((e = fields_next(f, "env", e))) {
		value = strchr(e, '=');
		if (!value || (size_t)(value - e) >= sizeof(name))
			continue;
		memcpy(name, e, (size_t)(value - e));
		name[value - e] = '\0';
		json_object_set_new(object, name, json_exact(value + 1));
	}
	return object;
}

/* One object, one line.  0 or -1. */
static int
record_json(struct buf *out, const struct fields *f)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:I, s:o}",
	    "id", json_exact(fields_get(f, "id")),
	    "args", json_values(f, "arg", json_exact),
	    "cwd", json_exact(fields_get(f, "cwd")),
	    "pid", (json_int_t)fields_num(f, "pid", 0),
	    "env", json_environment(f));
	char *line = object ? json_dumps(object, JSON_COMPACT |
	    JSON_ENSURE_ASCII) : NULL;
	int r = line ? buf_add(out, line, strlen(line)) : -1;

	free(line);
	json_decref(object);
	return r < 0 ? -1 : buf_add(out, "\n", 1);
}

/* id, cwd, pid, number of arguments, arguments. */
static int
record_nul(struct buf *out, const struct fields *f)
{
	const char *arg = NULL;
	char digits[24];

	buf_string(out, fields_get(f, "id"));
	buf_string(out, fields_get(f, "cwd"));
	buf_string(out, say_num(digits, fields_num(f, "pid", 0)));
	buf_string(out, say_num(digits, (long long)fields_count(f, "arg")));
	while ((arg = fields_next(f, "arg", arg)))
		buf_string(out, arg);
	return out->failed ? -1 : 0;
}

/* Write all of it, even if standard output is non-blocking.  0 or -1. */
static int
output_write(const char *at, size_t n)
{
	ssize_t k;

	for (; n; at += k, n -= (size_t)k) {
		k = IO_RETRY(write(1, at, n));
		if (k < 0 && errno != EAGAIN)
			return -1;
		if (k < 0) {
			io_wait(1, POLLOUT, -1);
			k = 0;
		}
	}
	return 0;
}

/* Our output has no reader any more: die of SIGPIPE, as a filter does. */
static enum watched
reader_gone(struct fault *f)
{
	raise(SIGPIPE);
	return fault_errno(f, EXIT_SYSTEM, EPIPE, "cannot write to standard"
	    " output", NULL);
}

/* Print the record in this file.  0, or -1 with a fault. */
static int
record_pass(const struct ctl *c, int file, struct fault *f)
{
	struct fields fields;
	struct buf in = { 0 }, out = { 0 };
	int r = -1;

	if (io_slurp(file, &in, RECORD_LIMIT) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot read a record",
		    NULL);
	} else if (!fields_valid(in.at, in.len) ||
	    (fields = (struct fields){ in.at, in.len },
	    !fields_get(&fields, "id") || !fields_get(&fields, "cwd"))) {
		fault_set(f, EXIT_NOANSWER, "not a record: the keeper is of"
		    " another version", NULL);
	} else if ((c->o.json ? record_json : record_nul)(&out,
	    &fields) < 0) {
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot write a record",
		    NULL);
	} else {
		r = output_write(out.at, out.len);
		if (r < 0 && errno == EPIPE)
			r = reader_gone(f);
		else if (r < 0)
			fault_errno(f, EXIT_SYSTEM, errno, "cannot write to"
			    " standard output", NULL);
	}
	buf_free(&in);
	buf_free(&out);
	return r;
}

static int
listen_ask(const struct watch *w, int fd)
{
	char storage[512];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_LISTEN, w->place->slot.hash);
	fields_put_num(&b, "since", w->since);
	sock_files(fd, true); /* records come as descriptors */
	return sock_frame(fd, &b, start);
}

/* Handle one frame. WATCHED_LOST: continue. */
static enum watched
frame_take(const struct watch *w, const struct frame *reply, int *file,
    struct fault *f)
{
	int r;

	switch (reply->type) {
	case FRAME_RECORD:
		if (*file < 0)
			return fault_set(f, EXIT_SYSTEM, "a record did not"
			    " arrive: too many open files (ulimit -n)", NULL);
		r = record_pass(w->arg, *file, f);
		io_close(file);
		return r < 0 ? WATCHED_FAULT : WATCHED_LOST;
	case FRAME_ENDED:
		return WATCHED_ENDED;
	case FRAME_REFUSED:
		words_refused(w->place, &reply->body, f);
		return fields_is(&reply->body, "why", "unknown request") ?
		    fault_more(f, ": its keeper is of a version without"
		    " onlyonectl listen; stop it, and start it again", NULL) :
		    WATCHED_FAULT;
	default:
		return WATCHED_LOST;
	}
}

static enum watched
listen_talk(const struct watch *w, int fd, struct fault *f)
{
	/* POLLERR on standard output: the pipe has no reader any more. */
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { 1, 0, 0 } };
	enum watched result = WATCHED_LOST;
	struct frame reply;
	char storage[1024];
	struct buf b;
	int file = -1; /* a descriptor may arrive before its RECORD */

	buf_init(&b, storage, sizeof(storage));
	while (result == WATCHED_LOST) {
		if (!b.len) {
			io_poll(p, 2, -1);
			if (p[1].revents & (POLLERR | POLLHUP))
				result = reader_gone(f);
			if (!p[0].revents)
				continue;
		}
		if (result != WATCHED_LOST || sock_recv_fd(fd, &b, &reply,
		    ANSWER_MS, &file) != SOCK_OK)
			break;
		/* If the keeper has gone, drop its record: another keeper will
		 * hand it out. */
		if (reply.type == FRAME_RECORD && io_wait(fd, POLLRDHUP, 0))
			io_close(&file);
		else
			result = frame_take(w, &reply, &file, f);
		buf_shift(&b, reply.size);
	}
	io_close(&file);
	buf_free(&b);
	return result;
}

int
ctl_listen(struct ctl *c, struct fault *f)
{
	struct place p;
	struct watch w = { &p, 0, -1, listen_ask, listen_talk, c, 0 };
	int fd = -1, r;

	if (c->closed & 2) /* records would be lost */
		return fault_errno(f, EXIT_SYSTEM, EBADF, "cannot write to"
		    " standard output", NULL);
	if (find_the(c, f) < 0 ||
	    place_of(&p, c->one->root, &c->one->slot, f) < 0)
		return -1;
	w.since = c->one->info.since;
	say_more("listening to ", c->one->info.app, NULL);
	r = watch_run(&w, &fd, f);
	io_close(&fd);
	return r;
}

/* Split "SLOT:ID"; *id points to ID.  0, or -1 if it is malformed. */
static int
record_id(char *text, struct slot *s, char **id)
{
	*id = strrchr(text, ':');
	if (!*id)
		return -1;
	*(*id)++ = '\0';
	s->app = text;
	return slot_from_name(s, text) && **id ? 0 : -1;
}

/* The id has the name of a folder: messages have the application's, from the
 * record, if there is one. */
static void
app_read(struct place *p, struct buf *record)
{
	struct fault ignored;
	struct info info;

	if (p->root.exists && root_open(&p->root, &ignored) == 0 &&
	    holder_record(&p->root, p->slot.name, record, &info))
		p->slot.app = info.app;
	root_close(&p->root);
}

static int
answer_put(struct ctl *c, struct slot *s, const char *id, long long status,
    struct fault *f)
{
	char storage[512];
	struct frame reply;
	struct buf out, b = { 0 }, record = { 0 };
	struct place p;
	size_t start;
	int r;

	if (place_of(&p, &c->root, s, f) < 0 || place_again(&p, f) < 0)
		return -1;
	app_read(&p, &record);
	buf_init(&out, storage, sizeof(storage));
	start = ask_begin(&out, FRAME_ANSWER, s->hash);
	fields_put(&out, "id", id);
	fields_put_num(&out, "status", status);
	frame_end(&out, start);
	r = request_put(&p, &out, &b, &reply, f);
	if (r == 0 && reply.type == FRAME_REFUSED)
		r = fields_num(&reply.body, "status", EXIT_NONE) == EXIT_NONE ?
		    1 : words_refused(&p, &reply.body, f);
	buf_free(&out);
	buf_free(&b);
	buf_free(&record);
	return r;
}

int
ctl_done(struct ctl *c, struct fault *f)
{
	struct slot s = { 0 };
	char *id, *copy = strdup(c->operands[0]);
	long long status = 0;
	int r;

	if (!copy)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot answer",
		    NULL);
	if (c->noperands > 1 && (number_parse(c->operands[1], &status) < 0 ||
	    status < 0 || status > 255))
		r = fault_set(f, EXIT_USAGE, "done: '", c->operands[1],
		    "' is not a status from 0 to 255; see onlyonectl --help",
		    NULL);
	else if (record_id(copy, &s, &id) < 0)
		r = fault_set(f, EXIT_USAGE, "done: '", c->operands[0],
		    "' is not an id that onlyonectl listen has printed", NULL);
	else if ((r = root_find(&c->root, f)) == 0) {
		r = answer_put(c, &s, id, status, f);
		if (r == 1)
			r = fault_set(f, EXIT_NONE, "done: no launch waits"
			    " for ", c->operands[0], NULL);
	}
	free(copy);
	return r;
}
