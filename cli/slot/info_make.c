/*
 * info_make.c: a record of a slot folder, put together, and what changes in it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/slot/info.h"
#include "cli/slot/info_make.h"
#include "cli/text.h"
#include "preload/contract.h"

enum {
	DIGITS = 14,
	AT_ACTIVATIONS = sizeof("activations=") - 1,
	AT_USED = AT_ACTIVATIONS + DIGITS + 1 + sizeof("used=") - 1,
	AT_KEEPER = AT_USED + DIGITS + 1 + sizeof("keeper=") - 1,
	AT_LISTENERS = AT_KEEPER + DIGITS + 1 + sizeof("listeners=") - 1
};

static const char *const lifetimes[] = { "daemon", "main", "tree" };
static const char *const ends[] = { "main", "job", "tree" };

static void
fixed_make(char digits[DIGITS + 1], long long n)
{
	digits[DIGITS] = '\0';
	for (int i = DIGITS; i--; n /= 10)
		digits[i] = (char)('0' + n % 10);
}

static void
head_put(struct buf *b, const struct info *i)
{
	char digits[DIGITS + 1];

	fixed_make(digits, i->activations);
	fields_put(b, "activations", digits);
	fixed_make(digits, i->used);
	fields_put(b, "used", digits);
	fixed_make(digits, i->keeper);
	fields_put(b, "keeper", digits);
	fixed_make(digits, i->listeners);
	fields_put(b, "listeners", digits);
	owner_put(b, &i->owner);
	fields_put_num(b, "since", i->since);
	fields_put_num(b, "first", i->first);
}

/* Of the same boot and pid namespace as the owner. */
static void
guard_put(struct buf *b, const struct owner *o)
{
	fields_put_num(b, "guard", o->pid);
	fields_put_num(b, "guard-start", (long long)o->start);
	fields_put_num(b, "guard-pidfs", (long long)o->pidfs);
}

void
info_digest(char *const args[], char out[DIGEST_HEX + 1])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct text t;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	for (; *args; args++) /* with its NUL: words never run together */
		SHA256Update(&ctx, (const uint8_t *)*args,
		    strlen(*args) + 1);
	SHA256Final(digest, &ctx);
	text_init(&t, out, DIGEST_HEX + 1);
	text_hex(&t, digest, sizeof(digest));
}

int
info_make(struct buf *b, const struct slot *s, const struct info *i,
    char *const args[])
{
	char *const *all = args;
	char digest[DIGEST_HEX + 1];
	size_t room = INFO_ARGS_SHOWN;

	head_put(b, i);
	fields_put(b, "app", s->app);
	for (size_t k = 0; k < s->nkey; k++)
		fields_put(b, "key", s->key[k]);
	fields_put(b, "scope", s->scope);
	fields_put_num(b, "index", s->index);
	fields_put_num(b, "session", i->session);
	if (i->held)
		fields_put_num(b, "held", 1);
	if (i->guard.pid)
		guard_put(b, &i->guard);
	fields_put(b, "cwd", i->cwd);
	if (i->terms.on_activate)
		fields_put(b, "on-activate", i->terms.on_activate);
	if (i->terms.signal)
		fields_put_num(b, "signal", i->terms.signal);
	fields_put(b, "lifetime", lifetimes[i->terms.lifetime]);
	if (i->terms.self)
		fields_put_num(b, "self", 1);
	if (i->terms.resettable)
		fields_put_num(b, "resettable", 1);
	if (i->terms.stop_signal)
		fields_put_num(b, "stop-signal", i->terms.stop_signal);
	if (i->terms.kill_ms >= 0)
		fields_put_num(b, "kill-after", i->terms.kill_ms);
	if (i->terms.ends)
		fields_put(b, "ends", ends[i->terms.ends]);
	if (i->terms.lock_file)
		fields_put(b, "lock-file", i->terms.lock_file);
	if (i->terms.lock_shared)
		fields_put_num(b, "lock-shared", 1);
	if (i->terms.raise != RAISE_AUTO)
		fields_put(b, "raise", raise_names[i->terms.raise]);
	if (i->terms.window_class)
		fields_put(b, "class", i->terms.window_class);
	if (i->terms.rule)
		fields_put(b, "rule", i->terms.rule);
	if (i->terms.cluster)
		fields_put_num(b, "cluster", 1);
	for (; *args && strlen(*args) < room; args++) {
		fields_put(b, "arg", *args);
		room -= strlen(*args) + 1;
	}
	if (*args) {
		fields_put(b, "arg", "...");
		info_digest(all, digest);
		fields_put(b, INFO_DIGEST, digest);
	}
	fields_put(b, "end", "1");
	return b->failed ? -1 : 0;
}

