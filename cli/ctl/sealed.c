/*
 * sealed.c: the applications that are sealed, whether or not they run.
 *
 * A seal outlives its instances, and is no instance: so it has a list of its
 * own, and the list of instances names in a note what would be refused.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/ctl/find.h"
#include "cli/ctl/json.h"
#include "cli/ctl/sealed.h"
#include "cli/ctl/wanted.h"
#include "cli/io.h"
#include "cli/launch/identity.h"
#include "cli/say.h"
#include "cli/slot/seal.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { SEAL_MS = 1000, NAMES = 768 };

/* A walk along the seals in the root. */
struct walk {
	DIR *dir;
	char path[PATH_MAX], name[NAME_SHOWN + 1]; /* that are meant; "": all */
	struct buf b;
	struct fields list; /* of this one */
	const char *app;
};

/* 1: begun; 0: there is no root; -1: fault. */
static int
walk_begin(struct ctl *c, struct walk *w, struct fault *f)
{
	const char *operand = c->operands[0];

	w->dir = NULL;
	w->name[0] = '\0';
	buf_init(&w->b, NULL, 0);
	if (operand)
		identity_name(operand, w->name);
	if ((operand && find_path(operand, w->path, f) < 0) ||
	    root_find(&c->root, f) < 0)
		return -1;
	if (!c->root.exists)
		return 0;
	if (root_open(&c->root, f) < 0)
		return -1;
	w->dir = root_list(&c->root);
	return w->dir ? 1 : fault_errno(f, fault_state(errno), errno,
	    "cannot read ", c->root.path, NULL);
}

/* The next one.  A seal that cannot be read is told where it counts. */
static bool
walk_next(struct ctl *c, struct walk *w)
{
	struct dirent *e;

	while ((e = io_entry(w->dir))) {
		buf_free(&w->b);
		if (strncmp(e->d_name, SEAL_PREFIX, strlen(SEAL_PREFIX)) ||
		    seal_read(&c->root, e->d_name, SEAL_MS, &w->b, &w->list) !=
		    SEAL_KNOWN)
			continue;
		w->app = fields_get(&w->list, "app");
		if (w->app && (!*w->name ||
		    wanted_name(w->app, w->name, w->path)))
			return true;
	}
	return false;
}

static void
walk_end(struct walk *w)
{
	if (w->dir)
		closedir(w->dir);
	buf_free(&w->b);
}

static json_t *
json_sealed(const struct walk *w)
{
	const char *name = NULL;
	json_t *keys = json_array();

	while ((name = fields_next(&w->list, "name", name)))
		json_array_append_new(keys, json_shown(name));
	return json_pack("{s:o, s:o}", "app", json_shown(w->app), "keys",
	    keys);
}

static void
print_sealed(const struct walk *w)
{
	char app[4 * NAME_SHOWN + 1], keys[NAMES];
	const char *name = NULL;
	struct text t, k;

	text_init(&t, app, sizeof(app));
	text_show(&t, w->app, strlen(w->app));
	text_init(&k, keys, sizeof(keys) - sizeof("..."));
	while ((name = fields_next(&w->list, "name", name))) {
		text_add(&k, k.len ? ", " : "");
		text_quoted(&k, name);
	}
	printf("%s  %s%s\n", app, k.len ? keys : "nothing may run",
	    k.cut ? "..." : "");
}

int
sealed_list(struct ctl *c, struct fault *f)
{
	json_t *array = c->o.json ? json_array() : NULL;
	struct walk w;
	size_t n = 0;
	int r = walk_begin(c, &w, f);

	for (; r == 1 && walk_next(c, &w); n++) {
		if (!c->o.json)
			print_sealed(&w);
		else if (json_array_append_new(array, json_sealed(&w)) < 0)
			r = fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list",
			    NULL);
	}
	walk_end(&w);
	if (r >= 0 && c->o.json && json_dumpf(array, stdout,
	    JSON_INDENT(2)) == 0)
		putchar('\n'); /* else the stream has the error */
	else if (r >= 0 && !c->o.json && !n)
		say_note("nothing is sealed", NULL);
	json_decref(array);
	return r < 0 ? -1 : 0;
}

void
sealed_tell(struct ctl *c, const struct founds *fs)
{
	char names[NAMES];
	struct fault f;
	struct text t;
	struct walk w;
	bool runs;

	text_init(&t, names, sizeof(names) - sizeof("..."));
	if (walk_begin(c, &w, &f) == 1) {
		while (walk_next(c, &w)) {
			runs = false;
			for (size_t i = 0; i < fs->n && !runs; i++)
				runs = !strcmp(fs->at[i].info.app, w.app);
			if (runs)
				continue;
			text_add(&t, t.len ? ", " : "");
			text_add(&t, w.app);
		}
	}
	walk_end(&w);
	if (t.len)
		say_note("sealed, and not running: ", names, t.cut ? "..." :
		    "", "; see onlyonectl list --sealed", NULL);
}
