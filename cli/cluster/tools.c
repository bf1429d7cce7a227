/*
 * tools.c: the verbs: what onlyone-cluster asks of the store.
 *
 * A verb for one instance finds its record among all of this user's in the store,
 * by the key that it has there (tool_one); if the operands fit several as well,
 * that is a fault.  stop leaves a wish for the record's holder, and waits like
 * wait, which watches the record until it is gone.
 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/record_text.h"
#include "cli/cluster/tools.h"
#include "cli/core/key/identity.h"
#include "preload/contract.h"

/*
 * The records in a store, for people and for scripts.
 *
 * A record says what another host claims: it is escaped before it is printed,
 * so that it cannot harm a terminal.
 */

enum { LIST_MS = 10000, FIRST_MS = 1000 };

struct tool {
	const char *verb, *url;
	const struct cluster_options *o;
	const struct engine_calls *calls;
	char **operands;   /* ends with NULL */
	size_t n;
	const char *const *key; /* what follows APP */
	size_t nkey;
	/* Of the key that the operands are, if n: APP is a name, or a path ("":
	 * it is not). */
	char name[2][ENGINE_KEY];
	bool everyone;     /* the records of all users */
	long long until;   /* clock_boot: when -w runs out; 0: never */
	struct record me;
};

/* The records of this user, or of one application, or of one key of it; and the
 * places in line for these keys (found.line). */
struct tool_record {
	struct engine_found found;
	struct record r;
	int rank; /* key_rank */
};

struct tool_records {
	struct tool_record *at;
	size_t n;
	bool failed; /* ENOMEM */
};

/* Set the fault's exit status from r.  Returns -1. */
static int
tool_fault(enum engine_result r, struct fault *f)
{
	f->code = r == ENGINE_DENIED ? EXIT_DENIED : EXIT_NOANSWER;
	return -1;
}

/* When the store has to have answered: after ms, or when -w runs out, but it has at
 * least a second. */
static long long
answer_due(const struct tool *t, int ms)
{
	long long now = clock_boot(), due = now + ms;

	if (t->until)
		clock_earlier(&due, t->until > now + FIRST_MS ? t->until :
		    now + FIRST_MS);
	return due;
}

static void
record_add(void *arg, const struct engine_found *found)
{
	struct tool_records *all = arg;
	struct tool_record *more;

	more = realloc(all->at, (all->n + 1) * sizeof(*more));
	if (!more) {
		all->failed = true;
		return;
	}
	all->at = more;
	more[all->n].found = *found;
	record_parse(found->value, &more[all->n].r);
	if (found->line)
		more[all->n].r.done = false;
	all->n++;
}

/* Whether a stored key has that name; keyed: or, if it has none itself, is a key of
 * that application. */
static bool
is_name(const char *name, const char *key, bool keyed)
{
	size_t n = strlen(name), cut = strcspn(key, "#");

	/* A long one is cut, perhaps within the application. */
	if (keyed && key[cut] && cut < n)
		return !strncmp(name, key, cut);
	return !strncmp(name, key, n) && (!key[n] || (keyed && key[n] == '/'));
}

/* The application of a stored key, in app; the parts of its key follow. */
static const char *
app_take(const char *key, char app[NAME_PART])
{
	*app = '\0';
	for (int i = 0; i <= NAME_APP; i++)
		name_part(&key, app);
	return key;
}

/* How well the operands fit a stored key.  0: it is that very key; 1: a key of that
 * application; 2: the application's file has that base name; -1: not at all. */
static int
key_rank(const struct tool *t, const char *key)
{
	char name[ENGINE_KEY], app[NAME_PART];
	const char *base;

	if (!t->n)
		return 0;
	for (int i = 0; i < 2 && *t->name[i]; i++) {
		if (is_name(t->name[i], key, t->n == 1))
			return strcmp(t->name[i], key) != 0;
	}
	app_take(key, app);
	base = strrchr(app, '/');
	if (!base || strcmp(base + 1, t->operands[0]))
		return -1;
	name_key(name, t->me.user, app, t->key, t->nkey);
	return is_name(name, key, t->n == 1) ? 2 : -1;
}

/* Whether it is the key's record, and neither a place in line nor what counts. */
static bool
is_record(const struct engine_found *found)
{
	return !found->line && !found->counts;
}

