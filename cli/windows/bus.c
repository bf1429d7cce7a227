/*
 * bus.c: the session bus: org.freedesktop.Application of an instance, and
 * notifications.
 *
 * The bus itself tells which process owns a name.  The path of an application's
 * object follows from its name (Desktop Entry Specification, "D-Bus
 * Activation"), so we try each name that the program owns until it understands
 * the call.  No call starts a service: if the name is gone meanwhile, the
 * started program would not be the instance.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/library.h"
#include "cli/windows/windows.h"

/*
 * The session bus, through libsystemd.
 *
 * The bus may be stopped, and so may the program that we call.  The library's
 * own limits are 25 seconds for each, so we wait for the connection ourselves,
 * and give each call what is left of our time.
 */

/* Whether there is a bus: without one we do not load the library. */
static bool
bus_exists(void)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char path[4096];

	if (address)
		return *address;
	if (!dir || !*dir)
		return false;
	return text_join(path, sizeof(path), dir, "/bus", NULL) &&
	    access(path, F_OK) == 0;
}

/* Load libsystemd. */
static bool
systemd_load(struct sdbus *s)
{
#define NAME(name) "sd_bus_" #name,
	static const char *const names[] = { SDBUS_CALLS(NAME) NULL };
#undef NAME

	return library_load("libsystemd.so.0", names, s);
}

/* The time left; never 0, which would mean the library's own limit. */
static uint64_t
microseconds_left(const struct sdbus *s)
{
	int ms = clock_left(s->deadline);

	return ms ? (uint64_t)ms * 1000 : 1;
}

/* Wait until the bus has let us in.  0, or as libsystemd an errno below 0. */
static int
bus_wait(struct sdbus *s)
{
	int n;

	while ((n = s->is_ready(s->bus)) == 0) {
		if (clock_now() >= s->deadline)
			return -ETIMEDOUT;
		if ((n = s->process(s->bus, NULL)) == 0)
			n = s->wait(s->bus, microseconds_left(s));
		if (n < 0)
			return n;
	}
	return n < 0 ? n : 0;
}

int
sdbus_open(struct sdbus *s, long long deadline)
{
	int n;

	s->bus = NULL;
	s->deadline = deadline;
	errno = ENOENT;
	if (!bus_exists() || !systemd_load(s))
		return -1;
	n = s->open_user(&s->bus);
	if (n >= 0) {
		n = bus_wait(s);
		if (n < 0)
			sdbus_close(s);
	}
	errno = n < 0 ? -n : 0;
	return n < 0 ? -1 : 0;
}

void
sdbus_close(struct sdbus *s)
{
	s->close(s->bus);
	s->unref(s->bus);
	s->bus = NULL;
}

sd_bus_message *
sdbus_message(struct sdbus *s, const char *name, const char *path,
    const char *interface, const char *member, bool start)
{
	sd_bus_message *m = NULL;

	if (s->message_new_method_call(s->bus, &m, name, path, interface,
	    member) < 0)
		return NULL;
	s->message_set_auto_start(m, start);
	return m;
}

sd_bus_message *
sdbus_call(struct sdbus *s, sd_bus_message *m, sd_bus_error *error)
{
	sd_bus_message *answer = NULL;

	if (m)
		s->call(s->bus, m, microseconds_left(s), error, &answer);
	s->message_unref(m);
	return answer;
}

int
sdbus_next(struct sdbus *s, sd_bus_message **m)
{
	int n;

	*m = NULL;
	if (clock_now() >= s->deadline)
		return -1;
	n = s->process(s->bus, m);
	if (n == 0)
		n = s->wait(s->bus, microseconds_left(s));
	return n < 0 ? -1 : 0;
}

sd_bus_message *
sdbus_ask(struct sdbus *s, const char *name, const char *path,
    const char *interface, const char *member, const char *one,
    const char *two)
{
	sd_bus_message *m = sdbus_message(s, name, path, interface, member,
	    false);

	if (m && ((one && s->message_append(m, "s", one) < 0) ||
	    (two && s->message_append(m, "s", two) < 0))) {
		s->message_unref(m);
		m = NULL;
	}
	return sdbus_call(s, m, NULL);
}

/* Ask the bus itself about a name (NULL: about all).  As sdbus_ask. */
static sd_bus_message *
bus_ask(struct sdbus *s, const char *member, const char *name)
{
	return sdbus_ask(s, SDBUS, SDBUS_PATH, SDBUS, member, name, NULL);
}

/* The process that owns a name; 0: none; -1: no answer. */
static pid_t
pid_ask(struct sdbus *s, const char *name)
{
	sd_bus_message *m = sdbus_message(s, SDBUS, SDBUS_PATH, SDBUS,
	    "GetConnectionUnixProcessID", false);
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint32_t pid = 0;
	bool none, told;

	if (!m)
		return -1;
	if (s->message_append(m, "s", name) < 0) {
		s->message_unref(m);
		return -1;
	}
	m = sdbus_call(s, m, &error);
	/* The second: a connection from another machine. */
	none = !m && (s->error_has_name(&error,
	    SD_BUS_ERROR_NAME_HAS_NO_OWNER) || s->error_has_name(&error,
	    SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN));
	told = m && s->message_read(m, "u", &pid) > 0 && pid <= INT_MAX;
	s->error_free(&error);
	s->message_unref(m);
	return told ? (pid_t)pid : none ? 0 : -1;
}

