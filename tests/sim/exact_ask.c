/*
 * exact_ask.c: a script sends frames to the keeper of the slot of nap, and prints what
 * it answers.
 *
 * "ask TYPE NAME=VALUE ..." connects, and sends one; slot= is put in front, unless the
 * first one is that.  "say TYPE ..." sends on the same connection, "bytes TEXT" connects
 * and sends these, %HH for one of them, and "hear" does not send.  What comes then, for
 * half a second, is printed: a frame is a line.  "closed": the keeper has hung up.
 * Connections stay open until the script ends.
 */
#include <sys/un.h>

#include <poll.h>
#include <stdlib.h>

#include "cli/core/wire/frame.h"
#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL

static int asked = -1; /* a descriptor of the script: its connection */

static void
keeper_connect(struct inode *slot)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int n;

	inode_path(slot, sun.sun_path, sizeof(sun.sun_path));
	n = (int)strlen(sun.sun_path);
	snprintf(sun.sun_path + n, sizeof(sun.sun_path) - (size_t)n, "/sock");
	asked = sim_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sim_connect(asked, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		unknown("a script asks at %s", sun.sun_path);
}

/* A frame of this type, with these fields. */
static void
frame_send(const char *type, const char *hash, char **fields)
{
	enum { MOST = 2048 };
	char *frame = kalloc(MOST), *at = frame + FRAME_HEAD;
	uint16_t words[2] = { FRAME_VERSION, (uint16_t)frame_named(type) };
	uint32_t n;

	if (!*fields || strncmp(*fields, "slot=", 5))
		at += sprintf(at, "slot=%s", hash) + 1;
	for (; *fields; fields++) {
		known(at + strlen(*fields) < frame + MOST);
		at = stpcpy(at, *fields) + 1;
	}
	n = (uint32_t)(at - frame - FRAME_HEAD);
	memcpy(frame, "1one", 4);
	memcpy(frame + 4, words, sizeof(words));
	memcpy(frame + 8, &n, sizeof(n));
	sim_send(asked, frame, (size_t)(at - frame), MSG_NOSIGNAL);
}

static void
bytes_send(const char *text)
{
	char *bytes = kalloc(strlen(text) + 1), digits[3] = "";
	size_t n = 0;

	for (; *text; text++) {
		bytes[n] = *text;
		if (*text == '%') {
			memcpy(digits, text + 1, 2);
			bytes[n] = (char)strtol(digits, NULL, 16);
			text += 2;
		}
		n++;
	}
	sim_send(asked, bytes, n, MSG_NOSIGNAL);
}

/* A field; "*" stands for what no two runs have in common. */
static void
field_print(const char *field)
{
	static const char *const differ[] = { "pid=", "keeper=", "pidns=", "since=",
		"used=", "at=", "by=", "digest=", NULL };
	char text[64];

	for (int i = 0; differ[i]; i++) {
		if (!strncmp(field, differ[i], strlen(differ[i]))) {
			snprintf(text, sizeof(text), "%s*", differ[i]);
			field = text;
		}
	}
	exact_adds(field);
}

/* Print the whole frames; how many bytes these are. */
static size_t
frames_print(const char *at, size_t n)
{
	const char *from = at, *field;
	size_t size;
	uint16_t type;

	for (; (size = frame_at(at, n)); at += size, n -= size) {
		memcpy(&type, at + 6, sizeof(type));
		exact_adds(frame_name(type));
		for (field = at + FRAME_HEAD; field < at + size;
		    field += strlen(field) + 1) {
			exact_adds(field > at + FRAME_HEAD ? "; " : " ");
			field_print(field);
		}
		exact_adds("\n");
	}
	return (size_t)(at - from);
}

static void
replies_print(void)
{
	enum { WAIT_MS = 500, MOST = 1 << 14 };
	char *bytes = kalloc(MOST);
	struct pollfd p = { asked, POLLIN, 0 };
	size_t n = 0, whole;
	ssize_t r = 1;

	while (r > 0 && sim_poll(&p, 1, WAIT_MS) > 0) {
		known(n < MOST);
		r = sim_recv(asked, bytes + n, MOST - n, 0);
		n += r > 0 ? (size_t)r : 0;
		whole = frames_print(bytes, n);
		n -= whole;
		memmove(bytes, bytes + whole, n);
	}
	if (r <= 0)
		exact_adds("closed\n");
}

bool
exact_asks(char **w, struct entry *slot(void))
{
	bool is = true;

	if (!strcmp(*w, "ask") || !strcmp(*w, "bytes"))
		keeper_connect(slot()->inode);
	if (!strcmp(*w, "ask") || !strcmp(*w, "say"))
		frame_send(w[1], strrchr(slot()->name, '-') + 1, w + 2);
	else if (!strcmp(*w, "bytes"))
		bytes_send(w[1]);
	else
		is = !strcmp(*w, "hear");
	if (is)
		replies_print();
	return is;
}