/* By key; of each, the record, what counts, and the places in line. */
static int
record_order(const void *one, const void *two)
{
	const struct engine_found *a = &((const struct tool_record *)one)->found;
	const struct engine_found *b = &((const struct tool_record *)two)->found;
	int r = strcmp(a->key, b->key);

	if (!r)
		r = a->line - b->line;
	if (!r)
		r = a->counts - b->counts;
	return r ? r : (a->token > b->token) - (a->token < b->token);
}

/* Whether the record of the key, if any, says more: it is an earlier run that
 * counts, or a place that the holder still has. */
static bool
is_covered(const struct tool_record *r, const struct tool_record *holder)
{
	if (!holder || strcmp(r->found.key, holder->found.key))
		return false;
	return r->found.counts || (r->found.line && *r->r.nonce &&
	    !strcmp(r->r.nonce, holder->r.nonce));
}

static bool
tool_open(const struct tool *t, struct engine **e, const char *key,
    struct fault *f)
{
	const struct engine_calls *same;

	return engine_open(&same, e, t->url, key, f);
}

/* Find all records that the operands match; line: and the launches that wait.  0,
 * or -1 with a fault. */
static int
tool_find(const struct tool *t, bool line, struct tool_records *all,
    struct fault *f)
{
	const struct tool_record *holder = NULL;
	char prefix[ENGINE_KEY];
	enum engine_result r;
	struct engine *e;
	size_t kept = 0;

	memset(all, 0, sizeof(*all));
	name_prefix(prefix, t->everyone ? NULL : t->me.user);
	if (!tool_open(t, &e, "list", f))
		return -1;
	r = t->calls->list(e, prefix, line, answer_due(t, LIST_MS), record_add,
	    all, f);
	t->calls->close(e);
	if (r != ENGINE_OK)
		return tool_fault(r, f);
	if (all->failed)
		return fault_set(f, EXIT_SYSTEM, "too many instances", NULL);
	if (all->n)
		qsort(all->at, all->n, sizeof(*all->at), record_order);
	for (size_t i = 0; i < all->n; i++) {
		struct tool_record *one = &all->at[i];

		one->rank = key_rank(t, one->found.key);
		if (one->rank < 0 || is_covered(one, holder))
			continue;
		all->at[kept] = *one;
		if (is_record(&one->found))
			holder = &all->at[kept];
		kept++;
	}
	all->n = kept;
	return 0;
}

/* Its application and key, for a message. */
static const char *
record_shown(const struct tool_record *r, char buf[TABLE_CELL])
{
	struct text t = text_in(buf, TABLE_CELL);

	name_shown(&t, r->found.key, NAME_APP, INT_MAX);
	return buf;
}

/* Find the one record that the operands fit best.  1; 0: there is none; -1: a
 * fault. */
static int
tool_one(const struct tool *t, struct tool_record *one, struct fault *f)
{
	const struct tool_record *best = NULL, *other = NULL;
	char a[TABLE_CELL], b[TABLE_CELL];
	struct tool_records all;
	int found = -1;

	if (tool_find(t, false, &all, f) < 0)
		return -1;
	for (const struct tool_record *r = all.at; r < all.at + all.n; r++) {
		if (!best || r->rank < best->rank) {
			best = r;
			other = NULL;
		} else if (r->rank == best->rank) {
			other = r;
		}
	}
	if (other) {
		fault_set(f, EXIT_USAGE, t->operands[0], " fits several"
		    " instances: ", TEXT_QUOTED, record_shown(best, a), ", ",
		    TEXT_QUOTED, record_shown(other, b),
		    "; see onlyone-cluster list", NULL);
	} else {
		found = best != NULL;
		if (best)
			*one = *best;
	}
	free(all.at);
	return found;
}

static int
none_fault(const struct tool *t, struct fault *f)
{
	char typed[TABLE_CELL];
	struct text text = text_in(typed, sizeof(typed));

	for (size_t i = 0; i < t->n; i++) {
		text_add(&text, i ? " " : "");
		text_typed(&text, t->operands[i]);
	}
	return fault_set(f, EXIT_NONE, TEXT_MESSAGE, typed, " has no instance in"
	    " the cluster", t->n > 1 ? "; see onlyone-cluster list" : NULL,
	    NULL);
}

static const char *
record_state(const struct tool_record *r)
{
	return r->found.line ? "waiting" : r->r.done ? "done" : "running";
}

enum { APP, KEY, HOST, USER, PID, SINCE, TOKEN, STATE, COMMAND,
	COLUMNS };