/* The process that owns a name; 0: none, or no answer. */
static pid_t
sdbus_pid(struct sdbus *s, const char *name)
{
	pid_t pid = pid_ask(s, name);

	return pid < 0 ? 0 : pid;
}

bool
sdbus_knows(struct sdbus *s)
{
	const char *own;

	return s->get_unique_name(s->bus, &own) >= 0 &&
	    pid_ask(s, own) == getpid();
}

sd_bus_message *
sdbus_names(struct sdbus *s)
{
	sd_bus_message *list = bus_ask(s, "ListNames", NULL);

	if (list && s->message_enter_container(list, 'a', "s") < 0) {
		s->message_unref(list);
		list = NULL;
	}
	return list;
}

int
sdbus_name(struct sdbus *s, sd_bus_message *list, const char **name,
    pid_t *pid)
{
	int n;

	while ((n = s->message_read(list, "s", name)) > 0 &&
	    (**name == ':' || strcmp(*name, SDBUS) == 0))
		;
	if (n <= 0)
		return n < 0 ? -1 : 0;
	*pid = pid_ask(s, *name);
	return 1;
}

pid_t
sdbus_owner(struct sdbus *s, const char *name, char **unique)
{
	sd_bus_message *m = bus_ask(s, "GetNameOwner", name);
	const char *owner;

	*unique = m && s->message_read(m, "s", &owner) > 0 ? strdup(owner) :
	    NULL;
	s->message_unref(m);
	return *unique ? sdbus_pid(s, *unique) : 0;
}

#define NOTIFICATIONS "org.freedesktop.Notifications"
#define NOTIFICATIONS_PATH "/org/freedesktop/Notifications"

enum { NAMES = 64, NAME_MAX_ = 255 }; /* D-Bus Specification, "Bus names" */

struct application {
	const char *name; /* points into the bus's list of names */
	enum kin kin;
};

/* Find the names on the bus that the instance's processes own, those of the
 * nearest first.  Their number. */
static size_t
names_find(struct sdbus *s, sd_bus_message *list, const struct instance *i,
    struct application *apps)
{
	const char *name;
	size_t n = 0, k;
	enum kin kin;
	pid_t pid;

	while (list && n < NAMES && sdbus_name(s, list, &name, &pid) > 0) {
		if (pid <= 0 || !(kin = tree_kin(i, pid, KIN_MARKED)))
			continue;
		for (k = n++; k && apps[k - 1].kin < kin; k--)
			apps[k] = apps[k - 1];
		apps[k] = (struct application){ name, kin };
	}
	return n;
}

/* "org.example.Some-app" has the object /org/example/Some_app. */
static void
bus_path(char *path, const char *name)
{
	*path++ = '/';
	for (; *name; name++)
		*path++ = *name == '.' ? '/' : *name == '-' ? '_' : *name;
	*path = '\0';
}

/* Escape all that a path may not contain as it is (RFC 3986, 3.3). */
static void
uri_escape(struct buf *b, const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char c;

	for (; (c = (unsigned char)*path); path++) {
		if (isalnum(c) || strchr("-._~/!$&'()*+,;=:@", c))
			buf_add(b, path, 1);
		else
			buf_add(b, (char[]){ '%', hex[c >> 4], hex[c & 15] },
			    3);
	}
}

/* A file as a URI in b.  0 or -1. */
static int
uri_make(struct buf *b, const char *file)
{
	char cwd[4096];

	if (text_is_uri(file))
		return buf_string(b, file);
	buf_add(b, "file://", 7);
	if (*file != '/') {
		if (!getcwd(cwd, sizeof(cwd)))
			return -1;
		uri_escape(b, cwd);
		buf_add(b, "/", 1);
	}
	uri_escape(b, file);
	return buf_string(b, "") < 0 || b->failed ? -1 : 0;
}

/* D-Bus strings must be UTF-8; tokens are ASCII. */
static bool
is_plain(const char *token)
{
	for (; *token; token++) {
		if (*token < ' ' || *token > '~')
			return false;
	}
	return true;
}

static int
files_put(struct sdbus *s, sd_bus_message *m, char *const files[])
{
	struct buf b;
	int n;

	if (s->message_open_container(m, 'a', "s") < 0)
		return -1;
	for (; *files; files++) {
		b = (struct buf){ 0 };
		n = uri_make(&b, *files);
		if (n == 0)
			n = s->message_append(m, "s", b.at);
		buf_free(&b);
		if (n < 0)
			return -1;
	}
	return s->message_close_container(m);
}

