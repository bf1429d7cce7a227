/*
 * find_instance.c: find the instance that the operands APP [KEY...] name.
 *
 * APP is the name of an application, the path of one, or a command that leads
 * to one; the best match among the living instances wins.  KEY is matched as it
 * is, then as the path of a document.
 */
#include <errno.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/path.h"
#include "cli/core/meet/holds.h"
#include "cli/core/slot/instance.h"

enum { NAMES = 768, NAMES_MOST = 10 }; /* bytes and names in a message */

/* Find the path of the application `name`, which is a path or a command; else
 * "". */
int
find_path(const char *name, char *path, struct fault *f)
{
	static struct identity id;
	char *argv[2] = { (char *)name, NULL };

	*path = '\0';
	if (strchr(name, '/')) {
		if (identity_path(name, path) == 0)
			return 0;
		/* If the working directory is unknown, a relative name is not
		 * found either: do not blame the name for that. */
		if (!fault_of_path(errno) ||
		    (*name != '/' && path_cwd(path) != PATH_MADE))
			return fault_errno(f, EXIT_SYSTEM, errno, "cannot find"
			    " the path of ", name, NULL);
		*path = '\0';
		return 0;
	}
	if (identity_find(&id, argv, NULL, f) == 0) {
		if (!id.whole)
			strcpy(path, id.app);
		return 0;
	}
	return f->code == EXIT_SYSTEM ? -1 : 0;
}

static int
ambiguous_fault(const struct founds *fs, const char *name, struct fault *f)
{
	char names[NAMES], digits[24];
	struct text t = text_in(names, sizeof(names));
	size_t n = 0;

	for (size_t i = 0; i < fs->n; i++) {
		if (i && !strcmp(fs->at[i].info.app, fs->at[i - 1].info.app))
			continue;
		if (n <= NAMES_MOST)
			text_all(&t, n ? ", " : "", n < NAMES_MOST ?
			    fs->at[i].info.app : "...", NULL);
		n++;
	}
	text_dots(&t);
	return fault_set(f, EXIT_USAGE, "'", name, "' fits ", say_num(digits,
	    (long long)n), " applications, name one: ", names, NULL);
}

int
wanted_begin(struct wanted *w, const char *app, char *const key[], size_t nkey,
    bool keyed, struct fault *f)
{
	w->key = key;
	w->nkey = nkey;
	w->keyed = keyed;
	w->best = 0;
	identity_name(app, w->name);
	return find_path(app, w->path, f);
}

/* Find the instances of application app (NULL: all) with this key (nkey parts;
 * keyed false: any key) in fs, as find_meant does. */
static int
find_app(struct ctl *c, const char *app, char *const key[], size_t nkey,
    bool keyed, struct founds *fs, struct fault *f)
{
	struct wanted w;
	size_t n = 0;
	int met;

	if (!app)
		return scan_slots(c, false, NULL, fs, f);
	if (wanted_begin(&w, app, key, nkey, keyed, f) < 0 ||
	    scan_slots(c, false, &w, fs, f) < 0)
		return -1;
	/* The scan has also seen records of dead instances. */
	met = w.best;
	w.best = 0;
	for (size_t i = 0; i < fs->n; i++)
		wanted_fits(&w, &fs->at[i].info);
	for (size_t i = 0; i < fs->n; i++) {
		struct found *found = &fs->at[i];

		if (wanted_fits(&w, &found->info) == w.best)
			fs->at[n++] = *found;
		else
			found_free(found);
	}
	fs->n = n;
	for (size_t i = 1; i < n; i++) {
		if (strcmp(fs->at[i].info.app, fs->at[0].info.app))
			return ambiguous_fault(fs, app, f);
	}
	/* An instance with the wanted key was found: an unreadable slot does
	 * not matter. */
	if (c->search.unread.code && !c->search.partial &&
	    !(keyed && n && w.best == met)) {
		*f = c->search.unread;
		return -1;
	}
	return 0;
}

/* List the keys of fs, ten at most; scopes: an instance without a key is
 * listed with its scope. */
static void
keys_text(const struct founds *fs, bool scopes, struct text *t)
{
	for (size_t i = 0; i < fs->n && i < NAMES_MOST; i++) {
		const struct info *info = &fs->at[i].info;

		text_add(t, i ? ", " : "");
		if (info_key(info, NULL)) {
			instance_key_text(info, t);
		} else {
			text_add(t, scopes ? "none, in scope " :
			    "one without a key");
			text_add(t, scopes ? info->scope : "");
		}
	}
	text_add(t, fs->n > NAMES_MOST ? ", ..." : "");
	text_dots(t);
}

static int
keys_fault(const struct founds *fs, struct fault *f)
{
	char names[NAMES], digits[24];
	struct text t = text_in(names, sizeof(names));

	keys_text(fs, true, &t);
	return fault_set(f, EXIT_USAGE, fs->at[0].info.app, " has ",
	    say_num(digits, (long long)fs->n), " instances; which key? ",
	    TEXT_QUOTED, names, NULL);
}

/* The rank of an instance's scope: 0 the user's, 1 our session's, 2 our
 * display's, 3 another session's or display's. */
static int
scope_distance(const struct info *i)
{
	char scope[256];
	int s;

	for (s = SCOPE_USER; s <= SCOPE_DISPLAY; s++) {
		if (!strcmp(slot_scope((enum scope)s, scope, sizeof(scope)),
		    i->scope))
			break;
	}
	return s;
}

