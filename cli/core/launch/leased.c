/*
 * leased.c: --scope=cluster: take the cluster's key when the slot is free.
 *
 * The launch starts onlyone-cluster, which takes the key and keeps it, and
 * talks to it over a socket pair (cluster/talk.h).  If another instance has the
 * key, the launch can join, activate or replace it by letters through the
 * cluster's store.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/cluster/talk.h"
#include "cli/base/cluster_config.h"
#include "cli/base/fields.h"
#include "cli/base/io.h"
#include "cli/core/keeper/spawn.h"
#include "cli/core/launch/leased.h"
#include "cli/core/launch/leased_words.h"
#include "cli/core/launch/launch_state.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "cli/base/text.h"
#include "cli/core/wire/frame.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * The name of a document that is the same on all hosts of a cluster.
 *
 * It is made of the path, since an editor may give the file another inode each
 * time it saves.  Hosts may mount different parts of a share: the name joins
 * the source of the mount, its root in the share, and the path below it.
 */

enum { MOUNTS = 4 << 20, FIELD_ROOT = 3, FIELD_POINT = 4 };

/* Decode \ooo in place (proc(5), mountinfo). */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] & 7) << 6 | (s[2] & 7) << 3 |
			    (s[3] & 7));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* Whether the source of a mount is a server's share: "server:/export" or
 * "//server/share". */
static bool
is_shared(const char *source)
{
	const char *colon = strstr(source, ":/");

	return (colon && colon > source && *source != '/') ||
	    !strncmp(source, "//", 2);
}

/* The part of path below a mount point; NULL: it is not below it. */
static const char *
below(const char *path, const char *point)
{
	size_t n = strlen(point);

	if (n == 1)
		return path;
	return strncmp(path, point, n) || (path[n] && path[n] != '/') ? NULL :
	    path + n;
}

/* Parse a line: id parent device ROOT POINT options ... - type SOURCE
 * options. */
static bool
line_take(char *line, char **root, char **point, char **source)
{
	char *save, *word;
	int n = 0;

	for (word = strtok_r(line, " ", &save); word;
	    word = strtok_r(NULL, " ", &save), n++) {
		if (n == FIELD_ROOT)
			*root = word;
		else if (n == FIELD_POINT)
			*point = word;
		else if (n > FIELD_POINT && !strcmp(word, "-"))
			break;
	}
	if (!word || !strtok_r(NULL, " ", &save))
		return false;
	*source = strtok_r(NULL, " ", &save);
	if (!*source)
		return false;
	unescape(*root);
	unescape(*point);
	unescape(*source);
	return *root && *point;
}

static const char *
shared_name(struct buf *b, const char *source, const char *root,
    const char *rest)
{
	size_t n = strlen(source);

	while (n && source[n - 1] == '/')
		n--;
	buf_add(b, source, n);
	if (root[1])
		buf_add(b, root, strlen(root));
	buf_string(b, rest);
	return b->failed ? NULL : b->at;
}

/* The id of the mount that path lies on; 0: unknown (Linux before 5.8, or there
 * is no such file yet). */
static unsigned long long
mount_of(const char *path)
{
	struct statx sx;

	return statx(AT_FDCWD, path, 0, STATX_MNT_ID, &sx) == 0 &&
	    sx.stx_mask & STATX_MNT_ID ? sx.stx_mnt_id : 0;
}

/* The name of the document at path, which is canonical: the path itself, or, on
 * a file system that a server shares, where it lies there
 * ("server:/export/home/letter").  Stored in b, which begins empty.  NULL:
 * errno. */
static const char *
leased_document(const char *path, struct buf *b)
{
	char *line, *save, *root = NULL, *point = NULL, *source = NULL;
	char *on = NULL, *of = NULL, *top = NULL;
	unsigned long long is, lies = mount_of(path);
	struct buf mounts = { 0 };
	const char *name = path;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), err;

	if (fd < 0 || io_slurp(fd, &mounts, MOUNTS) < 0 ||
	    buf_add(&mounts, "", 1) < 0) {
		err = errno;
		name = NULL;
	} else {
		err = ENOMEM;
		/* Without a mount id take the longest mount point; of equal
		 * ones the last, which hides the others. */
		for (line = strtok_r(mounts.at, "\n", &save); line;
		    line = strtok_r(NULL, "\n", &save)) {
			is = strtoull(line, NULL, 10);
			if (line_take(line, &root, &point, &source) &&
			    below(path, point) && (!lies || lies == is) &&
			    (!on || strlen(point) >= strlen(on))) {
				on = point;
				of = source;
				top = root;
			}
		}
		if (on && is_shared(of))
			name = shared_name(b, of, top, below(path, on));
	}
	io_close(&fd);
	buf_free(&mounts);
	errno = err;
	return name;
}