/* As struct table_columns has it, of an array of records. */
static const char *
row_text(const void *rows, size_t row, int col, char *buf)
{
	const struct tool_record *r = (const struct tool_record *)rows + row;
	const char *const words[] = { [HOST] = r->r.host, [USER] = r->r.user,
		[COMMAND] = r->r.name };
	struct text t = text_in(buf, TABLE_CELL);

	switch (col) {
	case APP:
		name_shown(&t, r->found.key, NAME_APP, NAME_APP);
		break;
	case KEY:
		name_shown(&t, r->found.key, NAME_KEY, INT_MAX);
		break;
	case PID:
		text_num(&t, r->r.pid);
		break;
	case SINCE:
		return record_when(r->r.since, false, buf);
	case TOKEN:
		if (is_record(&r->found))
			text_num(&t, r->found.token);
		break;
	case STATE:
		text_add(&t, record_state(r));
		if (r->r.done && r->r.exit >= 0) {
			text_add(&t, ", exit ");
			text_num(&t, r->r.exit);
		}
		break;
	default:
		text_show(&t, words[col], strlen(words[col]));
		break;
	}
	return *buf ? buf : "-";
}

/* The parts of a name from there on: null, a string, or an array of several. */
static json_t *
key_json(const char *at)
{
	json_t *all = json_array(), *one;
	char part[NAME_PART];

	while (name_part(&at, part))
		json_add(&all, json_shown(part));
	if (json_array_size(all) > 1)
		return all;
	one = json_array_size(all) ? json_incref(json_array_get(all, 0)) :
	    json_null();
	json_decref(all);
	return one;
}

static json_t *
object_make(const struct tool *t, const struct tool_record *r)
{
	char app[NAME_PART];
	const char *at = app_take(r->found.key, app);
	const bool done = r->r.done;

	return json_pack("{s:o, s:o, s:s, s:s, s:i, s:f, s:o, s:s, s:s, s:o,"
	    " s:o, s:s, s:s}", "app", json_shown(app), "key", key_json(at),
	    "host", r->r.host, "user", r->r.user, "pid", r->r.pid, "since",
	    (double)r->r.since / 1000, "token", is_record(&r->found) ?
	    json_integer(r->found.token) : json_null(), "state",
	    record_state(r), "command", r->r.name, "ended", done ?
	    json_real((double)r->r.ended / 1000) : json_null(), "exit", done && r->r.exit >= 0 ?
	    json_integer(r->r.exit) : json_null(), "stored", r->found.key,
	    "engine", t->calls->name);
}

static int
tool_list(const struct tool *t, struct fault *f)
{
	static const char *const titles[COLUMNS] = { "APP", "KEY", "HOST",
		"USER", "PID", "SINCE", "TOKEN", "STATE", "COMMAND" };
	struct tool_records all;
	json_t *array;
	int r = 0;

	if (tool_find(t, true, &all, f) < 0)
		return -1;
	if (t->o->json) {
		array = json_array();
		for (size_t i = 0; i < all.n; i++)
			json_add(&array, object_make(t, &all.at[i]));
		r = json_print(array, f);
	} else if (all.n) {
		table_print(&(struct table_columns){ .titles = titles,
			.n = COLUMNS, .names = PID, .rows = all.at,
			.text = row_text }, all.n);
	}
	free(all.at);
	return r;
}

static int
tool_status(const struct tool *t, struct fault *f)
{
	struct tool_record one;
	struct fault none;
	char text[COLUMNS][TABLE_CELL];
	const char *is[COLUMNS];
	int r = tool_one(t, &one, f);

	if (r < 0)
		return -1;
	if (!r) {
		none_fault(t, &none);
		if (!t->o->json)
			puts(none.line);
		return EXIT_NONE;
	}
	if (t->o->json) {
		if (json_print(object_make(t, &one), f) < 0)
			return -1;
	} else {
		for (int col = 0; col < COLUMNS; col++)
			is[col] = row_text(&one, 0, col, text[col]);
		printf("%s: %s on %s, %s, pid %s (%s), since %s, token %s"
		    " (%s)\n", is[APP], is[STATE], is[HOST], is[USER],
		    is[PID], is[COMMAND], is[SINCE], is[TOKEN],
		    t->calls->name);
	}
	return one.r.done ? EXIT_NONE : 0;
}

enum { CHECK_MS = 10000, CHECK_TTL = 15, STOP_MS = 10000, LOOK_MS = 3000,
	PAUSE_US = 100000 };

