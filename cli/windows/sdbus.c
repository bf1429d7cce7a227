/*
 * sdbus.c: the session bus, through libsystemd.
 *
 * The bus may be stopped, and so may the program that we call.  The library's
 * own limits are 25 seconds for each, so we wait for the connection ourselves,
 * and give each call what is left of our time.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/windows/sdbus.h"
#include "cli/base/text.h"

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

/* Load libsystemd.  It stays loaded: we end soon.  0 or -1. */
static int
library_load(struct sdbus *s)
{
	void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	void *at;

	if (!library)
		return -1;
#define LOAD(name) \
	if (!(at = dlsym(library, "sd_bus_" #name))) \
		return -1; \
	memcpy(&s->name, &at, sizeof(at));
	SDBUS_CALLS(LOAD)
#undef LOAD
	return 0;
}

/* The time left; never 0, which would mean the library's own limit. */
static uint64_t
microseconds_left(const struct sdbus *s)
{
	int ms = clock_left(s->deadline);

	return ms ? (uint64_t)ms * 1000 : 1;
}

/* Wait until the bus has let us in.  0 or -1. */
static int
bus_wait(struct sdbus *s)
{
	int n;

	while ((n = s->is_ready(s->bus)) == 0) {
		if (clock_now() >= s->deadline)
			return -1;
		if ((n = s->process(s->bus, NULL)) == 0)
			n = s->wait(s->bus, microseconds_left(s));
		if (n < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

int
sdbus_open(struct sdbus *s, long long deadline)
{
	s->bus = NULL;
	s->deadline = deadline;
	if (!bus_exists() || library_load(s) < 0 || s->open_user(&s->bus) < 0)
		return -1;
	if (bus_wait(s) == 0)
		return 0;
	sdbus_close(s);
	return -1;
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

/* Ask the bus itself about a name.  Its answer, for message_unref; NULL. */
static sd_bus_message *
bus_ask(struct sdbus *s, const char *member, const char *name)
{
	sd_bus_message *m = sdbus_message(s, SDBUS, SDBUS_PATH, SDBUS, member,
	    false);

	if (m && s->message_append(m, "s", name) < 0) {
		s->message_unref(m);
		return NULL;
	}
	return sdbus_call(s, m, NULL);
}

pid_t
sdbus_pid(struct sdbus *s, const char *name)
{
	sd_bus_message *m = bus_ask(s, "GetConnectionUnixProcessID", name);
	uint32_t pid = 0;

	if (m && (s->message_read(m, "u", &pid) < 0 || pid > INT_MAX))
		pid = 0;
	s->message_unref(m);
	return (pid_t)pid;
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