struct begin {
	const char *path;
	int fd, page;
};

/* Become onlyone-cluster, in a process that is not our child. */
static void
holder_run(void *arg)
{
	const struct begin *b = arg;
	char *argv[] = { (char *)CLUSTER_NAME, (char *)CLUSTER_HOLD, NULL };
	char *env[CLUSTER_ENV];
	int fd, page;

	cluster_config_environ(env);
	setsid();
	fd = fcntl(b->fd, F_DUPFD, TALK_PAGE + 1);
	page = fcntl(b->page, F_DUPFD, TALK_PAGE + 1);
	for (int i = 0; i < TALK_FD; i++)
		close(i);
	/* If /dev/null cannot be opened they stay closed: onlyone-cluster
	 * prints nothing. */
	for (int i = 0; i < TALK_FD; i++)
		open("/dev/null", O_RDWR);
	if (dup2(fd, TALK_FD) < 0 || dup2(page, TALK_PAGE) < 0)
		_exit(EXIT_SYSTEM);
	closefrom(TALK_PAGE + 1);
	execve(b->path, argv, env);
	_exit(EXIT_CANTEXEC);
}

/* onlyone-cluster has ended: set the fault.  -1. */
static int
leased_gone(struct launch *l, struct fault *f)
{
	io_close(&l->lease.fd);
	return fault_set(f, EXIT_NOANSWER, CLUSTER_NAME "  has ended, or"
	    " cannot be run; see onlyonectl doctor", NULL);
}

/* Send OPEN: what onlyone-cluster must know of this launch.  0 or -1. */
static int
open_send(struct launch *l, const char *url, struct fault *f)
{
	const struct cluster_terms *c = &l->o->cluster;
	const struct slot *s = &l->place.slot;
	struct buf b = { 0 }, document = { 0 };
	const char *key;
	int r;
	size_t start = frame_begin(&b, (enum frame_type)TALK_OPEN);

	fields_put(&b, "url", url);
	fields_put(&b, "app", s->app);
	for (size_t i = 0; i < s->nkey; i++) {
		key = l->command.document && i + 1 == s->nkey ?
		    leased_document(s->key[i], &document) : s->key[i];
		if (!key)
			goto nameless;
		fields_put(&b, "key", key);
		fields_put(&b, "own", s->key[i]);
	}
	buf_free(&document);
	fields_put(&b, "name", *l->command.words ? *l->command.words : "");
	fields_put(&b, "folder", l->place.folder);
	fields_put_num(&b, "pid", getpid());
	if (c->ttl)
		fields_put_num(&b, "ttl", c->ttl);
	if (c->grace_ms >= 0)
		fields_put_num(&b, "grace", c->grace_ms);
	fields_put_num(&b, "hold", c->hold);
	fields_put_num(&b, "lost", c->lost);
	if (c->mail)
		fields_put(&b, "mail", "1");
	if (c->metrics)
		fields_put(&b, "metrics", c->metrics);
	r = sock_frame(l->lease.fd, &b, start);
	return r < 0 ? leased_gone(l, f) : 0;
nameless:
	/* Fail: another name would make another key, and allow a second
	 * instance. */
	fault_errno(f, EXIT_SYSTEM, errno, "cannot find the mount that names"
	    " the document in the cluster: /proc/self/mountinfo", NULL);
	io_close(&l->lease.fd);
	buf_free(&document);
	buf_free(&b);
	return -1;
}

/* Map a new page, *fd: an onlyone-cluster that was dropped may still write to
 * the old one. */
static bool
page_make(struct launch *l, int *fd)
{
	if (l->lease.watch.page)
		munmap(l->lease.watch.page, sizeof(*l->lease.watch.page));
	l->lease.watch.page = NULL;
	*fd = memfd_create(CLUSTER_NAME, MFD_CLOEXEC);
	if (*fd >= 0 && ftruncate(*fd, sizeof(*l->lease.watch.page)) == 0)
		l->lease.watch.page = talk_page(*fd);
	return l->lease.watch.page;
}

