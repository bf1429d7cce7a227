/*
 * types.c: the order in which programs are offered for a file type.
 *
 * mimeinfo.cache has a line "TYPE=ID;ID;..." for each type.  A type's programs
 * are those in the user's list, then those in the other folders' lists, each
 * once; if an earlier folder has an entry with some id, a later folder's does
 * not count.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/rule/folders.h"
#include "cli/core/rule/menu.h"
#include "cli/core/rule/types.h"
#include "preload/contract.h"

#define LIST "/mimeinfo.cache"

enum { FOLDERS = 32, IDS = 512 };

struct ids {
	struct { const char *at; size_t n; } id[IDS];
	size_t n;
};

struct lists {
	struct buf own, other[FOLDERS]; /* their texts */
	size_t n;
	struct menu ours; /* overrides */
	char folder[PATH_MAX + sizeof(LIST)]; /* the user's own */
};

static void
ids_add(struct ids *ids, const char *id, size_t n)
{
	for (size_t i = 0; i < ids->n; i++) {
		if (ids->id[i].n == n && !memcmp(ids->id[i].at, id, n))
			return;
	}
	if (n && ids->n < IDS) {
		ids->id[ids->n].at = id;
		ids->id[ids->n++].n = n;
	}
}

/* Whether an id belongs to an override that hides an entry in another folder;
 * an override of the user's own entry keeps that entry's place. */
static bool
is_hiding(const struct lists *l, const char *id, size_t n)
{
	size_t len;

	for (size_t i = 0; i < l->ours.n; i++) {
		const struct menu_entry *o = &l->ours.at[i];

		len = strlen(o->file);
		if (o->kind == MENU_APPLICATIONS && strlen(o->id) == n &&
		    !memcmp(o->id, id, n))
			return strncmp(o->source, o->file, len) != 0 ||
			    strcmp(o->source + len, MENU_KEPT) != 0;
	}
	return false;
}

/* Whether the user's folder has an entry of its own with this id. */
static bool
is_masked(const struct lists *l, const char *id, size_t n)
{
	char path[PATH_MAX + NAME_MAX + 2];

	if (n > NAME_MAX || is_hiding(l, id, n))
		return false;
	snprintf(path, sizeof(path), "%s/%.*s", l->folder, (int)n, id);
	return access(path, F_OK) == 0;
}

/* The ids of a type in a list, and their end; NULL: there is no line for it.
 * type ends with "=". */
static const char *
line_find(const struct buf *list, const char *type, size_t n, const char **end)
{
	const char *s = list->at, *stop = list->at + list->len, *feed;

	for (; s < stop; s = feed + 1) {
		feed = memchr(s, '\n', (size_t)(stop - s));
		feed = feed ? feed : stop;
		if ((size_t)(feed - s) > n && !memcmp(s, type, n)) {
			*end = feed;
			return s + n;
		}
	}
	return NULL;
}

/* The next id of a line; its length in *n.  NULL: no more. */
static const char *
id_next(const char **at, const char *end, size_t *n)
{
	const char *id = *at, *stop;

	if (id >= end)
		return NULL;
	stop = memchr(id, ';', (size_t)(end - id));
	stop = stop ? stop : end;
	*n = (size_t)(stop - id);
	*at = stop + 1;
	return id;
}

/* Append the line of a type, from s to end, whose ids begin at `value`, putting
 * before each override the ids that used to precede it. */
static void
line_put(struct buf *b, const struct lists *l, const char *s,
    const char *value, const char *end)
{
	static struct ids ids;
	const char *at = value, *id, *stop = NULL;
	size_t n, hidden = 0, last = 0;

	ids.n = 0;
	while ((id = id_next(&at, end, &n))) {
		hidden += is_hiding(l, id, n);
		if (!is_hiding(l, id, n))
			ids_add(&ids, id, n);
	}
	if (!hidden) {
		buf_add(b, s, (size_t)(end - s));
		return;
	}
	for (size_t i = 0; i < l->n; i++) {
		at = line_find(&l->other[i], s, (size_t)(value - s), &stop);
		while (at && (id = id_next(&at, stop, &n))) {
			if (!is_masked(l, id, n))
				ids_add(&ids, id, n);
		}
	}
	for (size_t i = 0; i < ids.n; i++) {
		if (is_hiding(l, ids.id[i].at, ids.id[i].n))
			last = i + 1;
	}
	ids.n = last;
	/* The override of an entry that is in no list. */
	for (at = value; (id = id_next(&at, end, &n));)
		ids_add(&ids, id, n);
	buf_add(b, s, (size_t)(value - s));
	for (size_t i = 0; i < ids.n; i++) {
		buf_add(b, ids.id[i].at, ids.id[i].n);
		buf_add(b, ";", 1);
	}
}

int
types_keep(struct fault *f)
{
	static struct lists l;
	char path[PATH_MAX + sizeof(LIST)];
	const char *s, *end, *equals, *dirs = NULL;
	struct buf b = { 0 };
	int r = 0;

	memset(&l, 0, sizeof(l));
	l.ours.ours = true;
	if (menu_folder(MENU_APPLICATIONS, l.folder) < 0 ||
	    menu_scan(&l.ours, f) < 0)
		return -1;
	strcpy(path, l.folder);
	strcat(path, LIST);
	if (menu_read(path, &l.own) < 0)
		goto out; /* there is no list */
	while (l.n < FOLDERS && menu_folder_next(MENU_APPLICATIONS, &dirs, path)) {
		strcat(path, LIST);
		if (menu_read(path, &l.other[l.n]) == 0)
			l.n++;
		else
			buf_free(&l.other[l.n]);
	}
	for (s = l.own.at; s < l.own.at + l.own.len; s = end) {
		end = memchr(s, '\n', (size_t)(l.own.at + l.own.len - s));
		end = end ? end : l.own.at + l.own.len;
		equals = memchr(s, '=', (size_t)(end - s));
		if (equals)
			line_put(&b, &l, s, equals + 1, end);
		else
			buf_add(&b, s, (size_t)(end - s));
		if (end < l.own.at + l.own.len)
			buf_add(&b, end++, 1);
	}
	strcpy(path, l.folder);
	strcat(path, LIST);
	if (b.failed)
		r = fault_errno(f, EXIT_SYSTEM, ENOMEM, path, NULL);
	else if (b.len != l.own.len || memcmp(b.at, l.own.at, b.len) != 0)
		r = place_write(path, &b) == 0 ? 0 : fault_errno(f,
		    fault_write(errno), errno, "cannot write ", path, NULL);
out:
	for (size_t i = 0; i < l.n; i++)
		buf_free(&l.other[i]);
	buf_free(&l.own);
	buf_free(&b);
	menu_free(&l.ours);
	return r;
}