/* Wait until the record that was looked at may have changed, or time is up. */
static void
change_await(const struct tool *t, struct engine *e, long long until)
{
	long long end = clock_boot() + LOOK_MS, next;
	enum engine_result r = ENGINE_BUSY;
	struct engine_watch w;
	struct fault ignored;

	clock_earlier(&end, until);
	if (t->calls->watch(e, end, &w, &ignored) != ENGINE_OK)
		r = ENGINE_DOWN;
	while (r == ENGINE_BUSY && clock_boot() < until) {
		next = w.every ? clock_boot() + w.every : until;
		clock_earlier(&next, until);
		io_poll(&(struct pollfd){ w.fd, POLLIN, 0 }, 1,
		    clock_span(next - clock_boot()));
		r = t->calls->heard(e, &w, &ignored);
	}
	if (r == ENGINE_DOWN)
		clock_sleep(PAUSE_US);
}

/* Wait until the record is gone or held back, or time is up. */
static int
record_await(const struct tool *t, struct engine *e, struct tool_record *one,
    long long until, struct fault *f)
{
	struct engine_found found;
	enum engine_result r;

	for (;;) {
		r = t->calls->look(e, answer_due(t, LOOK_MS), &found, f);
		if (r == ENGINE_OK)
			record_parse(found.value, &one->r);
		if (r == ENGINE_LOST || (r == ENGINE_OK && (one->r.done ||
		    found.token != one->found.token)))
			return 0;
		if (r != ENGINE_OK && r != ENGINE_DOWN)
			return tool_fault(r, f);
		if (clock_boot() >= until)
			return r != ENGINE_OK ? tool_fault(r, f) :
			    fault_set(f, EXIT_BUSY, t->operands[0],
			    " is still running on ", one->r.host, NULL);
		change_await(t, e, until);
	}
}

/* wait, and stop, which first leaves a wish. */
static int
tool_await(const struct tool *t, struct fault *f)
{
	bool stop = !strcmp(t->verb, "stop");
	struct tool_record one;
	enum engine_result r = ENGINE_OK;
	struct engine *e;
	char text[WISH];
	int n = tool_one(t, &one, f);
	long long until = t->until ? t->until : LLONG_MAX;

	if (n < 0)
		return -1;
	if (!n || one.r.done)
		return !stop ? 0 : none_fault(t, f);
	if (!tool_open(t, &e, one.found.key, f))
		return -1;
	if (stop) {
		if (!t->until)
			until = clock_boot() + STOP_MS +
			    (t->o->kill_ms < 0 ? 0 : t->o->kill_ms);
		wish_make(text, t->me.nonce, t->o->kill_ms);
		r = t->calls->wish(e, one.found.token, text,
		    answer_due(t, LOOK_MS), f);
	}
	n = r == ENGINE_LOST ? 0 : r != ENGINE_OK ? tool_fault(r, f) :
	    record_await(t, e, &one, until, f);
	t->calls->close(e);
	return n;
}

/* forget: remove what --hold and --every keep. */
static int
tool_forget(const struct tool *t, struct fault *f)
{
	struct tool_record one;
	enum engine_result r;
	struct engine *e;
	int n = tool_one(t, &one, f);

	if (n < 0)
		return -1;
	if (!n)
		return none_fault(t, f);
	if (!one.r.done)
		return fault_set(f, EXIT_BUSY, t->operands[0], " is running on ",
		    one.r.host, "; onlyone-cluster stop ends it", NULL);
	if (!tool_open(t, &e, one.found.key, f))
		return -1;
	r = t->calls->drop(e, one.found.token, answer_due(t, LOOK_MS), f);
	t->calls->close(e);
	return r == ENGINE_OK || r == ENGINE_LOST ? 0 : tool_fault(r, f);
}

/* The lines of check, or of init. */
struct lines {
	bool check, wrong;
	bool machine;
	json_t *json; /* if machine */
};

static void
line_print(void *arg, enum engine_level level, const char *line)
{
	static const char *const heads[] = { [LEVEL_WRONG] = "WRONG  ",
		[LEVEL_WARNING] = "warn   ", [LEVEL_OK] = "ok     " };
	static const char *const words[] = { [LEVEL_WRONG] = "wrong",
		[LEVEL_WARNING] = "warning", [LEVEL_OK] = "ok" };
	struct lines *l = arg;
	char shown[1024];
	struct text text = text_in(shown, sizeof(shown));

	text_show(&text, line, strlen(line));
	l->wrong |= level == LEVEL_WRONG;
	if (l->machine)
		json_add(&l->json, json_pack("{s:s, s:s}", "level",
		    words[level], "text", shown));
	else
		printf("%s%s\n", l->check ? heads[level] : "", shown);
}

