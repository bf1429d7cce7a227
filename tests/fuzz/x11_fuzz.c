/*
 * x11_fuzz.c: an X server that says anything.
 *
 * A thread is the server, at the other end of a socket, for libxcb itself.
 * What it answers comes from the input: a byte that says how, then what.  The
 * frames of its answers are sound, or the library would wait for more; but how
 * many values there are within it says as it likes, as it does of everything
 * in the very first answer.  Whatever comes is lived through, nothing is waited
 * for in vain, and the end of a start-up is told in words that can be read
 * back.
 *
 * More than 400 lines: the server and its client are of no use apart.
 */
#include <sys/socket.h>

#include <pthread.h>

/* No signal comes between: we wait for nobody. */
#define timer_settime(timer, flags, at, old) ((void)(timer), (void)(at))
#include "cli/windows/close.h"
#include "cli/windows/find_windows.h"
#include "cli/windows/focus.h"
#include "cli/windows/windows.h"
#include "cli/windows/x11.h"
#include "cli/windows/tree.h"
#include "cli/windows/x11.c"
#include "tests/fuzz/fuzz.h"

#ifdef __clang__
#define SERVER
#else
#define SERVER __attribute__((no_sanitize_coverage))
#endif

enum { /* the protocol's numbers */
	GET_ATTRIBUTES = 3,
	QUERY_TREE = 15,
	INTERN_ATOM = 16,
	GET_PROPERTY = 20,
	SEND_EVENT = 25,
	GET_FOCUS = 43,
	QUERY_EXTENSION = 98,
	XRES = 140
};

enum { /* how it answers */
	BY_ERROR = 0xff,
	EVENT_FIRST = 0xfe,
	HANG_UP = 0xfd,
	TOO_MANY = 0xfc
};

#define BASE 0x00200000u
#define MASK 0x001fffffu

static struct {
	int fd;
	const uint8_t *at, *end; /* what is left to say */
	uint16_t seq;
	uint32_t atoms;
	char told[8192]; /* by messages */
	size_t ntold;
} server;

SERVER static uint8_t
next(void)
{
	return server.at < server.end ? *server.at++ : 0;
}

SERVER static bool
all(void *p, size_t n)
{
	ssize_t k = 0;

	for (char *at = p; n; at += k, n -= (size_t)k) {
		k = recv(server.fd, at, n, MSG_WAITALL);
		if (k <= 0)
			return false;
	}
	return true;
}

SERVER static void
say(const void *p, size_t n)
{
	send(server.fd, p, n, MSG_NOSIGNAL);
}

/* Small numbers are found again, as windows, pids and the like. */
SERVER static uint32_t
word(void)
{
	uint8_t c = next();

	return c == 0xff ? UINT32_MAX
	    : c == 0xfe  ? (uint32_t)getpid()
	    : c == 0xfd  ? BASE
			 : c;
}

SERVER static void
event(void)
{
	uint8_t e[32] = {0};
	static const uint8_t types[] = {XCB_PROPERTY_NOTIFY, XCB_MAP_NOTIFY,
	    XCB_CLIENT_MESSAGE, XCB_DESTROY_NOTIFY};
	uint32_t w;

	e[0] = types[next() % 4];
	memcpy(e + 2, &server.seq, 2);
	for (int i = 4; i < 32; i += 4) {
		w = word();
		memcpy(e + i, &w, 4);
	}
	say(e, sizeof(e));
}

