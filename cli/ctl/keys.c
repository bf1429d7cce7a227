/*
 * keys.c: verbs of the directory of instances: which keys there may be, and
 * which one an instance has.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/ctl/find.h"
#include "cli/ctl/keys.h"
#include "cli/ctl/scan.h"
#include "cli/ctl/target.h"
#include "cli/ctl/tell.h"
#include "cli/io.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "cli/slot/seal.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { SEAL_MS = 5000 };

/* The slot whose application the operand means; app keeps its name.  The
 * root is open then, made if need be. */
static int
app_slot(struct ctl *c, struct slot *s, char *app, struct fault *f)
{
	memset(s, 0, sizeof(*s));
	if (find_name(c, c->operands[0], app, f) < 0 ||
	    root_open(&c->root, f) < 0)
		return -1;
	s->app = app;
	return 0;
}

/* What a seal remembers of an instance. */
static void
found_seal(struct buf *list, const struct found *found)
{
	char shown[INSTANCE_KEY_SHORT];
	struct slot s = found->slot;
	const char *part = NULL;
	struct buf parts;

	buf_init(&parts, NULL, 0);
	s.nkey = 0;
	while ((part = info_key(&found->info, part))) {
		buf_add(&parts, &part, sizeof(part));
		s.nkey++;
	}
	s.key = (const char *const *)(void *)parts.at;
	if (!parts.failed)
		seal_add(list, &s, instance_key_short(&found->info, shown));
	list->failed |= parts.failed;
	buf_free(&parts);
}

int
ctl_seal(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct wanted w = { .name = app, .path = "", .best = 1 };
	struct founds fs = { 0 };
	struct slot s;
	struct buf list;
	bool none;
	int fd;

	if (app_slot(c, &s, app, f) < 0)
		return -1;
	c->search.sealing = true;
	fd = seal_begin(&c->root, &s);
	if (fd < 0)
		return errno == EWOULDBLOCK ? fault_set(f, EXIT_BUSY, app,
		    " is being sealed by somebody else", NULL) :
		    fault_errno(f, fault_state(errno), errno, "cannot seal ",
		    app, NULL);
	/* Only now: whoever is not seen here will see the seal. */
	buf_init(&list, NULL, 0);
	if (scan(c, false, &w, &fs, f) < 0 || c->search.unread.code) {
		if (c->search.unread.code)
			*f = c->search.unread;
		founds_free(&fs);
		seal_undo(&c->root, &s, &fd); /* an earlier one stays */
		return -1;
	}
	for (size_t i = 0; i < fs.n; i++) {
		if (!strcmp(fs.at[i].info.app, app))
			found_seal(&list, &fs.at[i]);
	}
	founds_free(&fs);
	none = !list.len;
	if (seal_end(&c->root, &s, fd, &list) < 0)
		return fault_errno(f, fault_state(errno), errno,
		    "cannot seal ", app, NULL);
	/* It may be what was meant, or not the name. */
	if (none)
		say_note("nothing of the name ", app, " runs; sealed all the"
		    " same: it cannot run until onlyonectl unseal", NULL);
	return 0;
}

int
ctl_unseal(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct slot s;

	if (app_slot(c, &s, app, f) < 0)
		return -1;
	if (seal_remove(&c->root, &s) < 0)
		return fault_errno(f, fault_state(errno), errno,
		    "cannot unseal ", app, NULL);
	return 0;
}

int
ctl_is_sealed(struct ctl *c, struct fault *f)
{
	char app[NAME_SHOWN + 1];
	struct slot s;

	if (app_slot(c, &s, app, f) < 0)
		return -1;
	switch (seal_check(&c->root, &s, SEAL_MS, NULL)) {
	case SEAL_OPEN:
		return 1;
	case SEAL_SLOW:
		return fault_set(f, EXIT_NOANSWER, app, " is being sealed by a"
		    " process that makes no progress", NULL);
	case SEAL_FAILED:
		return fault_errno(f, fault_state(errno), errno,
		    "cannot read the seal of ", app, NULL);
	default:
		return 0;
	}
}