/* Programs from before 2023 know only desktop-startup-id. */
static int
token_put(struct sdbus *s, sd_bus_message *m, const char *token)
{
	if (!token || !*token || !is_plain(token))
		return s->message_append(m, "a{sv}", 0);
	return s->message_append(m, "a{sv}", 2, "desktop-startup-id", "s",
	    token, "activation-token", "s", token);
}

/* Whether the error says that there is no such application. */
static bool
is_other(struct sdbus *s, const sd_bus_error *error)
{
	static const char *const names[] = {
		SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_OBJECT,
		SD_BUS_ERROR_UNKNOWN_INTERFACE, SD_BUS_ERROR_SERVICE_UNKNOWN,
		SD_BUS_ERROR_NAME_HAS_NO_OWNER,
	};

	for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
		if (s->error_has_name(error, names[k]))
			return true;
	}
	return false;
}

static enum outcome
application_activate(struct sdbus *s, const char *name, char *const files[],
    const char *token)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	enum outcome o = OUTCOME_ASKED;
	char path[NAME_MAX_ + 2];
	sd_bus_message *m;

	if (strlen(name) > NAME_MAX_)
		return OUTCOME_NO_WINDOW;
	bus_path(path, name);
	m = sdbus_message(s, name, path, "org.freedesktop.Application",
	    *files ? "Open" : "Activate", false);
	if (!m)
		return OUTCOME_NO_WINDOW;
	if ((*files && files_put(s, m, files) < 0) ||
	    token_put(s, m, token) < 0) {
		s->message_unref(m);
		return OUTCOME_ASKED;
	}
	m = sdbus_call(s, m, &error);
	if (m)
		o = OUTCOME_RAISED;
	else if (is_other(s, &error))
		o = OUTCOME_NO_WINDOW;
	s->message_unref(m);
	s->error_free(&error);
	return o;
}

bool
bus_has(const struct instance *i, long long deadline)
{
	struct application apps[NAMES];
	sd_bus_message *list;
	struct sdbus s;
	size_t n;

	if (sdbus_open(&s, deadline) < 0)
		return false;
	list = sdbus_names(&s);
	n = names_find(&s, list, i, apps);
	s.message_unref(list);
	sdbus_close(&s);
	return n > 0;
}

enum outcome
bus_activate(const struct instance *i, char *const files[], const char *token,
    long long deadline)
{
	struct application apps[NAMES];
	enum outcome o = OUTCOME_NO_WINDOW;
	sd_bus_message *list;
	struct sdbus s;
	size_t n;

	if (sdbus_open(&s, deadline) < 0)
		return OUTCOME_NO_DISPLAY;
	list = sdbus_names(&s);
	n = names_find(&s, list, i, apps);
	for (size_t k = 0; k < n && o == OUTCOME_NO_WINDOW; k++)
		o = application_activate(&s, apps[k].name, files, token);
	s.message_unref(list);
	sdbus_close(&s);
	return o;
}

/* Whether the notification server reads bodies as markup. */
static bool
notes_have_markup(struct sdbus *s)
{
	sd_bus_message *m = sdbus_call(s, sdbus_message(s, NOTIFICATIONS,
	    NOTIFICATIONS_PATH, NOTIFICATIONS, "GetCapabilities", true), NULL);
	bool found = false;
	const char *word;

	if (m && s->message_enter_container(m, 'a', "s") > 0) {
		while (s->message_read(m, "s", &word) > 0)
			found = found || strcmp(word, "body-markup") == 0;
	}
	s->message_unref(m);
	return found;
}

/* Append s, made valid UTF-8, lines kept; escape it for markup if asked to. */
static void
note_text(struct text *t, const char *s, bool markup)
{
	size_t n;

	for (; *s; s += n ? n : 1) {
		n = strcspn(s, "&<>\n");
		if (n)
			text_show(t, s, n);
		else if (!markup || *s == '\n')
			text_mem(t, s, 1);
		else
			text_add(t, *s == '&' ? "&amp;" : *s == '<' ? "&lt;" :
			    "&gt;");
	}
}

enum outcome
bus_notify(const char *title, const char *text, long long deadline)
{
	enum outcome o = OUTCOME_NO_DISPLAY;
	char head[1024], body[8192];
	struct text t, b;
	sd_bus_message *m;
	struct sdbus s;

	if (sdbus_open(&s, deadline) < 0)
		return o;
	t = text_in(head, sizeof(head));
	note_text(&t, title, false);
	b = text_in(body, sizeof(body));
	note_text(&b, text, notes_have_markup(&s));
	m = sdbus_message(&s, NOTIFICATIONS, NOTIFICATIONS_PATH, NOTIFICATIONS,
	    "Notify", true);
	if (m && s.message_append(m, "susssasa{sv}i", "onlyone", 0, "", head,
	    body, 0, 0, -1) < 0) {
		s.message_unref(m);
		m = NULL;
	}
	m = sdbus_call(&s, m, NULL);
	if (m)
		o = OUTCOME_RAISED;
	s.message_unref(m);
	sdbus_close(&s);
	return o;
}
