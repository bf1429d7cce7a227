/*
 * toplevels.c: lists the windows of a compositor
 * (wlr-foreign-toplevel-management).
 *
 * toplevels [-m APP_ID]: a line for each window: its states, "active",
 * "minimised", "full", with commas between them, or "-"; APP_ID; TITLE.
 * -m: minimise the windows of APP_ID first.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wayland-client.h>

#include "protocol/wlr-foreign-toplevel-management-unstable-v1.h"

typedef struct zwlr_foreign_toplevel_handle_v1 handle_t;
typedef struct zwlr_foreign_toplevel_manager_v1 manager_t;

enum { MANY = 64 };

struct toplevel {
	handle_t *handle;
	char *title, *id;
	unsigned int states; /* a bit for each */
};

static struct toplevel all[MANY];
static int n;
static manager_t *manager;

static void
on_title(void *data, handle_t *h, const char *title)
{
	(void)h;
	((struct toplevel *)data)->title = strdup(title);
}

static void
on_id(void *data, handle_t *h, const char *id)
{
	(void)h;
	((struct toplevel *)data)->id = strdup(id);
}

static void
on_output(void *data, handle_t *h, struct wl_output *o)
{
	(void)data, (void)h, (void)o;
}

static void
on_state(void *data, handle_t *h, struct wl_array *states)
{
	struct toplevel *t = data;
	uint32_t *s;

	(void)h;
	t->states = 0;
	wl_array_for_each(s, states) {
		t->states |= 1u << *s;
	}
}

static void
on_done(void *data, handle_t *h)
{
	(void)data, (void)h;
}

static void
on_parent(void *data, handle_t *h, handle_t *parent)
{
	(void)data, (void)h, (void)parent;
}

static const struct zwlr_foreign_toplevel_handle_v1_listener on_handle = {
	on_title, on_id, on_output, on_output, on_state, on_done, on_done,
	on_parent,
};

static void
on_toplevel(void *data, manager_t *m, handle_t *h)
{
	(void)data, (void)m;
	if (n == MANY)
		errx(1, "more than %d windows", MANY);
	all[n].handle = h;
	zwlr_foreign_toplevel_handle_v1_add_listener(h, &on_handle, &all[n++]);
}

static void
on_finished(void *data, manager_t *m)
{
	(void)data, (void)m;
}

static const struct zwlr_foreign_toplevel_manager_v1_listener on_manager = {
	on_toplevel, on_finished
};

static void
on_global(void *data, struct wl_registry *r, uint32_t name, const char *what,
    uint32_t version)
{
	(void)data;
	if (strcmp(what, zwlr_foreign_toplevel_manager_v1_interface.name))
		return;
	manager = wl_registry_bind(r, name,
	    &zwlr_foreign_toplevel_manager_v1_interface,
	    version < 3 ? version : 3);
	zwlr_foreign_toplevel_manager_v1_add_listener(manager, &on_manager,
	    NULL);
}

static void
on_global_gone(void *data, struct wl_registry *r, uint32_t name)
{
	(void)data, (void)r, (void)name;
}

static const struct wl_registry_listener on_registry = {
	on_global, on_global_gone
};

static void
show(const struct toplevel *t)
{
	static const struct {
		int state;
		const char *word;
	} words[] = {
		{ ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED, "active" },
		{ ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_MINIMIZED,
		    "minimised" },
		{ ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_FULLSCREEN, "full" },
	};
	const char *between = "";

	for (size_t k = 0; k < sizeof(words) / sizeof(*words); k++) {
		if (!(t->states & 1u << words[k].state))
			continue;
		printf("%s%s", between, words[k].word);
		between = ",";
	}
	printf("%s %s %s\n", *between ? "" : "-", t->id ? t->id : "-",
	    t->title ? t->title : "-");
}

int
main(int argc, char *argv[])
{
	struct wl_display *d = wl_display_connect(NULL);
	const char *minimise = NULL;
	int c;

	while ((c = getopt(argc, argv, "m:")) != -1)
		minimise = c == 'm' ? optarg : NULL;
	if (!d)
		err(1, "no compositor");
	wl_registry_add_listener(wl_display_get_registry(d), &on_registry,
	    NULL);
	wl_display_roundtrip(d);
	if (!manager)
		errx(1, "it tells of no windows");
	/* Twice: once for the windows, once for what there is of each. */
	wl_display_roundtrip(d);
	wl_display_roundtrip(d);
	for (int k = 0; k < n && minimise; k++) {
		if (all[k].id && !strcmp(all[k].id, minimise))
			zwlr_foreign_toplevel_handle_v1_set_minimized(
			    all[k].handle);
	}
	wl_display_roundtrip(d);
	for (int k = 0; k < n; k++)
		show(&all[k]);
	return 0;
}