/* For check: all that a launch, and one that asks for its end, does with a key. */
static enum engine_result
key_trial(const struct tool *t, struct engine *e, struct lines *l,
    long long deadline, struct fault *f)
{
	enum { AGAIN_US = 20000 };
	long long until, before = clock_boot();
	const struct engine_calls *calls = t->calls;
	struct engine_found found;
	struct engine_grant grant;
	enum engine_result r;

	/* If another check has the key, that is soon over. */
	while ((r = calls->acquire(e, CHECK_TTL, t->me.nonce, deadline, &grant,
	    &found, f)) == ENGINE_BUSY && clock_boot() < deadline)
		clock_sleep(AGAIN_US);
	if (r == ENGINE_OK)
		r = calls->renew(e, deadline, &until, f);
	if (r == ENGINE_OK)
		r = calls->wish(e, grant.token, t->me.nonce, deadline, f);
	if (r == ENGINE_OK)
		r = calls->release(e, 0, CHECK_TTL, t->me.nonce, deadline, f);
	if (r == ENGINE_BUSY || r == ENGINE_LOST)
		fault_set(f, 0, "the key of this check was changed meanwhile:"
		    " is another clock at work there?", NULL);
	if (r != ENGINE_OK) {
		line_print(l, LEVEL_WRONG, f->line);
		return r;
	}
	engine_say(line_print, l, LEVEL_OK, "a key was taken, renewed and given"
	    " back within ", TEXT_NUM(clock_boot() - before), " ms", NULL);
	engine_say(line_print, l, engine_level(grant.ttl == CHECK_TTL * 1000LL),
	    "a lease lasts ", TEXT_NUM(grant.ttl / 1000), " s", NULL);
	return r;
}

static int
tool_set_up(const struct tool *t, struct fault *f)
{
	struct lines l = { .check = !strcmp(t->verb, "check"),
		.machine = t->o->json, .json = json_array() };
	const long long until = answer_due(t, CHECK_MS);
	char key[ENGINE_KEY];
	enum engine_result r;
	struct fault unprinted;
	struct engine *e;

	text_join(key, sizeof(key), "check/", t->me.nonce, NULL);
	if (!tool_open(t, &e, l.check || t->o->make ? key : NULL, f))
		return -1;
	if (l.check && drained_is(NULL))
		line_print(&l, LEVEL_WARNING, DRAINED);
	if (!l.check) {
		r = t->calls->init(e, t->o->make, until, line_print, &l, f);
	} else if (t->calls->check(e, until, line_print, &l)) {
		r = key_trial(t, e, &l, until, f);
	} else {
		r = ENGINE_DOWN;
		fault_set(f, 0, "no server of the cluster can be used; see the"
		    " lines with WRONG", NULL);
	}
	t->calls->close(e);
	if (l.machine && json_print(l.json, &unprinted) < 0) {
		*f = unprinted;
		return -1;
	}
	if (!l.machine)
		json_decref(l.json);
	return r == ENGINE_OK ? l.wrong : tool_fault(r, f);
}

/* What this host has in the store, of all users if we may read that: the number
 * of records and places in line, and one of them.  -1: fault. */
static int
here_count(struct tool *t, struct tool_record *one, struct fault *f)
{
	struct tool_records all;
	int n = 0;

	if (tool_find(t, true, &all, f) < 0) {
		if (!t->everyone || f->code != EXIT_DENIED)
			return -1;
		t->everyone = false;
		return here_count(t, one, f);
	}
	for (size_t i = 0; i < all.n; i++) {
		const struct record *r = &all.at[i].r;

		if (r->done || strcmp(r->host, t->me.host) ||
		    strcmp(r->boot, t->me.boot))
			continue;
		if (!n++)
			*one = all.at[i];
	}
	free(all.at);
	return n;
}

