/*
 * info.c: the record of a slot folder: written and read.
 *
 * Four numbers of fixed width come first, and are changed in place.  Any other
 * change makes a new record: the part before scope= is rebuilt, the rest is
 * copied.  So a field that may change belongs before scope=.  A new record is
 * renamed over the old one.  The first record is written in place: it counts
 * once it has end=1.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <unistd.h>

#include "cli/base/ids.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/info.h"
#include "preload/contract.h"

/*
 * Room for the next record and mapping of a slot (info.h).
 */

int
room_open(int folder, const char *name)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	/* We write into this file: it must have no second name. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == ids_own() && st.st_nlink == 1)
		return fd;
	io_close(&fd);
	unlinkat(folder, name, 0);
	return openat(folder, name, flags | O_CREAT | O_EXCL, 0600);
}

static bool
one_make(int folder, const char *name, size_t n)
{
	int fd = room_open(folder, name), err = errno;
	struct stat st;

	if (fd >= 0)
		err = fstat(fd, &st) == 0 && st.st_size >= (off_t)n ? 0 :
		    posix_fallocate(fd, 0, (off_t)n);
	io_close(&fd);
	errno = err;
	return !err;
}

int
room_make(int folder, size_t n)
{
	/* One byte takes as much room on the disk as a mapping file. */
	return one_make(folder, ROOM_INFO, n) &&
	    one_make(folder, ROOM_MAPPING, 1) ? 0 : -1;
}

/*
 * Writing the record, and changing it.
 */

enum {
	DIGITS = 14,
	COUNTS = sizeof("activations=") + sizeof("used=") +
	    sizeof("handler=") + sizeof("handler-start=") +
	    sizeof("handler-pidfs=") + 5 * DIGITS,
	AT_KEEPER = COUNTS + sizeof("keeper=") - 1,
	AT_LISTENERS = AT_KEEPER + DIGITS + 1 + sizeof("listeners=") - 1
};

static void
fixed_make(char digits[DIGITS + 1], long long n)
{
	digits[DIGITS] = '\0';
	for (int i = DIGITS; i--; n /= 10)
		digits[i] = (char)('0' + n % 10);
}

/* Field names of info.parent and info.next. */
static const char *const beside[1 + NEXTS][3] = {
	{ "parent", "parent-start", "parent-pidfs" },
	{ "next", "next-start", "next-pidfs" },
	{ "next2", "next2-start", "next2-pidfs" },
	{ "next3", "next3-start", "next3-pidfs" },
};

static const char *const handler[3] = { "handler", "handler-start",
	"handler-pidfs" };

/* A process in the same boot and pid namespace as the owner. */
static void
beside_put(struct buf *b, const struct owner *o, const char *const names[3])
{
	if (!o->pid)
		return;
	fields_put_num(b, names[0], o->pid);
	fields_put_num(b, names[1], (long long)o->start);
	fields_put_num(b, names[2], (long long)o->pidfs);
}

static const char *const without[WITHOUTS] = { "without-output",
	"without-lock" };

static void
fixed_put(struct buf *b, const char *name, long long n)
{
	char digits[DIGITS + 1];

	fixed_make(digits, n);
	fields_put(b, name, digits);
}

/* What changes with each activation. */
static void
count_put(struct buf *b, const struct info *i)
{
	fixed_put(b, "activations", i->activations);
	fixed_put(b, "used", i->used);
	fixed_put(b, "handler", i->handler.pid);
	fixed_put(b, "handler-start", (long long)i->handler.start);
	fixed_put(b, "handler-pidfs", (long long)i->handler.pidfs);
}

