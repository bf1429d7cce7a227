/*
 * reader.c: a program's windows, by what it writes to its compositor.
 *
 * What is said is composed request by request.  Every story is told whole, and
 * in pieces of each size from one byte up: it must come out the same.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/tap.h"

#include "preload/window/reader.c"

/* Numbers that a program might give. */
enum {
	REG = 2,
	COMPOSITOR = 4,
	BASE = 5,
	ACTIVE = 6,
	SURF = 7,
	XDG = 8,
	TOP = 9,
	BUFFER = 10,
	SURF2 = 11,
	XDG2 = 12,
	TOP2 = 13
};

static uint8_t said[1 << 17];
static size_t len;
static struct reader r;

static void
put(const void *p, size_t n)
{
	memcpy(said + len, p, n);
	len += n;
}

static void
word(uint32_t n)
{
	put(&n, sizeof(n));
}

/* A request whose arguments are words. */
static void
say(uint32_t id, uint32_t opcode, size_t n, uint32_t a, uint32_t b)
{
	word(id);
	word((uint32_t)(8 + 4 * n) << 16 | opcode);
	if (n > 0)
		word(a);
	if (n > 1)
		word(b);
}

#define SAY0(id, opcode) say(id, opcode, 0, 0, 0)
#define SAY1(id, opcode, a) say(id, opcode, 1, a, 0)
#define SAY2(id, opcode, a, b) say(id, opcode, 2, a, b)

static void
string(const char *s)
{
	size_t n = strlen(s) + 1;

	word((uint32_t)n);
	put(s, n);
	while (len % 4)
		said[len++] = 'x'; /* nobody need clear it */
}

static void
say_text(uint32_t id, uint32_t opcode, const char *s)
{
	size_t n = (strlen(s) + 4) & ~(size_t)3;

	word(id);
	word((uint32_t)(12 + n) << 16 | opcode);
	string(s);
}

static void
say_bind(const char *interface, uint32_t id)
{
	size_t n = (strlen(interface) + 4) & ~(size_t)3;

	word(REG);
	word((uint32_t)(24 + n) << 16 | REGISTRY_BIND);
	word(17);
	string(interface);
	word(3);
	word(id);
}

static void
say_begin(void)
{
	len = 0;
	SAY1(DISPLAY, DISPLAY_GET_REGISTRY, REG);
	SAY1(DISPLAY, 0, 3);
	say_bind("wl_compositor", COMPOSITOR);
	say_bind("xdg_wm_base", BASE);
}

static void
say_window(uint32_t surf, uint32_t xdg, uint32_t top)
{
	SAY1(COMPOSITOR, 0, surf);
	SAY2(BASE, SHELL_GET_XDG_SURFACE, xdg, surf);
	SAY1(xdg, XDG_SURFACE_GET_TOPLEVEL, top);
	SAY0(surf, SURFACE_COMMIT);
}

static void
say_attach(uint32_t surf, uint32_t buffer)
{
	word(surf);
	word(20u << 16 | SURFACE_ATTACH);
	word(buffer);
	word(0);
	word(0);
	SAY0(surf, SURFACE_COMMIT);
}

static void
say_shown(uint32_t surf, uint32_t xdg)
{
	SAY1(xdg, XDG_SURFACE_ACK_CONFIGURE, 77);
	say_attach(surf, BUFFER);
}

static void
say_gone(uint32_t surf, uint32_t xdg, uint32_t top)
{
	SAY0(top, DESTROY);
	SAY0(xdg, DESTROY);
	SAY0(surf, DESTROY);
}

/* A beginning, and a window that is shown. */
static void
say_one(void)
{
	say_begin();
	say_window(SURF, XDG, TOP);
	say_shown(SURF, XDG);
}

/* What is known of it: in few words. */
static const char *
known(void)
{
	static char text[2 * WINDOW_TEXT + 100];
	uint32_t shown;
	const struct window *w = reader_window(&r, &shown);

	snprintf(text, sizeof(text), "%u %u %u%s%s %s/%s", shown,
	    w ? w->surface : 0, r.objects.activation, r.lost ? " lost" : "",
	    reader_between(&r) ? "" : " part", w ? w->app_id : "",
	    w ? w->title : "");
	return text;
}

static void
hear(size_t piece)
{
	memset(&r, 0, sizeof(r));
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < piece ? len - at : piece;
		reader_feed(&r, said + at, n);
	}
}