/* Start onlyone-cluster and send OPEN.  0 or -1. */
static int
leased_begin(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], storage[CLUSTER_URL];
	const char *url = cluster_config_url(l->o->cluster.url, storage, f);
	struct begin b = { .page = -1 };
	int ends[2] = { -1, -1 }, r = -1;

	if (!url)
		return -1;
	b.path = part_path(CLUSTER_NAME, X_OK, path);
	if (!b.path)
		return fault_errno(f, EXIT_NOANSWER, errno, "--scope=cluster"
		    " needs " CLUSTER_NAME, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 &&
	    page_make(l, &b.page)) {
		b.fd = ends[1];
		r = spawn_orphan(holder_run, &b, -1);
	}
	if (r < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start "
		    CLUSTER_NAME, NULL);
		io_close(&ends[0]);
	}
	io_close(&ends[1]);
	io_close(&b.page);
	l->lease.fd = ends[0];
	return r < 0 ? -1 : open_send(l, url, f);
}

/* Receive the next message into l->lease.in, waiting ms (-1: forever); it is
 * valid until the next call.  0, or -1: onlyone-cluster is gone. */
static int
leased_reply(struct launch *l, struct frame *reply, int ms, struct fault *f)
{
	buf_shift(&l->lease.in, l->lease.taken);
	l->lease.taken = 0;
	if (sock_recv(l->lease.fd, &l->lease.in, reply, ms) != SOCK_OK)
		return leased_gone(l, f);
	l->lease.taken = reply->size;
	return 0;
}

/* Turn the message FAILED, whose fields are b, into a fault.  -1. */
static int
leased_failed(struct launch *l, const struct fields *b, struct fault *f)
{
	const char *line = fields_get(b, "line");
	long long r = fields_num(b, "result", ENGINE_DOWN);

	io_close(&l->lease.fd);
	return fault_set(f, fields_get(b, "usage") ? EXIT_USAGE :
	    r == ENGINE_DENIED ? EXIT_DENIED : EXIT_NOANSWER,
	    l->place.slot.app, ": ", line ? line : "the cluster cannot be"
	    " used", NULL);
}

/* The fields of the last message. */
static struct fields
leased_last(const struct launch *l)
{
	struct frame reply;

	if (frame_parse(l->lease.in.at, l->lease.taken, &reply) != FRAME_WHOLE)
		reply.body = (struct fields){ "", 0 };
	return reply.body;
}

/*
 * Another instance has the key: join it, activate it, or ask it to end, by
 * letters through the cluster's store.
 */

/* Send a letter and wait for the reply.  Returns 1: *status is the exit status,
 * -1 if that is unknown; 0: time is up; -1: fault. */
static int
letter(struct launch *l, enum talk type, int ms, char *const *args,
    int *status, struct fault *f)
{
	char cwd[PATH_MAX];
	struct frame reply;
	struct buf b = { 0 };
	int r;
	size_t start = frame_begin(&b, (enum frame_type)type);

	fields_put_num(&b, "ms", ms);
	if (type == TALK_END && l->o->terms.kill_ms >= 0)
		fields_put_num(&b, "kill", l->o->terms.kill_ms);
	if (args)
		fields_put(&b, "cwd", io_cwd(cwd, sizeof(cwd)) ? cwd : "/");
	for (; args && *args; args++)
		fields_put(&b, "arg", *args);
	r = sock_frame(l->lease.fd, &b, start);
	if (r < 0)
		return leased_gone(l, f);
	if (leased_reply(l, &reply, -1, f) < 0)
		return -1;
	if ((int)reply.type == TALK_BUSY)
		return 0;
	if ((int)reply.type != TALK_JOINED)
		return leased_failed(l, &reply.body, f);
	*status = (int)fields_num(&reply.body, "status", -1);
	return 1;
}

/* 0 if the instance takes letters, else -1 with a fault. */
static int
mail_check(struct launch *l, struct fault *f)
{
	struct fields b = leased_last(l);

	if (fields_get(&b, "mail"))
		return 0;
	leased_words_busy(l, &b, f);
	return fault_more(f, "; launch it with --cluster-activate to let"
	    " other hosts do that", NULL);
}

/* Show what the other host said of a letter: as a note if status is 0, else as
 * the fault.  The status, or -1. */
static int
answer_say(const struct launch *l, int status, struct fault *f)
{
	struct fields b = leased_last(l);
	const char *line = fields_get(&b, "line");

	if (!line)
		return status;
	if (fields_get(&b, "untaken") && l->o->must_deliver)
		status = EXIT_NOANSWER;
	fault_set(f, status, l->place.slot.app, " on ",
	    fields_get(&b, "host"), ": ", TEXT_QUOTED, line, NULL);
	if (status)
		return -1;
	say_fault(f);
	return 0;
}

