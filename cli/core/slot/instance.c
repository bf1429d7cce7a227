/*
 * instance.c: the environment of an instance.
 *
 * setenv(3) is not used: it allocates, and a launch changes the environment
 * that it passes on, not its own.
 */
#include <sha2.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/text.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"
#include "preload/entry.h"

enum { OURS_MAX = 8 }; /* SLOT RUN APP KEY PID LOCK PASS LD_PRELOAD */

static bool
is_ours(const char *e)
{
	static const char *const names[] = { ENV_SLOT "=", ENV_RUN "=",
		ENV_APP "=", ENV_KEY "=", ENV_PID "=", ENV_LOCK "=",
		ENV_PASS "=" };

	if (strncmp(e, "ONLYONE_", 8))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(e, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

const char *
instance_key(const struct info *i, char *buf)
{
	const char *part = NULL;
	const char separator = KEY_SEPARATOR;
	bool more = false;
	struct text t;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	t = text_in(buf, NAME_SHOWN + 1);
	while ((part = info_key(i, part))) {
		if (more) {
			text_mem(&t, &separator, 1);
			SHA256Update(&ctx, (const uint8_t *)&separator, 1);
		}
		text_add(&t, part);
		SHA256Update(&ctx, (const uint8_t *)part, strlen(part));
		more = true;
	}
	if (!more)
		return NULL;
	if (t.cut)
		SHA256End(&ctx, stpcpy(buf, "sha256:"));
	return buf;
}

bool
instance_same_key(const struct info *a, const struct info *b)
{
	char x[NAME_SHOWN + 1], y[NAME_SHOWN + 1];
	const char *p = instance_key(a, x), *q = instance_key(b, y);

	return !p == !q && (!p || !strcmp(p, q));
}

void
instance_key_text(const struct info *i, struct text *t)
{
	const char *part = NULL;
	bool more = false;

	while (!t->cut && (part = info_key(i, part))) {
		text_add(t, more ? " " : "");
		more = true;
		if (!strcmp(part, "-")) /* a bare - means no key */
			text_add(t, "'-'");
		else
			text_typed(t, part);
	}
	if (!more)
		text_add(t, "-");
}

const char *
instance_key_short(const struct info *i, char *buf)
{
	struct text t = text_in(buf, INSTANCE_KEY_SHORT);

	text_add(&t, info_key(i, NULL) ? "key " : "no key");
	if (info_key(i, NULL))
		instance_key_text(i, &t);
	text_dots(&t);
	return buf;
}

/* An environment being built. */
struct made {
	struct buf *out;
	char **list;      /* at the beginning of out */
	char *ours[OURS_MAX];
	size_t n;
	char *preload;    /* LD_PRELOAD with the shim; NULL: unchanged */
	size_t at;        /* its index in env */
};

/* Start, with all the room at once: out must not move, since the array points
 * into it. more: bytes to be added. */
static int
made_begin(struct made *m, struct buf *out, char *const env[],
    const char *shim, unsigned int how, size_t more)
{
	size_t n = 0, need = 0, size;

	while (env[n])
		n++;
	m->out = out;
	m->n = 0;
	m->preload = NULL;
	if (shim)
		need = entry_plan(NULL, 0, shim, how, env, &m->at);
	size = (n + OURS_MAX + 1) * sizeof(*m->list);
	if (buf_room(out, size + need + more + 256) < 0)
		return -1;
	m->list = (char **)(void *)out->at;
	out->len = size;
	if (need) {
		m->preload = out->at + out->len;
		entry_plan(m->preload, need, shim, how, env, &m->at);
		out->len += need;
	}
	return 0;
}

/* Add a variable; made_begin has reserved the room, so this cannot fail. */
static void
made_add(struct made *m, const char *name, const char *value)
{
	m->ours[m->n++] = m->out->at + m->out->len;
	buf_add(m->out, name, strlen(name));
	buf_string(m->out, value);
}

static void
made_num(struct made *m, const char *name, long long n)
{
	char digits[24];
	struct text t = text_in(digits, sizeof(digits));

	text_num(&t, n);
	made_add(m, name, digits);
}

bool
instance_enforces(char *const env[])
{
	char *e = env[entry_index(env)];
	size_t len;

	return e && entry_plain(e + strlen(ENTRY_NAME), &len);
}

/* Add the rest of env, without the variables that drop matches; returns the
 * array. */
static char **
made_end(struct made *m, char *const env[], bool (*drop)(const char *))
{
	size_t kept = 0;

	if (m->preload && !env[m->at])
		m->ours[m->n++] = m->preload;
	for (size_t n = 0; env[n]; n++) {
		if (m->preload && n == m->at)
			m->list[kept++] = m->preload;
		else if (!drop(env[n]))
			m->list[kept++] = env[n];
	}
	memcpy(m->list + kept, m->ours, m->n * sizeof(*m->ours));
	m->list[kept + m->n] = NULL;
	return m->list;
}

static __attribute__((noinline)) void
made_key(struct made *m, const struct info *i)
{
	char key[NAME_SHOWN + 1];

	made_add(m, ENV_KEY "=", instance_key(i, key));
}

char **
instance_environ(struct buf *out, char *const env[], const char *folder,
    const struct info *i, const char *shim, unsigned int how, pid_t pid,
    int lock)
{
	bool keyed = info_key(i, NULL);
	struct made m;

	if (made_begin(&m, out, env, shim, how, strlen(folder) +
	    strlen(i->app) + (keyed ? NAME_SHOWN : 0)) < 0)
		return NULL;
	made_add(&m, ENV_SLOT "=", folder);
	made_num(&m, ENV_RUN "=", i->since);
	made_add(&m, ENV_APP "=", i->app);
	if (keyed)
		made_key(&m, i);
	if (pid)
		made_num(&m, ENV_PID "=", pid);
	if (lock >= 0)
		made_num(&m, ENV_LOCK "=", lock);
	if (!pid && instance_enforces(env))
		made_num(&m, ENV_PASS "=", getpid());
	return made_end(&m, env, is_ours);
}

static bool
is_mark(const char *e)
{
	return !strncmp(e, ENV_PASS "=", strlen(ENV_PASS "=")) ||
	    !strncmp(e, ENV_LOCK "=", strlen(ENV_LOCK "="));
}

char **
instance_pass(struct buf *out, char *const env[], const char *shim,
    unsigned int how, int lock)
{
	struct made m;

	if (made_begin(&m, out, env, shim, how, 0) < 0)
		return NULL;
	if (instance_enforces(env))
		made_num(&m, ENV_PASS "=", getpid());
	if (lock >= 0)
		made_num(&m, ENV_LOCK "=", lock);
	return made_end(&m, env, is_mark);
}