static void
told(const char *want, const char *what)
{
	size_t piece;

	for (piece = 1; piece <= len; piece += 1 + piece / 64) {
		hear(piece);
		if (strcmp(known(), want))
			break;
	}
	hear(piece <= len ? piece : len);
	is(known(), want, "%s", what);
}

static void
stories(void)
{
	say_begin();
	say_window(SURF, XDG, TOP);
	say_text(TOP, TOPLEVEL_SET_TITLE, "one");
	say_text(TOP, TOPLEVEL_SET_APP_ID, "org.a");
	told("0 0 0 /", "a window that is not configured yet");
	SAY1(XDG, XDG_SURFACE_ACK_CONFIGURE, 1);
	SAY0(SURF, SURFACE_COMMIT);
	told("0 0 0 /", "one that has no picture yet");
	say_attach(SURF, BUFFER);
	told("1 7 0 org.a/one", "one that is shown");
	say_bind("xdg_activation_v1", ACTIVE);
	told("1 7 6 org.a/one", "and activation is bound");
	say_text(TOP, TOPLEVEL_SET_TITLE, "");
	told("1 7 6 org.a/", "a title that is taken back");
	say_text(TOP, TOPLEVEL_SET_TITLE, "two");
	SAY0(ACTIVE, DESTROY);
	told("1 7 0 org.a/two", "activation is destroyed");
	say_attach(SURF, 0);
	told("0 0 0 /", "nothing attached: it is hidden");
	say_attach(SURF, BUFFER);
	told("0 0 0 /", "a picture alone does not show it again");
	say_shown(SURF, XDG);
	told("1 7 0 org.a/two", "shown again, with its names");
	SAY0(TOP, DESTROY);
	told("0 0 0 /", "the toplevel is destroyed");
	SAY1(XDG, XDG_SURFACE_GET_TOPLEVEL, TOP);
	say_shown(SURF, XDG);
	told("1 7 0 org.a/two", "and made anew");
	SAY0(SURF, DESTROY);
	told("0 0 0 /", "the surface is destroyed before the rest");
}

static void
which(void)
{
	say_begin();
	say_window(SURF, XDG, TOP);
	say_window(SURF2, XDG2, TOP2);
	say_shown(SURF, XDG);
	say_shown(SURF2, XDG2);
	told("2 11 0 /", "of two windows the one shown last");
	SAY1(XDG, XDG_SURFACE_ACK_CONFIGURE, 78);
	told("2 7 0 /", "or the one configured last");
	say_attach(SURF2, BUFFER);
	told("2 7 0 /", "drawing is not using");
	say_gone(SURF, XDG, TOP);
	told("1 11 0 /", "when it is gone, the other");

	/* A popup is no window, nor does it make its parent one. */
	say_begin();
	SAY1(COMPOSITOR, 0, SURF);
	SAY2(BASE, SHELL_GET_XDG_SURFACE, XDG, SURF);
	word(XDG);
	word(20u << 16 | 2);
	word(TOP);
	word(XDG2);
	word(15);
	say_shown(SURF, XDG);
	told("0 0 0 /", "a popup is no window");
}

/* How many there are, and are to close. */
static void
counted(const char *want, const char *what)
{
	char text[100];
	uint32_t shown;
	struct tally t;

	reader_window(&r, &shown);
	reader_tally(&r, &t);
	snprintf(text, sizeof(text), "%u %u %u", shown, t.children, t.wanted);
	is(text, want, "%s", what);
}

static void
more(size_t from)
{
	reader_feed(&r, said + from, len - from);
}