SERVER static void
answer(uint8_t op, uint8_t how)
{
	uint8_t r[32 + 4 * 64] = {1};
	uint32_t n = how % 16, more = how == TOO_MANY ? next() : 0, w, value;
	uint16_t n16;

	memcpy(r + 2, &server.seq, 2);
	w = 0;
	switch (op) {
	case GET_PROPERTY:
		r[1] = how == TOO_MANY ? 32 : (uint8_t)((how / 16 % 5) * 8);
		w = r[1] == 8 ? (n + 3) / 4 : n;
		for (uint32_t i = 0; i < n; i++) {
			value = r[1] == 8 ? next() : word();
			memcpy(r + 32 + i * (r[1] == 8 ? 1 : 4), &value, 4);
		}
		value = n * (r[1] == 16 ? 2 : 1) + more * more * more;
		memcpy(r + 16, &value, 4);
		break;
	case QUERY_TREE:
		w = n;
		value = word();
		memcpy(r + 12, &value, 4);
		n16 = (uint16_t)(n + more * more);
		memcpy(r + 16, &n16, 2);
		for (uint32_t i = 0; i < n; i++) {
			value = word();
			memcpy(r + 32 + 4 * i, &value, 4);
		}
		break;
	case XRES:
		w = n;
		value = n / 4 + more * more * more;
		memcpy(r + 8, &value, 4);
		for (uint32_t i = 0; i < n; i++) {
			value = word();
			memcpy(r + 32 + 4 * i, &value, 4);
		}
		break;
	case QUERY_EXTENSION:
		r[8] = how & 1;
		r[9] = XRES;
		break;
	case GET_ATTRIBUTES:
		w = how == TOO_MANY ? 0 : 3;
		r[12] = next() & 3;
		r[26] = next() & 3;
		r[27] = next() & 1;
		break;
	case INTERN_ATOM:
		value = server.atoms++ + 70;
		memcpy(r + 8, &value, 4);
		break;
	case GET_FOCUS:
		value = word();
		memcpy(r + 8, &value, 4);
		break;
	}
	memcpy(r + 4, &w, 4);
	say(r, 32 + 4 * w);
}

SERVER static bool
expects_answer(uint8_t op)
{
	return op == GET_PROPERTY || op == QUERY_TREE || op == XRES ||
	    op == QUERY_EXTENSION || op == GET_ATTRIBUTES ||
	    op == INTERN_ATOM || op == GET_FOCUS;
}

SERVER static void
serve(uint8_t op)
{
	uint8_t error[32] = {0, XCB_WINDOW}, how;
	bool atom = op == INTERN_ATOM;

	while (!atom && server.at < server.end && *server.at == EVENT_FIRST) {
		server.at++;
		event();
	}
	how = atom ? 0 : next();
	if (how == HANG_UP) {
		shutdown(server.fd, SHUT_RDWR);
	} else if (how == BY_ERROR) {
		memcpy(error + 2, &server.seq, 2);
		say(error, sizeof(error));
	} else {
		answer(op, how);
	}
}

SERVER static void *
server_run(void *unused)
{
	uint8_t head[4], rest[65536];
	uint16_t len;

	(void)unused;
	while (all(head, sizeof(head))) {
		memcpy(&len, head + 2, 2);
		if (!len || !all(rest, len * 4U - 4))
			break;
		server.seq++;
		if (head[0] == SEND_EVENT && rest[8] == XCB_CLIENT_MESSAGE &&
		    rest[9] == 8 && server.ntold + 20 < sizeof(server.told)) {
			memcpy(server.told + server.ntold, rest + 20, 20);
			server.ntold += 20;
		}
		if (expects_answer(head[0]))
			serve(head[0]);
	}
	shutdown(server.fd, SHUT_RDWR);
	return NULL;
}

static struct x11 *x;
static pthread_t thread;

/* The first answer, of one screen. */
static void
greet(void)
{
	uint8_t hello[12];
	struct {
		uint8_t status, pad;
		uint16_t major, minor, words;
	} head = {1, 0, 11, 0, (32 + 40) / 4};
	struct {
		uint32_t release, base, mask, buffer;
		uint16_t nvendor, longest;
		uint8_t roots, formats, order, bits, unit, pad, least, most;
		uint32_t unused;
	} setup = {.base = BASE,
	    .mask = MASK,
	    .longest = 65535,
	    .roots = 1,
	    .least = 8,
	    .most = 255};
	xcb_screen_t screen = {.root = 1};

	MUST(all(hello, sizeof(hello)));
	say(&head, sizeof(head));
	say(&setup, sizeof(setup));
	say(&screen, sizeof(screen));
}