/* This function and the next two are for LEASED_BUSY.  Wait for the end of the
 * instance: its exit status, or -1. */
static int
leased_join(struct launch *l, struct fault *f)
{
	struct fields b;
	int status, r;

	b = leased_last(l);
	/* The instance has ended, and --hold keeps the key. */
	if (fields_get(&b, "done")) {
		status = (int)fields_num(&b, "exit", -1);
		r = 1;
	} else {
		r = letter(l, TALK_JOIN, l->o->limit_ms, NULL, &status, f);
	}
	b = leased_last(l);
	if (r == 0)
		return leased_words_busy(l, &b, f);
	if (r > 0 && status < 0)
		return fault_set(f, EXIT_NOANSWER, l->place.slot.app, " has"
		    " ended on another host, and its status is not known",
		    NULL);
	return r < 0 ? -1 : status;
}

/* Hand over the arguments: the exit status that a launch on that host would
 * have had, or -1. */
static int
leased_hand(struct launch *l, struct fault *f)
{
	int status, r;

	if (mail_check(l, f) < 0)
		return -1;
	r = letter(l, TALK_HAND, -1, l->command.args, &status, f);
	if (r > 0 && status < 0)
		return fault_set(f, EXIT_LOST, l->place.slot.app, " has ended"
		    " on another host while it was activated: whether it took"
		    " the arguments is not known", NULL);
	return r > 0 ? answer_say(l, status, f) : -1;
}

/* Ask the other host to end the instance; the key is free soon after.  0 or
 * -1. */
static int
leased_ask_end(struct launch *l, struct fault *f)
{
	int status = 0, r;

	if (mail_check(l, f) < 0)
		return -1;
	r = letter(l, TALK_END, l->o->limit_ms, NULL, &status, f);
	if (r > 0 && status > 0 && status != EXIT_NONE) {
		if (answer_say(l, status, f) > 0)
			fault_set(f, status, l->place.slot.app, ": its host"
			    " could not end it", NULL);
		return -1;
	}
	return r < 0 ? -1 : 0;
}

enum { ANSWER_MS = 5000 }; /* in addition to the time for the store */

/* Note that the store has not answered within ms.  Whether it has now been
 * silent for LEASED_MS, all tries together. */
static bool
is_not_responding(struct launch *l, int ms)
{
	long long now = clock_now();

	if (!l->lease.silent)
		l->lease.silent = now - ms;
	return now - l->lease.silent >= LEASED_MS;
}

/* Whether a message says that the store cannot be reached now. */
static bool
is_down(const struct frame *m)
{
	return (int)m->type == TALK_FAILED &&
	    fields_num(&m->body, "result", -1) == ENGINE_DOWN;
}

static enum leased
key_take(struct launch *l, int ms, struct fault *f)
{
	const char *s;
	struct frame reply;
	char digits[24];
	bool down, later;

	if (l->lease.token)
		return LEASED_OURS; /* taken before */
	if (l->lease.fd < 0 && leased_begin(l, f) < 0)
		return LEASED_FAILED;
	if (!talk_send(l->lease.fd, TALK_TAKE, "ms", say_num(digits, ms),
	    NULL, NULL) && errno != EPIPE)
		return leased_gone(l, f);
	if (leased_reply(l, &reply, ms + ANSWER_MS, f) < 0)
		return LEASED_FAILED;
	if ((int)reply.type != TALK_FAILED)
		l->lease.silent = 0;
	switch ((int)reply.type) {
	case TALK_TAKEN:
		s = fields_get(&reply.body, "stored");
		l->lease.token = fields_num(&reply.body, "token", 0);
		if (!s || strlen(s) >= sizeof(l->lease.stored))
			return leased_gone(l, f);
		strcpy(l->lease.stored, s);
		return LEASED_OURS;
	case TALK_BUSY:
		return LEASED_BUSY;
	case TALK_FAILED:
		down = is_down(&reply);
		later = down && !is_not_responding(l, ms);
		/* A launch that waits also waits for the store. */
		if (down && !later && !l->o->cluster.local &&
		    (l->o->policy == POLICY_WAIT ||
		    l->o->policy == POLICY_QUEUE))
			return LEASED_BUSY;
		leased_failed(l, &reply.body, f);
		if (later)
			return LEASED_LATER;
		if (!down || !l->o->cluster.local)
			return LEASED_FAILED;
		say_note(f->line, "; started for this host alone"
		    " (--on-down=local)",
		    NULL);
		return LEASED_OURS;
	default:
		return leased_gone(l, f);
	}
}

