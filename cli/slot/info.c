/*
 * info.c: what a slot folder records, read.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <signal.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/slot/info.h"
#include "cli/text.h"
#include "preload/contract.h"

#define FILE_NEW FILE_INFO ".new"

const char *const raise_names[] = { "auto", "never", "cycle", "toggle", "here",
	NULL };

enum raise_mode
raise_mode(const char *name, enum raise_mode other)
{
	for (int i = 0; name && raise_names[i]; i++) {
		if (!strcmp(name, raise_names[i]))
			return (enum raise_mode)i;
	}
	return other;
}

static int
int_get(const struct fields *f, const char *name, int least, int most,
    int other, bool *odd)
{
	return (int)fields_range(f, name, least, most, other, odd);
}

static void
guard_get(const struct fields *f, struct info *i, bool *odd)
{
	i->guard = i->owner;
	i->guard.pid = int_get(f, "guard", 0, INT_MAX, 0, odd);
	i->guard.start = (uint64_t)fields_num(f, "guard-start", 0);
	i->guard.pidfs = (uint64_t)fields_num(f, "guard-pidfs", 0);
	if (!i->guard.pid)
		memset(&i->guard, 0, sizeof(i->guard));
}

void
info_named(struct info *i, const char *hash)
{
	const char *new = fields_get(&i->all, "new-hash");

	i->moved = new && !strcmp(new, hash);
}

const char *
info_key(const struct info *i, const char *part)
{
	return fields_next(&i->all, i->moved ? "new-key" : "key", part);
}

bool
info_was(const struct info *i, const char *name)
{
	const char *was = NULL;

	while ((was = fields_next(&i->all, "was", was))) {
		if (!strcmp(was, name))
			return true;
	}
	return false;
}

/* Keys and names stand before scope=: what is copied from there on has none. */
static bool
misplaced(const struct fields *f, const char *scope)
{
	struct fields rest = { scope, (size_t)(f->at + f->len - scope) };
	static const char *const early[] = { "app", "key", "new-key",
		"new-hash", INFO_IMAGE, "was" };

	rest.at += strlen(scope) + 1;
	rest.len -= strlen(scope) + 1;
	for (size_t k = 0; k < sizeof(early) / sizeof(*early); k++) {
		if (fields_get(&rest, early[k]))
			return true;
	}
	return false;
}

int
info_parse(const char *at, size_t len, struct info *i)
{
	struct fields *f = &i->all;
	const char *s;

	memset(i, 0, sizeof(*i));
	f->at = at;
	f->len = len;
	if (!len || !fields_valid(at, len) || !fields_get(f, "end"))
		goto bad;
	i->app = fields_get(f, "app");
	i->scope = fields_get(f, "scope");
	i->cwd = fields_get(f, "cwd");
	if (i->scope && misplaced(f, i->scope))
		goto bad;
	if (!i->app || !i->scope || !i->cwd || owner_get(f, &i->owner) < 0)
		goto bad;
	i->terms.on_activate = fields_get(f, "on-activate");
	i->terms.signal = int_get(f, "signal", 0, NSIG - 1, 0, &i->odd);
	s = fields_get(f, "lifetime");
	i->terms.lifetime = s && !strcmp(s, "main") ? LIFETIME_MAIN :
	    s && !strcmp(s, "tree") ? LIFETIME_TREE : LIFETIME_DAEMON;
	i->held = fields_num(f, "held", 0) == 1;
	guard_get(f, i, &i->odd);
	i->terms.stop_signal = int_get(f, "stop-signal", 0, NSIG - 1, 0,
	    &i->odd);
	i->terms.kill_ms = int_get(f, "kill-after", 0, INT_MAX, -1, &i->odd);
	s = fields_get(f, "ends");
	i->terms.ends = s && !strcmp(s, "tree") ? ENDS_TREE :
	    s && !strcmp(s, "job") ? ENDS_JOB : ENDS_MAIN;
	i->terms.lock_file = fields_get(f, "lock-file");
	if (i->terms.lock_file && *i->terms.lock_file != '/') {
		i->terms.lock_file = NULL;
		i->odd = true;
	}
	i->terms.lock_shared = fields_num(f, "lock-shared", 0) == 1;
	s = fields_get(f, "raise");
	i->terms.raise = raise_mode(s, RAISE_AUTO);
	i->terms.window_class = fields_get(f, "class");
	i->terms.rule = fields_get(f, "rule");
	i->terms.self = fields_num(f, "self", 0) == 1;
	i->terms.resettable = fields_num(f, "resettable", 0) == 1;
	i->terms.cluster = fields_num(f, "cluster", 0) == 1;
	i->index = int_get(f, "index", 0, INT_MAX, 0, &i->odd);
	i->keeper = int_get(f, "keeper", 0, INT_MAX, 0, &i->odd);
	i->listeners = int_get(f, "listeners", 0, INT_MAX, 0, &i->odd);
	i->session = int_get(f, "session", -1, INT_MAX, 0, &i->odd);
	i->first = int_get(f, "first", 0, INT_MAX, 0, &i->odd);
	i->since = fields_range(f, "since", 0, LLONG_MAX, 0, &i->odd);
	i->activations = fields_range(f, "activations", 0, LLONG_MAX, 0,
	    &i->odd);
	i->used = fields_range(f, "used", 0, LLONG_MAX, i->since, &i->odd);
	return 0;
bad:
	memset(i, 0, sizeof(*i));
	return -1;
}

int
info_write(int folder, const struct buf *b, bool fresh)
{
	const char *name = fresh ? FILE_INFO : FILE_NEW;
	int fd;

	/* rename over a file flushes on ext4: a fresh one is written direct. */
	if (!fresh)
		unlinkat(folder, FILE_NEW, 0);
	fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (io_write(fd, b->at, b->len) < 0) {
		io_close(&fd);
		unlinkat(folder, name, 0);
		return -1;
	}
	io_close(&fd);
	return fresh ? 0 : renameat(folder, FILE_NEW, folder, FILE_INFO);
}

int
info_read(int folder, struct buf *b, struct info *i)
{
	struct stat st;
	int fd = openat(folder, FILE_INFO,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	b->len = 0;
	if (fstat(fd, &st) < 0)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		errno = EPERM;
		goto fail;
	}
	if (io_slurp(fd, b, INFO_LIMIT) < 0)
		goto fail;
	io_close(&fd);
	if (info_parse(b->at, b->len, i) == 0)
		return 0;
	errno = EBADMSG;
fail:
	io_close(&fd);
	return -1;
}

void
info_command(const struct info *i, struct text *t)
{
	const char *arg = NULL;
	bool more = false;

	while ((arg = fields_next(&i->all, "arg", arg))) {
		if (more)
			text_add(t, " ");
		text_typed(t, arg);
		more = true;
	}
}