static void
closing(void)
{
	size_t from;

	say_one();
	say_window(SURF2, XDG2, TOP2);
	SAY1(TOP2, TOPLEVEL_SET_PARENT, TOP);
	hear(len);
	counted("1 0 0", "a dialog that is not shown yet");
	from = len;
	say_shown(SURF2, XDG2);
	more(from);
	counted("2 1 0", "one that is");
	ok(reader_want(&r, false) == 1, "it is not to be closed");
	counted("2 1 1", "the other one is");
	ok(reader_close(&r) == TOP && !reader_close(&r), "once");
	counted("2 1 0", "then none is");
	from = len;
	SAY1(TOP2, TOPLEVEL_SET_PARENT, 0);
	more(from);
	counted("2 0 0", "a dialog no more");
	ok(reader_want(&r, false) == 2, "both are to be closed");
	from = len;
	SAY0(TOP, DESTROY);
	more(from);
	ok(reader_close(&r) == TOP2 && !reader_close(&r),
	    "what is gone is not asked");
	counted("1 0 0", "and nothing was");
	from = len;
	SAY1(TOP2, TOPLEVEL_SET_PARENT, 99);
	more(from);
	ok(reader_want(&r, false) == 0 && reader_want(&r, true) == 1,
	    "of dialogs alone, these");
	from = len;
	SAY0(TOP2, DESTROY);
	SAY0(XDG2, DESTROY);
	say_window(SURF2, XDG2, TOP2);
	say_shown(SURF2, XDG2);
	more(from);
	counted("1 0 0", "numbers that come again are another window's");
	ok(!reader_close(&r), "which nobody closes");
	from = len;
	word(0);
	word(0);
	more(from);
	reader_want(&r, true);
	counted("0 0 0", "nothing is known of one that is lost");
	ok(!reader_close(&r), "nor done");
}

static void
numbers_again(void)
{
	/* The wl_surface's number comes to a window of other names. */
	say_begin();
	say_bind("xdg_activation_v1", ACTIVE);
	say_window(SURF, XDG, TOP);
	say_shown(SURF, XDG);
	say_gone(SURF, XDG, TOP);
	say_window(TOP, SURF, XDG);
	say_text(XDG, TOPLEVEL_SET_TITLE, "again");
	say_shown(TOP, SURF);
	told("1 9 6 /again", "numbers that come again mean the new objects");

	/* To something that is not followed: its requests are not ours. */
	SAY0(ACTIVE, DESTROY);
	say_bind("wl_seat", ACTIVE);
	SAY1(ACTIVE, 0, 3);
	told("1 9 0 /again", "what had our number is another's");

	/* A thousand times. */
	say_begin();
	for (int i = 0; i < 1000; i++) {
		say_window(SURF, XDG, TOP);
		say_shown(SURF, XDG);
		say_gone(SURF, XDG, TOP);
	}
	hear(len);
	is(known(), "0 0 0 /", "a thousand windows, one by one");
	say_begin();
	for (uint32_t i = 0; i < 100; i++) {
		say_window(100 + i, 300 + i, 500 + i);
		say_shown(100 + i, 300 + i);
	}
	hear(len);
	is(known(), "32 131 0 /", "more than there is room for");
	for (uint32_t i = 0; i < 100; i++)
		say_gone(100 + i, 300 + i, 500 + i);
	say_window(SURF, XDG, TOP);
	say_shown(SURF, XDG);
	hear(len);
	is(known(), "1 7 0 /", "and room again");
}

static void
protocols(void)
{
	static char body[40000];

	/* Each version numbers these requests alike; and so does the elder
	 * shell. */
	len = 0;
	SAY1(DISPLAY, DISPLAY_GET_REGISTRY, REG);
	say_bind("zxdg_shell_v6", BASE);
	say_window(SURF, XDG, TOP);
	say_shown(SURF, XDG);
	told("1 7 0 /", "the shell before xdg-shell was stable");

	say_begin();
	say_bind("xdg_wm_bas", 20);
	say_bind("xdg_wm_base2", 21);
	SAY2(20, SHELL_GET_XDG_SURFACE, XDG, SURF);
	SAY2(21, SHELL_GET_XDG_SURFACE, XDG, SURF);
	SAY1(XDG, XDG_SURFACE_GET_TOPLEVEL, TOP);
	say_shown(SURF, XDG);
	told("0 0 0 /", "an interface of nearly the name");

	/* Of several registries each binds. */
	say_begin();
	SAY1(DISPLAY, DISPLAY_GET_REGISTRY, 30);
	word(30);
	word((24u + 20) << 16 | REGISTRY_BIND);
	word(1);
	string("xdg_activation_v1");
	word(1);
	word(31);
	told("0 0 31 /", "bound on a second registry");
	say_bind("wl_fixes", 32);
	SAY1(32, FIXES_DESTROY_REGISTRY, 30);
	SAY0(31, DESTROY);
	word(30);
	word((24u + 20) << 16 | REGISTRY_BIND);
	word(1);
	string("xdg_activation_v1");
	word(1);
	word(31);
	told("0 0 0 /", "which is destroyed: its number is another's");

	/* A request as long as there can be. */
	memset(body, 'y', sizeof(body));
	say_one();
	word(33);
	word(0xfffcu << 16 | 3);
	put(body, 32762);
	put(body, 0xfffc - 8 - 32762);
	say_text(TOP, TOPLEVEL_SET_TITLE, "behind");
	told("1 7 0 /behind", "a request of 65,532 bytes");
}