static int
forget_all(struct ctl *c, struct found *one, size_t n, struct fault *f)
{
	int code = 0;

	for (size_t i = 0; i < n; i++) {
		if (tell_forget(c, &one[i], f) < 0)
			target_failed(f, n, &code);
	}
	return targets_end(f, n, code);
}

int
ctl_forget(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	size_t n;
	int r = targets_find(c, &fs, &one, &n, f);

	if (r == 0)
		r = forget_all(c, one, n, f);
	founds_free(&fs);
	return r;
}

int
ctl_reset(struct ctl *c, struct fault *f)
{
	char key[INSTANCE_KEY_SHORT];
	struct founds fs = { 0 };
	int r = find_app(c, c->operands[0], NULL, 0, false, &fs, f);

	if (r == 0 && !fs.n)
		r = find_none(c, f);
	for (size_t i = 0; r == 0 && i < fs.n; i++) {
		if (!fs.at[i].info.terms.resettable)
			r = fault_set(f, EXIT_DENIED, fs.at[i].info.app, ", ",
			    TEXT_QUOTED, instance_key_short(&fs.at[i].info,
			    key), ", was not"
			    " launched with --resettable; nothing was reset",
			    NULL);
	}
	if (r == 0)
		r = forget_all(c, fs.at, fs.n, f);
	founds_free(&fs);
	return r;
}

/* The keeper was killed in the middle: it may have moved all the same. */
static bool
rekeyed(struct ctl *c, char *const key[], size_t nkey,
    const struct found *was, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	bool is = find_keyed(c, key, nkey, true, &fs, &one, f) == 0 &&
	    one->info.since == was->info.since;

	founds_free(&fs);
	return is;
}

/*
 * The key of one was found: a part of OLD that it has only as a document's path
 * is a document in NEW too.  The parts of NEW stand behind those of OLD.
 */
static int
news_make(struct buf *text, char *key[], size_t parts, const struct found *one)
{
	char path[PATH_MAX];
	const char *part = NULL;

	/* At once: what is in it stays where it is. */
	if (buf_room(text, parts * sizeof(path)) < 0)
		return -1;
	for (size_t i = 0; i < parts; i++) {
		part = info_key(&one->info, part);
		if (!part || !strcmp(part, key[i]) ||
		    strcmp(part, find_document(key[i], path)) ||
		    find_document(key[parts + i], path) != path)
			continue;
		key[parts + i] = text->at + text->len;
		buf_string(text, path);
	}
	return 0;
}

int
ctl_rekey(struct ctl *c, struct fault *f)
{
	size_t parts = (c->noperands - 1) / 2, old, new;
	char **key = c->operands + 1;
	struct founds fs = { 0 };
	struct found *one;
	struct buf b, text;
	struct frame reply;
	int r;

	if (c->noperands - 1 != 2 * parts)
		return fault_set(f, EXIT_USAGE, "rekey: the old and the new key"
		    " must have the same number of parts; usage: onlyonectl"
		    " rekey APP"
		    " OLD NEW", NULL);
	/* An empty key is none. */
	old = parts == 1 && !*key[0] ? 0 : parts;
	new = parts == 1 && !*key[1] ? 0 : parts;
	r = find_keyed(c, key, old, true, &fs, &one, f);
	if (r == 1)
		r = find_none(c, f);
	buf_init(&b, NULL, 0);
	buf_init(&text, NULL, 0);
	if (r == 0 && old && new && news_make(&text, key, parts, one) < 0)
		r = fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot move ",
		    c->operands[0], NULL);
	if (r == 0)
		r = tell(c, one, FRAME_REKEY, key + parts, new, &b,
		    &reply, f);
	if (r == 1)
		r = rekeyed(c, key + parts, new, one, f) ? 0 :
		    find_none(c, f);
	else if (r == 0)
		r = tell_reply(one, &reply, f);
	buf_free(&b);
	buf_free(&text);
	founds_free(&fs);
	return r;
}
