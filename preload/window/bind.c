/*
 * bind.c: binds the activation protocol if the program does not.
 *
 * Only libwayland may give object numbers, so we call it as any part of the
 * program may: on an event queue of our own, in the thread that is about to
 * read events, without waiting.  The program's next flush, before its next
 * poll, writes our requests; the compositor's answers are dispatched when the
 * program next calls these functions.  The reader sees the bind like one of the
 * program's.
 *
 * A program whose calls to libwayland do not come here (a static copy, or one
 * loaded with dlopen) gets no binding.
 */
#include "preload/bytes.h"
#include "preload/sys.h"
#include "preload/window/window.h"

#define EXPORT __attribute__((visibility("default")))

/* These two are as in wayland-util.h. */
struct wl_message {
	const char *name, *signature;
	const struct wl_interface **types;
};

struct wl_interface {
	const char *name;
	int version;
	int method_count;
	const struct wl_message *methods;
	int event_count;
	const struct wl_message *events;
};

static const struct wl_interface *no_types[2];

static const struct wl_message requests[] = {{"destroy", "", no_types},
    {"get_activation_token", "n", no_types}, {"activate", "so", no_types}};

static const struct wl_interface activation = {
    "xdg_activation_v1", 1, 3, requests, 0, NULL};

/* libwayland's functions and data that are used here. */
static struct {
	int (*prepare_read)(void *);
	int (*prepare_read_queue)(void *, void *);
	int (*get_fd)(void *);
	int (*dispatch_queue_pending)(void *, void *);
	void *(*create_queue)(void *);
	void (*queue_destroy)(void *);
	void *(*create_wrapper)(void *);
	void (*wrapper_destroy)(void *);
	void (*set_queue)(void *, void *);
	void *(*marshal_constructor)(
	    void *, uint32_t, const struct wl_interface *, ...);
	void *(*marshal_constructor_versioned)(void *, uint32_t,
	    const struct wl_interface *, uint32_t, ...);
	int (*add_listener)(void *, void (**)(void), void *);
	void (*proxy_destroy)(void *);
	const struct wl_interface *registry, *callback;
} wl;

static const struct {
	const char *name;
	void *to;
} names[] = {
    {"wl_display_get_fd", &wl.get_fd},
    {"wl_display_dispatch_queue_pending", &wl.dispatch_queue_pending},
    {"wl_display_create_queue", &wl.create_queue},
    {"wl_event_queue_destroy", &wl.queue_destroy},
    {"wl_proxy_create_wrapper", &wl.create_wrapper},
    {"wl_proxy_wrapper_destroy", &wl.wrapper_destroy},
    {"wl_proxy_set_queue", &wl.set_queue},
    {"wl_proxy_marshal_constructor", &wl.marshal_constructor},
    {"wl_proxy_marshal_constructor_versioned",
	&wl.marshal_constructor_versioned},
    {"wl_proxy_add_listener", &wl.add_listener},
    {"wl_proxy_destroy", &wl.proxy_destroy},
    {"wl_registry_interface", &wl.registry},
    {"wl_callback_interface", &wl.callback},
};

enum { UNKNOWN, COMPLETE, LACKING };

static uint32_t known;

static bool
wl_find(void)
{
	uint32_t now = __atomic_load_n(&known, __ATOMIC_ACQUIRE);

	/* Threads that do this at the same time store the same values. */
	if (now == UNKNOWN) {
		now = COMPLETE;
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			void *at = wayland_find(names[i].name);

			if (!at)
				now = LACKING;
			__atomic_store_n(
			    (void **)names[i].to, at, __ATOMIC_RELAXED);
		}
		__atomic_store_n(&known, now, __ATOMIC_RELEASE);
	}
	return now == COMPLETE;
}

static void
global(void *data, void *registry, uint32_t name, const char *interface,
    uint32_t version)
{
	struct binding *b = data;

	(void)version;
	if (b->activation || !bytes_same(interface, activation.name,
		bytes_len(activation.name) + 1))
		return;
	b->activation = wl.marshal_constructor_versioned(registry,
	    REGISTRY_BIND, &activation, 1, name, activation.name, 1, NULL);
}

