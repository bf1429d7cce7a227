/*
 * bus_fuzz.c: a session bus that says anything.
 *
 * A thread is the bus, for libsystemd itself.  It lets us in; what it answers
 * to each call then comes from the input: a byte that says what kind it is, and
 * what is in it.  Whatever comes is lived through, and no process is looked at
 * that is none.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/windows/windows.h"
#include "tests/fuzz/fuzz.h"

#ifdef __clang__
#define SERVER
#else
#define SERVER __attribute__((no_sanitize_coverage))
#endif

enum { DEADLINE_MS = 10000 };

enum { EMPTY, NAMES, NUMBER, STRING, ERROR, RAW, HANG_UP, KINDS };

/* What it has to say is the input of when it was called: it may be at it still
 * when nobody listens any more. */
static struct {
	int listen, fd;
	const uint8_t *at, *end; /* what is left to say */
	uint8_t said[SEED_MAX];
} server;
static struct {
	uint8_t at[SEED_MAX];
	size_t n;
} input;

SERVER static uint8_t
next(void)
{
	return server.at < server.end ? *server.at++ : 0;
}

SERVER static bool
all(void *p, size_t n)
{
	return recv(server.fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

/* A message that is put together. */
struct message {
	uint8_t at[4096];
	size_t n;
};

SERVER static void
align(struct message *m, size_t to)
{
	while (m->n % to)
		m->at[m->n++] = 0;
}

SERVER static void
add(struct message *m, const void *p, size_t n)
{
	memcpy(m->at + m->n, p, n);
	m->n += n;
}

SERVER static void
number(struct message *m, uint32_t n)
{
	align(m, 4);
	add(m, &n, 4);
}

SERVER static void
string(struct message *m, const char *s, size_t n)
{
	number(m, (uint32_t)n);
	add(m, s, n);
	add(m, "", 1);
}

/* A string of the input's, of what names are made of, and other things. */
SERVER static void
word(struct message *m)
{
	static const char of[] = ".ab-:_1\0\n\xc3\xbc/&<\xff";
	size_t n = next() % 48;
	char s[48];

	for (size_t i = 0; i < n; i++)
		s[i] = of[next() % (sizeof(of) - 1)];
	string(m, s, n);
}

SERVER static void
field(struct message *m, uint8_t code, const char *type)
{
	uint8_t n = (uint8_t)strlen(type);

	align(m, 8);
	add(m, &code, 1);
	add(m, &n, 1);
	add(m, type, n + 1U);
}

SERVER static void
signature(struct message *m, const char *s)
{
	uint8_t n = (uint8_t)strlen(s);

	field(m, 8, "g");
	add(m, &n, 1);
	add(m, s, n + 1U);
}

/* What is in it; its signature. */
SERVER static const char *
body(struct message *b, uint8_t kind, char raw[32])
{
	static const char *const names[] = {"org.a.b", "org.a-b.c", ":1.7",
	    "org.freedesktop.DBus", "a.b", "body-markup"};
	uint32_t size, n;
	const char *name;

	switch (kind) {
	case NAMES:
		number(b, 0);
		for (n = next() % 80; n && b->n < 3000; n--) {
			name = names[next() % 6];
			align(b, 4);
			if (next() & 1)
				string(b, name, strlen(name));
			else
				word(b);
		}
		size = (uint32_t)b->n - 4;
		memcpy(b->at, &size, 4);
		return "as";
	case NUMBER:
		n = next();
		number(b, n == 0xff ? 0x80000001 : n);
		return "u";
	case STRING:
		word(b);
		return "s";
	case RAW:
		n = next() % 31;
		for (uint32_t i = 0; i < n; i++)
			raw[i] = "asuv{}()yb\0gotxdhi"[next() % 18];
		raw[n] = '\0';
		for (n = next(); n; n--)
			b->at[b->n++] = next();
		return raw;
	default:
		return "";
	}
}

SERVER static void
answer(uint32_t serial, uint8_t kind)
{
	static const char *const errors[] = {
	    "org.freedesktop.DBus.Error.UnknownMethod",
	    "org.freedesktop.DBus.Error.ServiceUnknown",
	    "org.freedesktop.DBus.Error.NameHasNoOwner", "a.b"};
	struct message b = {.n = 0}, m = {.n = 0};
	uint8_t head[4] = {'l', kind == ERROR ? 3 : 2, 1, 1};
	char raw[32];
	const char *sig = body(&b, kind, raw), *error;
	uint32_t size;

	add(&m, head, 4);
	number(&m, (uint32_t)b.n);
	number(&m, 77);
	number(&m, 0);
	field(&m, 5, "u");
	number(&m, serial);
	if (kind == ERROR) {
		error = errors[next() % 4];
		field(&m, 4, "s");
		string(&m, error, strlen(error));
	}
	if (*sig)
		signature(&m, sig);
	size = (uint32_t)m.n - 16;
	memcpy(m.at + 12, &size, 4);
	align(&m, 8);
	send(server.fd, m.at, m.n, MSG_NOSIGNAL);
	send(server.fd, b.at, b.n, MSG_NOSIGNAL);
}

/* Until the line that ends it. */
SERVER static bool
let_in(void)
{
	static const char in[] =
	    "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
	char line[256];
	size_t n = 0;

	while (n < sizeof(line) && all(line + n, 1)) {
		if (line[n++] != '\n')
			continue;
		if (n >= 7 && !memcmp(line + n - 7, "BEGIN\r\n", 7)) {
			send(server.fd, in, sizeof(in) - 1, MSG_NOSIGNAL);
			return true;
		}
		n = 0;
	}
	return false;
}

SERVER static void
serve(void)
{
	static uint8_t rest[1 << 20];
	struct message hello = {.n = 0};
	struct {
		uint8_t endian, type, flags, version;
		uint32_t body, serial, fields;
	} head;
	bool first = true;
	size_t n;
	uint8_t kind;

	while (all(&head, sizeof(head))) {
		n = ((head.fields + 7U) & ~7U) + head.body;
		if (n > sizeof(rest) || !all(rest, n))
			return;
		if (first) { /* Hello */
			add(&hello, "l\2\1\1", 4);
			number(&hello, 9);
			number(&hello, 1);
			number(&hello, 15);
			field(&hello, 5, "u");
			number(&hello, head.serial);
			signature(&hello, "s");
			align(&hello, 8);
			string(&hello, ":1.9", 4);
			send(server.fd, hello.at, hello.n, MSG_NOSIGNAL);
			first = false;
			continue;
		}
		if (head.flags & 1) /* wants none */
			continue;
		kind = next() % KINDS;
		if (kind == HANG_UP)
			return;
		answer(head.serial, kind);
		/* What is not valid is dropped, and would be waited for. */
		if (kind == RAW)
			answer(head.serial, ERROR);
	}
}

SERVER static void *
server_run(void *unused)
{
	while ((server.fd = accept(server.listen, NULL, NULL)) >= 0) {
		memcpy(server.said, input.at, input.n);
		server.at = server.said;
		server.end = server.said + input.n;
		if (let_in())
			serve();
		close(server.fd);
	}
	return unused;
}

static void
begin(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char address[128];
	pthread_t thread;
	int n;

	n = snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "onlyone-bus-fuzz-%d", (int)getpid());
	server.listen = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(bind(server.listen, (struct sockaddr *)&sun,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		     (size_t)n)) == 0);
	MUST(listen(server.listen, 8) == 0);
	snprintf(address, sizeof(address), "unix:abstract=%s",
	    sun.sun_path + 1);
	setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
	MUST(pthread_create(&thread, NULL, server_run, NULL) == 0);
}

/* Who is how near: for the test no process at all. */
enum kin
tree_kin(const struct instance *i, pid_t pid, enum kin least)
{
	enum kin kin = (enum kin)(pid & 3);

	MUST(i && pid > 0);
	return kin >= least ? kin : KIN_NONE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct instance i = {.mark = "/x"};
	char words[64], *files[] = {words, NULL}, *none[] = {NULL};
	long long deadline = clock_now() + DEADLINE_MS;
	size_t n;

	if (!size || size > sizeof(input.at))
		return 0;
	if (!server.listen)
		begin();
	n = size - 1 < sizeof(words) ? size - 1 : sizeof(words) - 1;
	memcpy(words, data + 1, n);
	words[n] = '\0';
	input.n = size - 1;
	memcpy(input.at, data + 1, input.n);
	switch (data[0] % 3) {
	case 0:
		bus_activate(&i, none, "token", deadline);
		break;
	case 1:
		bus_activate(&i, files, words, deadline);
		break;
	case 2:
		bus_notify("onlyone", words, deadline);
		break;
	}
	MUST(clock_now() < deadline);
	return 0;
}