static void
head_put(struct buf *b, const struct info *i)
{
	count_put(b, i);
	fixed_put(b, "keeper", i->keeper);
	fixed_put(b, "listeners", i->listeners);
	owner_put(b, &i->owner);
	fields_put_num(b, "since", i->since);
	fields_put_num(b, "first", i->first);
	if (i->guess)
		fields_put_num(b, "guess", i->guess);
	if (i->alone)
		fields_put_num(b, "alone", 1);
	if (i->passed_at)
		fields_put_num(b, "passed", i->passed_at);
	if (i->terminal)
		fields_put_num(b, "terminal", i->terminal);
	if (i->init)
		fields_put_num(b, "init", i->init);
	for (int k = 0; k < NEXTS; k++)
		beside_put(b, &i->next[k], beside[1 + k]);
	for (int k = 0; k < WITHOUTS; k++) {
		if (i->without[k])
			fields_put(b, without[k], i->without[k]);
	}
}

/*
 * The terms: a row for each member of struct terms.  NULL, false, the first
 * word and `usual` are not written: a missing or invalid field is read as such
 * a default.
 */
#define TERMS(TEXT, FLAG, NUMBER, WORD) \
	TEXT(on_activate, "on-activate") \
	FLAG(off, "off") \
	TEXT(lack, "lack") \
	FLAG(unrecorded, "unrecorded") \
	TEXT(values, "values") \
	TEXT(options, "options") \
	TEXT(waits, "waits") \
	NUMBER(signal, "signal", NSIG - 1, 0) \
	WORD(lifetime, "lifetime", enum lifetime, lifetime_names) \
	FLAG(self, "self") \
	FLAG(resettable, "resettable") \
	NUMBER(stop_signal, "stop-signal", NSIG - 1, 0) \
	NUMBER(kill_ms, "kill-after", INT_MAX, -1) \
	WORD(ends, "ends", enum ends, ends_names) \
	TEXT(lock_file, "lock-file") \
	FLAG(lock_shared, "lock-shared") \
	WORD(raise, "raise", enum raise_mode, raise_names) \
	TEXT(window_class, "class") \
	TEXT(rule, "rule") \
	TEXT(stamp, "stamp") \
	TEXT(digest, FIELD_DIGEST)

const char *const lifetime_names[] = { "auto", "daemon", "main", "tree",
	NULL };
const char *const raise_names[] = { "auto", "never", NULL };
static const char *const ends_names[] = { "main", "job", "tree", NULL };

#define PUT_TEXT(member, name) if (t->member) fields_put(b, name, t->member);
#define PUT_FLAG(member, name) if (t->member) fields_put_num(b, name, 1);
#define PUT_NUMBER(member, name, most, usual) \
	if (t->member != usual) fields_put_num(b, name, t->member);
#define PUT_WORD(member, name, type, names) \
	if (t->member) fields_put(b, name, names[t->member]);

static void
terms_put(struct buf *b, const struct terms *t)
{
	TERMS(PUT_TEXT, PUT_FLAG, PUT_NUMBER, PUT_WORD)
}

const char *
info_typed(const struct info *i, const char *name)
{
	enum { MOST = 64 };
	const char *words[MOST + 1], *word = NULL, *base;
	const struct interp *in;
	size_t n = 0, at = 0;

	while (n < MOST && (word = fields_next(&i->all, "arg", word)))
		words[n++] = word;
	words[n] = NULL;
	for (; (word = words[at]); at += n) {
		base = strrchr(word, '/');
		if (name && (!strcmp(word, name) ||
		    (base && !strcmp(base + 1, name))))
			return word;
		in = interp_find(word);
		n = in ? interp_inner(in,
		    (char *const *)(const void *)(words + at), NULL) : 0;
		if (!n)
			break;
	}
	return name ? NULL : word;
}

/* The parts of a key come between app= and scope=. */
static void
keys_put(struct buf *b, const struct slot *s)
{
	for (size_t k = 0; k < s->nkey; k++)
		fields_put(b, "key", s->key[k]);
}

void
info_words_put(struct buf *b, char *const args[])
{
	size_t room = INFO_ARGS_SHOWN;

	for (; *args && strlen(*args) < room; args++) {
		fields_put(b, "arg", *args);
		room -= strlen(*args) + 1;
	}
	if (*args)
		fields_put(b, "arg", "...");
}