static void *
greet_and_run(void *unused)
{
	greet();
	return server_run(unused);
}

static void
begin(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN); /* as main does */
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	memset(&server, 0, sizeof(server));
	server.fd = ends[1];
	MUST(pthread_create(&thread, NULL, greet_and_run, NULL) == 0);
	x = calloc(1, sizeof(*x));
	x->c = xcb_connect_to_fd(ends[0], NULL);
	MUST(!xcb_connection_has_error(x->c));
	x->root = screen_root(xcb_get_setup(x->c), 0);
	MUST(x->root == 1);
	ears_open(x);
	MUST(atoms_intern(x));
}

static void
end(void)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	xcb_disconnect(x->c);
	close(server.fd);
	free(x);
	x = NULL;
}

/* Who is how near: for the test no process at all. */
enum kin
tree_kin(const struct instance *i, pid_t pid, enum kin least)
{
	enum kin kin = (enum kin)(pid & 3);

	MUST(i && pid > 0);
	return kin >= least ? kin : KIN_NONE;
}

/* As a start-up notification is read. */
static void
startup(const char *id)
{
	const char *at = server.told, *end = at + server.ntold;
	static const char head[] = "remove: ID=\"";

	server.ntold = 0;
	x11_startup_complete(x, id);
	if (xcb_connection_has_error(x->c))
		return;
	end = server.told + server.ntold;
	MUST(memchr(at, '\0', (size_t)(end - at)));
	MUST(!strncmp(at, head, sizeof(head) - 1));
	for (at += sizeof(head) - 1; *id; id++, at++) {
		at += *at == '\\';
		MUST(*at == *id);
	}
	MUST(!strcmp(at, "\""));
}

/* The very first answer, as any server may give it. */
static void
setup_try(const uint8_t *data, size_t size)
{
	struct {
		uint8_t status, pad;
		uint16_t major, minor, words;
	} head = {1, 0, 11, 0, (uint16_t)(size / 4)};
	size_t n = sizeof(head) + size / 4 * 4;
	uint8_t *whole = malloc(n);
	xcb_window_t root;
	bool found = false;

	memcpy(whole, &head, sizeof(head));
	memcpy(whole + sizeof(head), data, size / 4 * 4);
	for (int number = 0; number < 3; number++) {
		root = screen_root((const xcb_setup_t *)(void *)whole, number);
		for (size_t i = 0; i + 4 <= n; i += 4)
			found |= !memcmp(whole + i, &root, 4);
		MUST(!root || found);
	}
	free(whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pid_t pid = 3;
	struct instance i = {.pids = &pid,
	    .npids = 1,
	    .mark = "/x",
	    .class = "c"};
	struct buf found;
	char id[64];

	if (!size)
		return 0;
	setup_try(data, size);
	if (!x)
		begin();
	server.at = data + 1;
	server.end = data + size;
	buf_init(&found, NULL, 0);
	switch (data[0] % 8) {
	case 0:
		x11_find(x, &i, KIN_NONE, &found);
		break;
	case 1:
		x11_raise(x, &i, (enum kin)(size % 4), 1);
		break;
	case 2:
		x11_raise_window(x, size, 1);
		break;
	case 3:
		x11_raise_process(x, pid, 2, 1);
		break;
	case 4:
		x11_ask_close(x, &i);
		break;
	case 5:
		x11_answers(x, 2, 1);
		break;
	case 6:
		x11_list(x, &found);
		break;
	case 7:
		memcpy(id, data + 1, size < sizeof(id) ? size - 1 : 63);
		id[size < sizeof(id) ? size - 1 : 63] = '\0';
		startup(id);
		break;
	}
	MUST(found.len % sizeof(xcb_window_t) == 0);
	buf_free(&found);
	x11_time(x);
	if (xcb_connection_has_error(x->c)) {
		end(); /* it may be reading the input still */
		return 0;
	}
	server.at = server.end;
	while (x11_event(x, 1))
		;
	server.ntold = 0;
	return 0;
}
