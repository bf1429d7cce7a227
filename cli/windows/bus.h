/*
 * bus.h: the session bus, through libsystemd, loaded when there is a bus:
 * onlyone-raise works without it.
 */
#ifndef RAISE_BUS_H
#define RAISE_BUS_H

#include <systemd/sd-bus.h>

#include <stdbool.h>

#include "cli/windows/windows.h"

/* Activate org.freedesktop.Application of the instance, or have it open files
 * (names relative to our directory, or URIs), with a token (NULL: none).
 * RAISED: it accepted the call; NO_WINDOW: it is not on the bus; NO_DISPLAY: no
 * bus; ASKED: it did not answer, or refused. */
enum outcome bus_activate(const struct instance *i, char *const files[],
    const char *token, long long deadline);

/* Whether a process of the instance owns a name on the bus, to call it by. */
bool bus_has(const struct instance *i, long long deadline);

/* Show a desktop notification.  RAISED or NO_DISPLAY. */
enum outcome bus_notify(const char *title, const char *text,
    long long deadline);

/* The name and object path of the bus itself. */
#define SDBUS "org.freedesktop.DBus"
#define SDBUS_PATH "/org/freedesktop/DBus"

/* Every function of libsystemd that we call, without the prefix "sd_bus_". */
#define SDBUS_CALLS(X) \
	X(open_user) X(close) X(unref) X(process) X(wait) X(is_ready) \
	X(call) X(error_free) X(error_has_name) X(message_unref) \
	X(message_new_method_call) X(message_set_auto_start) \
	X(message_append) X(message_open_container) \
	X(message_close_container) X(message_read) \
	X(message_enter_container) X(get_unique_name) \
	X(message_get_sender) X(message_is_method_call) \
	X(reply_method_return)

#define SDBUS_MEMBER(name) __typeof__(sd_bus_##name) *name;

struct sdbus {
	SDBUS_CALLS(SDBUS_MEMBER)
	sd_bus *bus;
	long long deadline; /* of all calls over it (clock_now) */
};

/* Connect to the session bus.  0; -1: there is none, it does not answer by the
 * deadline, or libsystemd is missing. */
int sdbus_open(struct sdbus *s, long long deadline);
void sdbus_close(struct sdbus *s);

/* Make a method call without arguments; the bus starts a service for it only if
 * start.  NULL: no memory, or an invalid name, path or member. */
sd_bus_message *sdbus_message(struct sdbus *s, const char *name,
    const char *path, const char *interface, const char *member, bool start);

/* Send call m (may be NULL), and unref it.  The answer, for message_unref, or
 * NULL; if the other side sent an error, that is in error, for error_free. */
sd_bus_message *sdbus_call(struct sdbus *s, sd_bus_message *m,
    sd_bus_error *error);

/* Wait for the next message; *m, for message_unref, may be NULL: call again.
 * 0; -1: time is up, or the bus is gone. */
int sdbus_next(struct sdbus *s, sd_bus_message **m);

/* The process that owns a name (0: none does, or no answer), and its unique
 * name, for free(3); NULL: none. */
pid_t sdbus_owner(struct sdbus *s, const char *name, char **unique);

#endif