static void
global_remove(void *data, void *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

/* The answer to our sync: the compositor has announced all its globals. */
static void
done(void *data, void *callback, uint32_t serial)
{
	struct binding *b = data;

	(void)callback;
	(void)serial;
	b->bound = BOUND_DONE;
}

static void (*registry_events[])(void) = {
    (void (*)(void))global, (void (*)(void))global_remove};
static void (*callback_events[])(void) = {(void (*)(void))done};

/* Free what is no longer needed.  The activation object is never destroyed, so
 * its queue stays. */
static void
ended(struct binding *b)
{
	if (b->callback)
		wl.proxy_destroy(b->callback);
	if (b->registry)
		wl.proxy_destroy(b->registry);
	if (b->queue && !b->activation)
		wl.queue_destroy(b->queue);
	b->callback = b->registry = NULL;
	b->bound = BOUND_DONE;
}

static void
begin(struct binding *b, void *display)
{
	void *wrapper = NULL;

	b->display = display;
	b->bound = BOUND_ASKED;
	b->queue = wl.create_queue(display);
	if (b->queue)
		wrapper = wl.create_wrapper(display);
	if (wrapper) {
		wl.set_queue(wrapper, b->queue);
		b->registry = wl.marshal_constructor(
		    wrapper, DISPLAY_GET_REGISTRY, wl.registry, NULL);
		if (b->registry)
			wl.add_listener(b->registry, registry_events, b);
		b->callback = wl.marshal_constructor(
		    wrapper, DISPLAY_SYNC, wl.callback, NULL);
		if (b->callback)
			wl.add_listener(b->callback, callback_events, b);
		wl.wrapper_destroy(wrapper);
	}
	if (!b->registry || !b->callback)
		ended(b);
}

static void
go_on(struct binding *b, void *display)
{
	if (b->bound == BOUND_NOT) {
		begin(b, display);
	} else if (b->bound == BOUND_ASKED && b->display == display) {
		wl.dispatch_queue_pending(display, b->queue);
		if (b->bound == BOUND_DONE)
			ended(b);
	}
}

/*
 * Go on with the binding of this display's link, if that has a window and no
 * activation.  A link whose closed descriptor has the same number is skipped
 * (link_same).  The link's turn is not taken here: libwayland may call our
 * sendmsg, which takes it.
 */
static void
look(void *display)
{
	struct state *s = __atomic_load_n(&ours.state, __ATOMIC_ACQUIRE);
	struct link *l;
	uint32_t free;

	if (!s)
		return;
	for (l = s->links; l < s->links + LINKS; l++) {
		if ((!__atomic_load_n(&l->wants, __ATOMIC_RELAXED) &&
			l->binding.bound != BOUND_ASKED) ||
		    !wl_find() || wl.get_fd(display) != l->fd ||
		    !link_same(l, l->fd))
			continue;
		free = 0;
		if (!__atomic_compare_exchange_n(&l->binding.busy, &free, 1,
			false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return;
		go_on(&l->binding, display);
		__atomic_store_n(&l->binding.busy, 0, __ATOMIC_RELEASE);
		return;
	}
}

static void *
own(void **to, const char *name)
{
	void *at = __atomic_load_n(to, __ATOMIC_ACQUIRE);

	if (!at) {
		at = wayland_find(name);
		__atomic_store_n(to, at, __ATOMIC_RELEASE);
	}
	return at;
}

EXPORT int
wl_display_prepare_read(void *display)
{
	if (!own((void **)&wl.prepare_read, "wl_display_prepare_read")) {
		errno = ENOSYS;
		return -1;
	}
	look(display);
	return wl.prepare_read(display);
}

EXPORT int
wl_display_prepare_read_queue(void *display, void *queue)
{
	if (!own((void **)&wl.prepare_read_queue,
		"wl_display_prepare_read_queue")) {
		errno = ENOSYS;
		return -1;
	}
	look(display);
	return wl.prepare_read_queue(display, queue);
}