/* drain: mark this host, and wait until it has no key and no place in line. */
static int
tool_drain(const struct tool *t, struct fault *f)
{
	enum { DRAIN_MS = 500 };
	const long long until = t->until ? t->until : LLONG_MAX;
	struct tool all = *t;
	struct tool_record one;
	char name[TABLE_CELL];
	int n;

	if (drained_set(t->o->kill_ms, f) < 0)
		return -1;
	all.everyone = true;
	while ((n = here_count(&all, &one, f)) > 0 && clock_boot() < until)
		engine_pause(DRAIN_MS, until);
	if (n < 0)
		return -1;
	if (!n)
		return all.everyone ? 0 : fault_set(f, EXIT_DENIED, "no key of ",
		    t->me.user, " is here any more; those of other users may"
		    " not be read", NULL);
	return fault_set(f, EXIT_BUSY, TEXT_NUM(n), n == 1 ? " key or place in"
	    " line is" : " keys and places in line are", " still here: ",
	    TEXT_QUOTED, record_shown(&one, name), " of ", one.r.user,
	    ", pid ", TEXT_NUM(one.r.pid), NULL);
}

/* The name of the key that the operands are, as its launch makes it: a path (or it is
 * a name with a slash) is absolute, and what is long is known by its hash. */
static int
operands_take(struct tool *t, struct fault *f)
{
	static char path[PATH_MAX], app[NAME_SHOWN + 1], key[NAME_SHOWN + 1];
	static const char *const hashed[] = { key };
	struct buf all = { 0 };

	t->key = (const char *const *)t->operands + 1;
	t->nkey = t->n - 1;
	for (size_t i = 0; i < t->nkey; i++) {
		if (i)
			buf_add(&all, (char[]){ KEY_SEPARATOR }, 1);
		buf_add(&all, t->key[i], strlen(t->key[i]));
	}
	buf_add(&all, "", 1);
	if (all.failed)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "the key", NULL);
	if (all.len > sizeof(key)) {
		identity_name(all.at, key);
		t->key = hashed;
		t->nkey = 1;
	}
	buf_free(&all);
	identity_name(*t->operands, app);
	name_key(t->name[0], t->me.user, app, t->key, t->nkey);
	if (!strchr(*t->operands, '/') || identity_path(*t->operands, path) < 0)
		return 0;
	identity_name(path, app);
	name_key(t->name[1], t->me.user, app, t->key, t->nkey);
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(const struct tool *, struct fault *);
	enum { TAKES_NONE, TAKES_SOME, TAKES_APP } operands;
} verbs[] = {
	{ "list", tool_list, TAKES_SOME },
	{ "status", tool_status, TAKES_APP },
	{ "wait", tool_await, TAKES_APP },
	{ "stop", tool_await, TAKES_APP },
	{ "forget", tool_forget, TAKES_APP },
	{ "check", tool_set_up, TAKES_NONE },
	{ "init", tool_set_up, TAKES_NONE },
	{ "drain", tool_drain, TAKES_NONE },
	{ "undrain", NULL, TAKES_NONE }, /* it needs no store */
};

static const struct verb *
verb_find(const char *word)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(word, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

bool
tools_verb(const char *word)
{
	return verb_find(word);
}

int
tools_run(bool optioned, int argc, char *argv[], struct fault *f)
{
	static struct cluster_options o;
	const struct verb *v = verb_find(*argv);
	struct tool t = { .verb = v->name, .o = &o };
	int at;

	if (optioned)
		return fault_set(f, EXIT_USAGE, v->name, " takes its"
		    " options after it; to run a command of that name, put --"
		    " before it", NULL);
	at = options_parse(&o, argc, argv, true, f);
	if (at < 0)
		return -1;
	say_level(o.loudness);
	if (options_told(&o))
		return 0;
	t.operands = argv + at;
	t.n = (size_t)(argc - at);
	if (v->operands == TAKES_NONE && t.n)
		return fault_set(f, EXIT_USAGE, v->name, ": '", *t.operands,
		    "' is one word too many; see onlyone-cluster --help", NULL);
	if (v->operands == TAKES_APP && !t.n)
		return fault_set(f, EXIT_USAGE, v->name, ": which application?"
		    " see onlyone-cluster --help", NULL);
	if (!v->run)
		return drained_end(f);
	t.url = cluster_config_url(o.store, f);
	if (!t.url || !record_ours(&t.me, f))
		return -1;
	if (t.n && operands_take(&t, f) < 0)
		return -1;
	if (o.limit_ms >= 0)
		t.until = clock_boot() + o.limit_ms;
	t.calls = engine_of(t.url);
	if (!t.calls)
		return fault_set(f, EXIT_USAGE, ENGINE_NONE, NULL);
	return v->run(&t, f);
}