int
info_make(struct buf *b, const struct slot *s, const struct info *i,
    char *const args[])
{
	head_put(b, i);
	fields_put(b, "app", s->app);
	keys_put(b, s);
	fields_put(b, "scope", s->scope);
	fields_put_num(b, "index", s->index);
	fields_put_num(b, "session", i->session);
	if (i->holder)
		fields_put_num(b, "holder", 1);
	beside_put(b, &i->parent, *beside);
	fields_put(b, "cwd", i->cwd);
	terms_put(b, &i->terms);
	info_words_put(b, args);
	fields_put(b, "end", "1");
	return b->failed ? -1 : 0;
}

int
info_remake(struct buf *b, const struct info *i, const char *const mapping[],
    size_t n)
{
	const char *rest = i->scope - strlen("scope="), *part = NULL;

	head_put(b, i);
	fields_put(b, "app", i->app);
	while ((part = info_key(i, part)))
		fields_put(b, "key", part);
	for (size_t k = 0; k < n; k++)
		fields_put(b, INFO_MAPPING, mapping[k]);
	buf_add(b, rest, (size_t)(i->all.at + i->all.len - rest));
	return b->failed ? -1 : 0;
}

static int
text_write(int folder, off_t at, const char *text, size_t n)
{
	int fd = openat(folder, FILE_INFO,
	    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t k;

	if (fd < 0)
		return -1;
	k = pwrite(fd, text, n, at);
	io_close(&fd);
	return k == (ssize_t)n ? 0 : -1;
}

static int
fixed_write(int folder, off_t at, long long n)
{
	char digits[DIGITS + 1];

	fixed_make(digits, n);
	return text_write(folder, at, digits, DIGITS);
}

int
info_count(int folder, const struct info *i)
{
	char storage[COUNTS];
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	count_put(&b, i);
	return text_write(folder, 0, b.at, b.len);
}

int
info_keeper(int folder, pid_t keeper)
{
	return fixed_write(folder, AT_KEEPER, keeper);
}

void
info_listeners(int folder, int listeners)
{
	fixed_write(folder, AT_LISTENERS, listeners);
}

bool
info_next_remove(struct info *i, pid_t pid)
{
	for (int k = 0; k < NEXTS; k++) {
		if (i->next[k].pid != pid)
			continue;
		memmove(&i->next[k], &i->next[k + 1],
		    (size_t)(NEXTS - 1 - k) * sizeof(i->next[k]));
		memset(&i->next[NEXTS - 1], 0, sizeof(i->next[k]));
		return true;
	}
	return false;
}

static int
word_find(const char *const names[], const char *name)
{
	for (int i = 0; name && names[i]; i++) {
		if (!strcmp(name, names[i]))
			return i;
	}
	return 0;
}

static int
int_get(const struct fields *f, const char *name, int least, int most,
    int other, bool *odd)
{
	return (int)fields_range(f, name, least, most, other, odd);
}

/* A process in the same boot and pid namespace as the owner: its pid, and the
 * field that tells it from others with that pid. */
static void
beside_get(const struct fields *f, struct info *i, struct owner *o,
    const char *const names[3])
{
	*o = i->owner;
	o->pid = int_get(f, names[0], 0, INT_MAX, 0, &i->odd);
	o->start = (uint64_t)fields_num(f, names[1], 0);
	o->pidfs = (uint64_t)fields_num(f, names[2], 0);
	if (!o->pid)
		memset(o, 0, sizeof(*o));
}

#define GET_TEXT(member, name) t->member = fields_get(f, name);
#define GET_FLAG(member, name) t->member = fields_num(f, name, 0) == 1;
#define GET_NUMBER(member, name, most, usual) \
	t->member = int_get(f, name, 0, most, usual, odd);
#define GET_WORD(member, name, type, names) \
	t->member = (type)word_find(names, fields_get(f, name));

static void
terms_get(const struct fields *f, struct terms *t, bool *odd)
{
	TERMS(GET_TEXT, GET_FLAG, GET_NUMBER, GET_WORD)
	if (t->lock_file && *t->lock_file != '/') {
		t->lock_file = NULL;
		*odd = true;
	}
	if (t->stamp && *t->stamp != '/') {
		t->stamp = NULL;
		*odd = true;
	}
}

const char *
info_key(const struct info *i, const char *part)
{
	return fields_next(&i->all, "key", part);
}

int
info_parse(const char *at, size_t len, struct info *i)
{
	struct fields *f = &i->all;

	memset(i, 0, sizeof(*i));
	f->at = at;
	f->len = len;
	if (!fields_valid(at, len) || !fields_get(f, "end"))
		goto bad;
	i->app = fields_get(f, "app");
	i->scope = fields_get(f, "scope");
	i->cwd = fields_get(f, "cwd");
	if (!i->app || !i->scope || !i->cwd || owner_get(f, &i->owner) < 0)
		goto bad;
	terms_get(f, &i->terms, &i->odd);
	for (int k = 0; k < WITHOUTS; k++)
		i->without[k] = fields_get(f, without[k]);
	/* A keeper found that the launch has to go without it. */
	if (i->without[WITHOUT_LOCK])
		i->terms.lock_file = NULL;
	i->holder = fields_num(f, "holder", 0) == 1;
	beside_get(f, i, &i->parent, *beside);
	beside_get(f, i, &i->handler, handler);
	for (int k = 0; k < NEXTS && (!k || i->next[k - 1].pid); k++)
		beside_get(f, i, &i->next[k], beside[1 + k]);
	i->index = int_get(f, "index", 0, INT_MAX, 0, &i->odd);
	i->keeper = int_get(f, "keeper", 0, INT_MAX, 0, &i->odd);
	i->listeners = int_get(f, "listeners", 0, INT_MAX, 0, &i->odd);
	i->terminal = int_get(f, "terminal", 0, INT_MAX, 0, &i->odd);
	i->session = int_get(f, "session", -1, INT_MAX, 0, &i->odd);
	i->first = int_get(f, "first", 0, INT_MAX, 0, &i->odd);
	i->guess = (enum guess)int_get(f, "guess", GUESS_NONE, GUESS_PID,
	    GUESS_NONE, &i->odd);
	i->alone = fields_num(f, "alone", 0) == 1;
	i->passed_at = fields_range(f, "passed", 0, LLONG_MAX, 0, &i->odd);
	i->init = fields_range(f, "init", 0, LLONG_MAX, 0, &i->odd);
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
	/* ext4 flushes on a rename(2) over a file: avoid that for the first
	 * record. */
	int fd = fresh ? openat(folder, FILE_INFO, O_WRONLY | O_CREAT |
	    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) :
	    room_open(folder, ROOM_INFO);
	int r;

	if (fd < 0)
		return -1;
	r = io_write(fd, b->at, b->len);
	if (r == 0 && !fresh)
		r = ftruncate(fd, (off_t)b->len);
	io_close(&fd);
	return r < 0 || fresh ? r :
	    renameat(folder, ROOM_INFO, folder, FILE_INFO);
}

int
info_read(int folder, struct buf *b, struct info *i)
{
	int fd = openat(folder, FILE_INFO,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -1;
	b->len = 0;
	if (fstat(fd, &st) < 0)
		goto fail;
	if (!S_ISREG(st.st_mode) || st.st_uid != ids_own()) {
		errno = EPERM;
		goto fail;
	}
	if (st.st_size > INFO_LIMIT) {
		errno = EFBIG;
		goto fail;
	}
	/* It is written in one go, and then replaced: it does not grow. */
	if (buf_room(b, (size_t)st.st_size) < 0 ||
	    (n = io_read(fd, b->at, (size_t)st.st_size)) < 0)
		goto fail;
	b->len = (size_t)n;
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
