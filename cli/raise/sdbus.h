/*
 * sdbus.h: the session bus, through libsystemd, loaded when there is a bus:
 * onlyone-raise works without it.
 */
#ifndef SDBUS_H
#define SDBUS_H

#include <systemd/sd-bus.h>

#include <stdbool.h>

/* The bus itself, on the bus. */
#define SDBUS "org.freedesktop.DBus"
#define SDBUS_PATH "/org/freedesktop/DBus"

/* Every function of libsystemd that we call, by its name less "sd_bus_". */
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
	long long deadline; /* of all that is done with it (clock_now) */
};

/* Connect to the session bus.  0 or -1: none, it does not answer by the
 * deadline, or libsystemd is missing. */
int sdbus_open(struct sdbus *s, long long deadline);
void sdbus_close(struct sdbus *s);

/* An empty call of a method; nothing is started for it unless start.  NULL:
 * no memory, or a word that no message may have. */
sd_bus_message *sdbus_message(struct sdbus *s, const char *name,
    const char *path, const char *interface, const char *member, bool start);

/* Call, and give the message back.  Its answer, for message_unref, or NULL:
 * error, for error_free, is set if the other side says so. */
sd_bus_message *sdbus_call(struct sdbus *s, sd_bus_message *m,
    sd_bus_error *error);

/* The next message that comes, for message_unref; NULL: there was something
 * else to do.  0; -1: time is up, or the bus is gone. */
int sdbus_next(struct sdbus *s, sd_bus_message **m);

/* The process that owns a name; 0: nobody does, or no answer. */
pid_t sdbus_pid(struct sdbus *s, const char *name);

/* The same, and, for free, the name that it alone has
 * (NULL). */
pid_t sdbus_owner(struct sdbus *s, const char *name, char **unique);

#endif