static void
texts(void)
{
	static char body[4000];
	char want[WINDOW_TEXT];
	uint32_t shown;

	memset(body, 'a', sizeof(body) - 1);
	say_one();
	say_text(TOP, TOPLEVEL_SET_TITLE, body);
	hear(len);
	ok(strlen(reader_window(&r, &shown)->title) == WINDOW_TEXT - 1 &&
		reader_between(&r),
	    "a title of 4,000 bytes is cut");
	memset(body, 'a', 254);
	strcpy(body + 254, "\xc3\xa9\xc3\xa9");
	say_text(TOP, TOPLEVEL_SET_TITLE, body);
	memset(want, 'a', 254);
	want[254] = '\0';
	for (size_t piece = 1; piece < 600; piece += 7) {
		hear(piece);
		if (strcmp(reader_window(&r, &shown)->title, want))
			break;
	}
	ok(!strcmp(reader_window(&r, &shown)->title, want),
	    "not in the middle of a letter");

	/* A length beyond the request's end. */
	say_text(TOP, TOPLEVEL_SET_TITLE, "fine");
	word(TOP);
	word(20u << 16 | TOPLEVEL_SET_TITLE);
	word(4000);
	put("abcdefgh", 8);
	told("1 7 0 /fine", "a text that says it is longer than it is");
	word(TOP);
	word(8u << 16 | TOPLEVEL_SET_TITLE);
	told("1 7 0 /", "a text that is not there");
	say_text(TOP, TOPLEVEL_SET_TITLE, "back");
	word(TOP);
	word(12u << 16 | TOPLEVEL_SET_TITLE);
	word(0);
	told("1 7 0 /", "a text that is NULL");
}

static void
garbage(void)
{
	static const uint32_t heads[][2] = {{0, 8u << 16}, {7, 4u << 16},
	    {7, 0}, {7, 9u << 16}, {7, 0xffffu << 16}, {1, 7u << 16}};
	bool first;

	for (size_t i = 0; i < COUNT(heads); i++) {
		say_one();
		word(heads[i][0]);
		word(heads[i][1]);
		say_window(SURF2, XDG2, TOP2);
		told("0 0 0 lost part /", "what is no request: lost");
	}
	say_one();
	word(SURF);
	told("1 7 0 part /", "half a head: nothing may be written");
	word(12u << 16 | 3);
	told("1 7 0 part /", "a head alone: nothing may be written");
	put("ab", 2);
	told("1 7 0 part /", "nor in the middle");
	put("cd", 2);
	told("1 7 0 /", "but at the end");

	/* Numbers that are not followed, and the display's own. */
	say_begin();
	say_bind("xdg_activation_v1", OBJECTS_IDS);
	say_bind("xdg_activation_v1", 0xfffffffe);
	say_bind("xdg_activation_v1", 0);
	say_bind("xdg_wm_base", 1);
	SAY0(DISPLAY, DESTROY);
	SAY2(BASE, SHELL_GET_XDG_SURFACE, OBJECTS_IDS, SURF);
	SAY2(BASE, SHELL_GET_XDG_SURFACE, 1, SURF);
	SAY2(BASE, SHELL_GET_XDG_SURFACE, XDG, 0);
	told("0 0 0 /", "numbers that are out of reach");
	say_window(OBJECTS_IDS - 1, XDG, TOP);
	say_shown(OBJECTS_IDS - 1, XDG);
	told("1 16383 0 /", "the last that is followed");

	len = 0;
	SAY1(DISPLAY, DISPLAY_GET_REGISTRY, 2);
	ok(reader_begins(said, &first) && first, "begins: get_registry");
	len = 0;
	SAY1(DISPLAY, 0, 9);
	ok(reader_begins(said, &first) && !first, "begins: sync, later");
	len = 0;
	SAY1(DISPLAY, 2, 2);
	ok(!reader_begins(said, &first), "begins: no such request");
	ok(!reader_begins("l\1\0\1\0\0\0\0\1\0\0\0", &first),
	    "begins: not as D-Bus does");
}

void
reader_part(void)
{
	stories();
	which();
	closing();
	numbers_again();
	protocols();
	texts();
	garbage();
}