/* The keys stand between app= and scope=. */
static int
keys_put(struct buf *b, const char *name, const struct slot *s)
{
	for (size_t k = 0; k < s->nkey; k++)
		fields_put(b, name, s->key[k]);
	return b->failed ? -1 : 0;
}

/* The names that its folder has had; was, if not NULL, is one more. */
static void
names_put(struct buf *b, const struct info *i, const char *was)
{
	const char *name = NULL;

	while ((name = fields_next(&i->all, "was", name)))
		fields_put(b, "was", name);
	if (was)
		fields_put(b, "was", was);
}

static void
images_put(struct buf *b, const struct info *i)
{
	const char *image = NULL;

	while ((image = fields_next(&i->all, INFO_IMAGE, image)))
		fields_put(b, INFO_IMAGE, image);
}

static int
rest_put(struct buf *b, const struct info *i, const char *was)
{
	const char *rest = i->scope - strlen("scope=");

	names_put(b, i, was);
	buf_add(b, rest, (size_t)(i->all.at + i->all.len - rest));
	return b->failed ? -1 : 0;
}

/* What depends on the owner stands before app=, the rest stays. */
static void
begin_put(struct buf *b, const struct info *i)
{
	const char *part = NULL;

	head_put(b, i);
	fields_put(b, "app", i->app);
	while ((part = info_key(i, part)))
		fields_put(b, "key", part);
}

int
info_remake(struct buf *b, const struct info *i)
{
	begin_put(b, i);
	images_put(b, i);
	return rest_put(b, i, NULL);
}

int
info_swept(struct buf *b, const struct info *i, const char *const image[],
    size_t n)
{
	begin_put(b, i);
	for (size_t k = 0; k < n; k++)
		fields_put(b, INFO_IMAGE, image[k]);
	return rest_put(b, i, NULL);
}

int
info_rekey(struct buf *b, const struct slot *s, const struct info *i)
{
	head_put(b, i);
	fields_put(b, "app", i->app);
	keys_put(b, "key", s);
	images_put(b, i);
	return rest_put(b, i, NULL);
}

int
info_moving(struct buf *b, const struct slot *s, const char *old,
    const struct info *i)
{
	begin_put(b, i);
	fields_put(b, "new-hash", s->hash);
	keys_put(b, "new-key", s);
	images_put(b, i);
	return rest_put(b, i, old);
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

/* They stand together: written at once. */
int
info_count(int folder, long long activations, long long used)
{
	enum { LEN = AT_USED + DIGITS - AT_ACTIVATIONS };
	static const char between[] = "used=";
	char both[LEN + 1];

	fixed_make(both, activations);
	memcpy(both + DIGITS + 1, between, sizeof(between) - 1);
	fixed_make(both + LEN - DIGITS, used);
	return text_write(folder, AT_ACTIVATIONS, both, LEN);
}

int
info_keeper(int folder, pid_t keeper)
{
	return fixed_write(folder, AT_KEEPER, keeper);
}

int
info_listeners(int folder, int listeners)
{
	return fixed_write(folder, AT_LISTENERS, listeners);
}
