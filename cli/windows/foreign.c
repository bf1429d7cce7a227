/*
 * foreign.c: wlr-foreign-toplevel-management: labwc, wayfire, river, phoc,
 * Hyprland, niri and others.
 *
 * The protocol lets any client raise any window.  It tells names and titles,
 * but no pids.  The program's page (page.h), or a name that the user gave,
 * tells which program is meant, and the document or the page which window; if
 * several windows look alike, none is raised.
 */
#include <stdlib.h>
#include <string.h>

#include <wayland-client.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/windows.h"
#include "protocol/wlr-foreign-toplevel-management-unstable-v1.h"

enum { VERIFY_MS = 500 };

struct toplevel {
	struct zwlr_foreign_toplevel_handle_v1 *handle;
	char *id, *title;
	bool active;
	struct toplevel *next;
};

static void
text_keep(char **kept, const char *text)
{
	free(*kept);
	*kept = strdup(text);
}

static void
on_title(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
    const char *title)
{
	text_keep(&((struct toplevel *)data)->title, title);
}

static void
on_app_id(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
    const char *id)
{
	text_keep(&((struct toplevel *)data)->id, id);
}

static void
on_output(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
    struct wl_output *output)
{
}

static void
on_state(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
    struct wl_array *states)
{
	struct toplevel *t = data;
	const uint32_t *state = states->data;

	/* wl_array_for_each would read an incomplete last word. */
	t->active = false;
	for (size_t k = 0; k < states->size / sizeof(*state); k++) {
		t->active |= state[k] ==
		    ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED;
	}
}

static void
on_done(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle)
{
}

static void
on_closed(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle)
{
	struct toplevel *t = data;

	text_keep(&t->id, "");
	text_keep(&t->title, "");
}

static const struct zwlr_foreign_toplevel_handle_v1_listener
    handle_listener = {
	.title = on_title, .app_id = on_app_id, .output_enter = on_output,
	.output_leave = on_output, .state = on_state, .done = on_done,
	.closed = on_closed,
};

static void
on_toplevel(void *data, struct zwlr_foreign_toplevel_manager_v1 *manager,
    struct zwlr_foreign_toplevel_handle_v1 *handle)
{
	struct toplevel **all = data, *t = calloc(1, sizeof(*t));

	if (!t) {
		zwlr_foreign_toplevel_handle_v1_destroy(handle);
		return;
	}
	t->handle = handle;
	t->next = *all;
	*all = t;
	zwlr_foreign_toplevel_handle_v1_add_listener(handle, &handle_listener,
	    t);
}

static void
on_finished(void *data, struct zwlr_foreign_toplevel_manager_v1 *manager)
{
}

static const struct zwlr_foreign_toplevel_manager_v1_listener
    manager_listener = {
	on_toplevel, on_finished
};

/* The one window with this app_id and title (NULL: any).  NULL: none, or
 * several (*several). */
static struct toplevel *
toplevel_find(struct toplevel *all, const char *id, const char *title,
    bool *several)
{
	struct toplevel *found = NULL;

	*several = false;
	for (struct toplevel *t = all; t; t = t->next) {
		if ((id && strcmp(t->id ? t->id : "", id) != 0) || (title &&
		    strcmp(t->title ? t->title : "", title) != 0))
			continue;
		*several = found != NULL;
		if (found)
			return NULL;
		found = t;
	}
	return found;
}

/* The one window with this app_id that names the document best.  NULL: none does,
 * or several do. */
static struct toplevel *
toplevel_shows(struct toplevel *all, const char *id, const char *document)
{
	enum title best = TITLE_OTHER, title;
	struct toplevel *found = NULL;

	for (struct toplevel *t = all; t; t = t->next) {
		title = t->id && strcmp(t->id, id) == 0 ?
		    title_names(t->title, document) : TITLE_OTHER;
		if (title > best)
			found = t;
		else if (title == best)
			found = NULL;
		best = title > best ? title : best;
	}
	return found;
}

static struct toplevel *
toplevel_choose(struct attempt *a, struct toplevel *all)
{
	struct toplevel *t = NULL;
	bool several = false;
	struct page p;

	a->why = "no window whose name is known";
	if (page_find(a->instance, a->c->pid, &p) == 0) {
		/* The page cuts long titles, and some titles change all the
		 * time: search by app_id alone then. */
		t = toplevel_shows(all, p.seen.app_id,
		    a->instance->document);
		if (!t)
			t = toplevel_find(all, p.seen.app_id, p.seen.title,
			    &several);
		if (!t && !several)
			t = toplevel_find(all, p.seen.app_id, NULL, &several);
		/* GTK gives phoc another app_id, by GTK's own protocol. */
		if (!t && !several && *p.seen.title)
			t = toplevel_find(all, NULL, p.seen.title, &several);
		io_close(&p.fd);
	} else if (a->instance->class) {
		t = toplevel_find(all, a->instance->class, NULL, &several);
	}
	if (several)
		a->why = "several windows look like it";
	return t;
}

/* The newest window with this app_id that has come since the list began with
 * `since`: it was in front until we raised another one.  NULL: none. */
static struct toplevel *
toplevel_newer(struct toplevel *all, const struct toplevel *since,
    const char *id)
{
	for (struct toplevel *t = all; t != since; t = t->next) {
		if (t->id && id && *id && strcmp(t->id, id) == 0)
			return t;
	}
	return NULL;
}

static enum outcome
toplevel_raise(struct attempt *a, struct toplevel *t)
{
	long long until = clock_in(VERIFY_MS, a->deadline);

	zwlr_foreign_toplevel_handle_v1_unset_minimized(t->handle);
	for (int k = 0; k < a->c->seats; k++)
		zwlr_foreign_toplevel_handle_v1_activate(t->handle,
		    a->c->seat[k]);
	compositor_sync(a->c, a->deadline);
	if (compositor_await(a->c, &t->active, until))
		return OUTCOME_RAISED;
	a->why = "it did not become active";
	return OUTCOME_ASKED;
}

static void
toplevels_free(struct toplevel *t)
{
	struct toplevel *next;

	for (; t; t = next) {
		next = t->next;
		zwlr_foreign_toplevel_handle_v1_destroy(t->handle);
		free(t->id);
		free(t->title);
		free(t);
	}
}

enum outcome
foreign_raise(struct attempt *a)
{
	struct zwlr_foreign_toplevel_manager_v1 *manager;
	struct toplevel *all = NULL, *before, *t;
	enum outcome o = OUTCOME_NO_DISPLAY;

	if (!a->c || !a->c->foreign)
		return o;
	manager = wl_registry_bind(a->c->registry, a->c->foreign,
	    &zwlr_foreign_toplevel_manager_v1_interface, 1);
	if (!manager)
		return o;
	zwlr_foreign_toplevel_manager_v1_add_listener(manager, &manager_listener,
	    &all);
	if (compositor_sync(a->c, a->deadline)) {
		before = all;
		t = toplevel_choose(a, all);
		o = t ? toplevel_raise(a, t) : OUTCOME_NO_WINDOW;
		if (t && (t = toplevel_newer(all, before, t->id)))
			o = toplevel_raise(a, t);
	}
	zwlr_foreign_toplevel_manager_v1_destroy(manager);
	toplevels_free(all);
	return o;
}