enum leased
leased_take(struct launch *l, int ms, struct fault *f)
{
	return l->o->cluster.on ? key_take(l, ms, f) : LEASED_OURS;
}

bool
leased_is(const struct launch *l)
{
	return l->o->cluster.on && l->lease.fd >= 0;
}

void
leased_drop(struct launch *l)
{
	if (leased_is(l))
		io_close(&l->lease.fd);
	l->lease.in.len = l->lease.taken = 0;
	l->lease.token = 0;
	l->lease.owner = 0;
}

int
leased_end(struct launch *l, struct fault *f)
{
	struct fields b;

	if (l->o->policy == POLICY_SKIP)
		return 0;
	b = leased_last(l);
	if (l->o->policy == POLICY_JOIN)
		return leased_join(l, f);
	if (l->o->policy == POLICY_ACTIVATE && fields_get(&b, "mail") &&
	    !fields_get(&b, "done"))
		return leased_hand(l, f);
	return leased_words_busy(l, &b, f);
}

int
leased_wait(struct launch *l, long long deadline, struct fault *f)
{
	long long soon, until;
	struct fields b;
	char who[LEASED_WHO], digits[24];
	struct frame reply;

	soon = say_later();
	b = leased_last(l);
	/* The store is down, and no time is left. */
	if (fields_get(&b, "line") && deadline && clock_now() >= deadline)
		return leased_failed(l, &b, f);
	if (l->o->policy == POLICY_REPLACE && !fields_get(&b, "done") &&
	    leased_ask_end(l, f) < 0)
		return -1;
	for (;;) {
		until = deadline;
		clock_earlier(&until, soon);
		if (!talk_send(l->lease.fd, TALK_WAIT, "ms", say_num(digits,
		    clock_limit(until)), NULL, NULL) ||
		    leased_reply(l, &reply, -1, f) < 0)
			return leased_gone(l, f);
		if ((int)reply.type == TALK_FREE)
			return 0;
		if ((int)reply.type != TALK_BUSY && (!is_down(&reply) ||
		    (deadline && clock_now() >= deadline)))
			return leased_failed(l, &reply.body, f);
		if (deadline && clock_now() >= deadline)
			return leased_words_busy(l, &reply.body, f);
		if (soon && is_down(&reply))
			say_note("waiting for ", l->place.slot.app, ": ",
			    fields_get(&reply.body, "line"), NULL);
		else if (soon)
			say_note("waiting for ", l->place.slot.app, ", held by"
			    " ", leased_words_who(&reply.body, who), NULL);
		soon = 0;
	}
}

static void
environ_set(const struct launch *l)
{
	char digits[24];

	if (!l->lease.token) {
		unsetenv(ENV_TOKEN);
		unsetenv(ENV_STORED);
		return;
	}
	setenv(ENV_TOKEN, say_num(digits, l->lease.token), 1);
	setenv(ENV_STORED, l->lease.stored, 1);
}

void
leased_environ(const struct launch *l)
{
	if (l->o->cluster.on)
		environ_set(l);
}

static int
owner_tell(struct launch *l, pid_t pid, bool only, struct fault *f)
{
	int pidfd, r = -1;
	struct frame reply;
	struct buf b = { 0 };
	size_t start;

	pidfd = owner_pidfd(pid);
	start = frame_begin(&b, (enum frame_type)TALK_OWNER);
	fields_put_num(&b, "pid", pid);
	fields_put_num(&b, "launch", getpid());
	fields_put(&b, "folder", l->place.folder);
	fields_put(&b, "slot", l->place.slot.name);
	if (pidfd >= 0 && frame_end(&b, start) == 0)
		r = sock_send(l->lease.fd, b.at, b.len, &pidfd, 1);
	buf_free(&b);
	io_close(&pidfd);
	l->lease.owner = pid;
	l->lease.only = only;
	if (r < 0 || leased_reply(l, &reply, ANSWER_MS, f) < 0)
		return leased_gone(l, f);
	if ((int)reply.type != TALK_READY)
		return leased_failed(l, &reply.body, f);
	return 0;
}

int
leased_owner(struct launch *l, pid_t pid, bool only, struct fault *f)
{
	return leased_is(l) ? owner_tell(l, pid, only, f) : 0;
}

void
leased_since(struct launch *l)
{
	char digits[24];

	if (leased_is(l))
		talk_send(l->lease.fd, TALK_SINCE, "since", say_num(digits,
		    l->meeting.claim.info.since), NULL, NULL);
}