/* Whether a and b differ only in the index (--max). */
static bool
same_slot_but_index(const struct found *a, const struct found *b)
{
	return a->info.index != b->info.index &&
	    !strcmp(a->info.scope, b->info.scope) &&
	    instance_same_key(&a->info, &b->info);
}

/* Whether its process has just exited, and its keeper looks what goes on. */
static bool
is_sought(const struct found *found)
{
	return found_holds(found) == HOLDS_ENDING &&
	    fields_num(&found->state, "pid", 0);
}

/* Whether there is an instance, or may be one soon. */
static bool
is_there(const struct found *found)
{
	return found_holds(found) < HOLDS_ENDING || is_sought(found);
}

/* Whether a is meant, and not b, which differs only in the index: an instance, and
 * not a slot whose instance is over; then the one used last. */
static bool
is_rather_meant(const struct found *a, const struct found *b)
{
	bool there = is_there(a);

	return there != is_there(b) ? there : found_used(a) > found_used(b);
}

int
find_meant(struct ctl *c, struct fault *f)
{
	bool keyed = c->noperands > 1;

	return find_app(c, c->operands[0], c->operands + 1,
	    keyed ? c->noperands - 1 : 0, keyed, &c->found, f);
}

int
find_one(struct ctl *c, struct fault *f)
{
	return find_keyed(c, c->operands + 1, c->noperands - 1,
	    c->noperands > 1, f);
}

/* Choose one now. */
static int
keyed_choose(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct fault *f)
{
	const struct founds *fs = &c->found;
	int distance, best = SCOPE_DISPLAY + 2;
	bool tie = true;

	if (find_app(c, c->operands[0], key, nkey, keyed, &c->found, f) < 0)
		return -1;
	if (!fs->n)
		return 1;
	c->one = &fs->at[0];
	if (fs->n == 1)
		return 0;
	for (size_t i = 0; i < fs->n; i++) {
		struct found *found = &fs->at[i];

		if (info_key(&found->info, NULL) && !keyed)
			continue;
		distance = scope_distance(&found->info);
		if (distance < best) {
			tie = false;
			best = distance;
			c->one = found;
		} else if (distance == best &&
		    same_slot_but_index(c->one, found)) {
			if (is_rather_meant(found, c->one))
				c->one = found;
		} else if (distance == best) {
			tie = true;
		}
	}
	return tie ? keys_fault(fs, f) : 0;
}

int
find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct fault *f)
{
	enum { LOOKS = 50, LOOK_US = 20000 };
	int r = keyed_choose(c, key, nkey, keyed, f);

	/* If nothing of it goes on, another one is meant. */
	for (int look = 0; r == 0 && c->found.n > 1 && is_sought(c->one) &&
	    look < LOOKS; look++) {
		clock_sleep(LOOK_US);
		founds_free(&c->found);
		r = keyed_choose(c, key, nkey, keyed, f);
	}
	return r;
}

int
find_none(struct ctl *c, struct fault *f)
{
	struct ctl any = { .root.fd = -1 };
	struct founds fs = { 0 };
	char names[NAMES], digits[24];
	struct text t = text_in(names, sizeof(names));

	any.search.partial = true;
	if (c->noperands > 1 &&
	    find_app(&any, c->operands[0], NULL, 0, false, &fs, f) == 0)
		keys_text(&fs, false, &t);
	fault_set(f, EXIT_NONE, c->operands[0], " is not running", t.len ?
	    " with that key; " : NULL, say_num(digits, (long long)fs.n),
	    fs.n == 1 ? " other is running: " : " others are running: ", TEXT_QUOTED, names,
	    NULL);
	founds_free(&fs);
	ctl_roots_close(&any);
	return -1;
}

/* Find the one instance.  deaf: one whose process has exited, and whose keeper
 * does not answer, will do. */
static int
running_find(struct ctl *c, bool deaf, struct fault *f)
{
	int r = find_one(c, f);

	if (r == 1)
		return find_none(c, f);
	return r < 0 || found_runs(c->one) ||
	    (deaf && found_holds(c->one) == HOLDS_DEAF) ? r :
	    found_none(c->one, f);
}

int
find_the(struct ctl *c, struct fault *f)
{
	return running_find(c, false, f);
}

int
find_late(struct ctl *c, struct fault *f)
{
	return running_find(c, true, f);
}

int
find_name(struct ctl *c, const char *operand, char *app, struct fault *f)
{
	struct founds fs = { 0 };
	char path[PATH_MAX];
	int r;

	if (find_app(c, operand, NULL, 0, false, &fs, f) < 0) {
		founds_free(&fs);
		return -1;
	}
	r = find_path(operand, path, f);
	if (r == 0)
		identity_name(fs.n ? fs.at[0].info.app : *path ? path :
		    operand, app);
	founds_free(&fs);
	return r;
}

int
find_running(struct ctl *c, struct fault *f)
{
	struct founds *fs = &c->found;
	size_t n = 0;

	if (find_meant(c, f) < 0)
		return -1;
	for (size_t i = 0; i < fs->n; i++) {
		struct found *found = &fs->at[i];

		if (found_runs(found) || found_holds(found) == HOLDS_DEAF)
			fs->at[n++] = *found;
		else
			found_free(found);
	}
	fs->n = n;
	return 0;
}

int
targets_find(struct ctl *c, struct fault *f)
{
	c->n = 1;
	if (!c->o.all)
		return find_the(c, f);
	if (find_running(c, f) < 0)
		return -1;
	c->one = c->found.at;
	c->n = c->found.n;
	return c->n ? 0 : find_none(c, f);
}
