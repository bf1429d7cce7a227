/*
 * service.c: a D-Bus service.
 *
 * service KIND NAME [KIND NAME]...: owns the names, says so in $GUEST_LOG, and
 * writes one line for each call there, with "may start" if the call has the
 * auto-start flag.  KIND: application; refuses, an application that answers
 * with an error; bare, no application; notes, a notification server; markup,
 * one that supports markup in bodies.
 */
#include <systemd/sd-bus.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *out;

static void __attribute__((format(printf, 1, 2)))
note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(out, format, ap);
	va_end(ap);
}

static void
check(int n, const char *what)
{
	if (n >= 0)
		return;
	fprintf(stderr, "service: %s: %s\n", what, strerror(-n));
	exit(1);
}

static void
strings_note(sd_bus_message *m)
{
	const char *s;

	check(sd_bus_message_enter_container(m, 'a', "s"), "as");
	while (sd_bus_message_read(m, "s", &s) > 0)
		note(" <%s>", s);
	sd_bus_message_exit_container(m);
}

static void
platform_note(sd_bus_message *m)
{
	const char *name, *value;

	check(sd_bus_message_enter_container(m, 'a', "{sv}"), "a{sv}");
	while (sd_bus_message_read(m, "{sv}", &name, "s", &value) > 0)
		note(" %s=%s", name, value);
	note("\n");
	fflush(out);
}

static int
on_application(sd_bus_message *m, void *kind, sd_bus_error *error)
{
	note("%s %s", sd_bus_message_get_destination(m),
	    sd_bus_message_get_member(m));
	if (sd_bus_message_get_auto_start(m))
		note(" may start");
	if (sd_bus_message_is_method_call(m, NULL, "Open"))
		strings_note(m);
	platform_note(m);
	if (strcmp(kind, "refuses") == 0)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED,
		    "no");
	return sd_bus_reply_method_return(m, "");
}

static int
on_capabilities(sd_bus_message *m, void *kind, sd_bus_error *error)
{
	(void)error;
	return strcmp(kind, "markup") == 0 ?
	    sd_bus_reply_method_return(m, "as", 2, "body", "body-markup") :
	    sd_bus_reply_method_return(m, "as", 1, "body");
}

static int
on_notify(sd_bus_message *m, void *kind, sd_bus_error *error)
{
	const char *app, *icon, *title, *body;
	unsigned id;

	(void)kind, (void)error;
	check(sd_bus_message_read(m, "susss", &app, &id, &icon, &title, &body),
	    "Notify");
	note("Notify %s %u <%s> <%s> <%s>\n", app, id, icon, title, body);
	fflush(out);
	return sd_bus_reply_method_return(m, "u", 1);
}

static const sd_bus_vtable application[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Activate", "a{sv}", "", on_application, 0),
	SD_BUS_METHOD("Open", "asa{sv}", "", on_application, 0),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable notes[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("GetCapabilities", "", "as", on_capabilities, 0),
	SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", on_notify, 0),
	SD_BUS_VTABLE_END,
};

static void
serve(sd_bus *bus, char *kind, const char *name)
{
	char path[256] = "/", *at = path + 1;

	for (const char *s = name; *s; s++)
		*at++ = *s == '.' ? '/' : *s == '-' ? '_' : *s;
	if (strcmp(kind, "notes") == 0 || strcmp(kind, "markup") == 0)
		check(sd_bus_add_object_vtable(bus, NULL, path, name, notes,
		    kind), path);
	else if (strcmp(kind, "bare") != 0)
		check(sd_bus_add_object_vtable(bus, NULL, path,
		    "org.freedesktop.Application", application, kind), path);
	check(sd_bus_request_name(bus, name, 0), name);
}

int
main(int argc, char *argv[])
{
	sd_bus *bus;
	int n;

	out = fopen(getenv("GUEST_LOG"), "a");
	if (!out)
		return 1;
	check(sd_bus_open_user(&bus), "bus");
	for (int k = 1; k + 1 < argc; k += 2)
		serve(bus, argv[k], argv[k + 1]);
	note("%d main\n", getpid());
	fflush(out);
	for (;;) {
		check(n = sd_bus_process(bus, NULL), "process");
		if (!n)
			check(sd_bus_wait(bus, UINT64_MAX), "wait");
	}
}
