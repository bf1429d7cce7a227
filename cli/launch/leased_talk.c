/*
 * leased_talk.c: a launch and its onlyone-cluster: begun, and heard.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clustered.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/talk.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/keeper/spawn.h"
#include "cli/launch/leased_document.h"
#include "cli/launch/leased_talk.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

struct begin {
	const char *path;
	int fd, page;
};

/* In a process of its own, which is nobody's child: become onlyone-cluster.
 */
static void
holder_run(void *arg)
{
	const struct begin *b = arg;
	char *argv[] = { (char *)CLUSTER_NAME, (char *)CLUSTER_HOLD, NULL };
	char *env[CLUSTERED_ENV];
	int fd, page;

	clustered_environ(env);
	setsid();
	fd = fcntl(b->fd, F_DUPFD, TALK_PAGE + 1);
	page = fcntl(b->page, F_DUPFD, TALK_PAGE + 1);
	for (int i = 0; i < TALK_FD; i++)
		close(i);
	/* Where there is none, they are closed: it speaks to nobody. */
	for (int i = 0; i < TALK_FD; i++)
		open("/dev/null", O_RDWR);
	if (dup2(fd, TALK_FD) < 0 || dup2(page, TALK_PAGE) < 0)
		_exit(EXIT_SYSTEM);
	closefrom(TALK_PAGE + 1);
	execve(b->path, argv, env);
	_exit(EXIT_CANTEXEC);
}

int
leased_gone(struct launch *l, struct fault *f)
{
	io_close(&l->lease.fd);
	return fault_set(f, EXIT_NOANSWER, CLUSTER_NAME " has ended, or cannot"
	    " be run", NULL);
}

/* What it is to know of us. */
static int
open_send(struct launch *l, const char *url, struct fault *f)
{
	const struct cluster_terms *c = &l->o->cluster;
	const struct slot *s = &l->place.slot;
	struct buf b, document;
	const char *key;
	size_t start;
	int r;

	buf_init(&b, NULL, 0);
	start = frame_begin(&b, (enum frame_type)TALK_OPEN);
	fields_put(&b, "url", url);
	fields_put(&b, "app", s->app);
	buf_init(&document, NULL, 0);
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
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(l->lease.fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	return r < 0 ? leased_gone(l, f) : 0;
nameless:
	/* By another name it would be another one. */
	fault_errno(f, EXIT_SYSTEM, errno, "cannot tell what the document is"
	    " called in the cluster: /proc/self/mountinfo", NULL);
	io_close(&l->lease.fd);
	buf_free(&document);
	buf_free(&b);
	return -1;
}

/* Each has a page of its own: one that was dropped may still write. */
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

int
leased_begin(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], storage[CLUSTERED_URL];
	const char *url = clustered_url(l->o->cluster.url, storage, f);
	struct begin b = { .page = -1 };
	int ends[2] = { -1, -1 }, r = -1;

	if (!url)
		return -1;
	b.path = beside_find(CLUSTER_NAME, X_OK, path);
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

/* The next thing it says, in l->lease.in.  0, or -1: it has gone. */
int
leased_reply(struct launch *l, struct frame *reply, int ms, struct fault *f)
{
	buf_shift(&l->lease.in, l->lease.taken);
	l->lease.taken = 0;
	if (sock_recv(l->lease.fd, &l->lease.in, reply, ms) != SOCK_OK)
		return leased_gone(l, f);
	l->lease.taken = reply->size;
	return 0;
}

/* It has failed: what that is to the user. */
int
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

struct fields
leased_last(const struct launch *l)
{
	struct frame reply;

	if (frame_parse(l->lease.in.at, l->lease.taken, &reply) != FRAME_WHOLE)
		reply.body = (struct fields){ "", 0 };
	return reply.body;
}
