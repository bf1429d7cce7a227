/*
 * reader.c: a program's windows, by what it writes to its compositor.
 *
 * A story is a list of steps, each a request.  Every story is sent whole, and
 * in pieces of each size from one byte up: the result must be the same.
 */
#include "tests/unit/tap.h"

#include "preload/window/reader.c"

/* Numbers that the program gives before a story begins. */
enum { REG = 2, COMPOSITOR = 4, BASE = 5 };

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

static void
string(const char *s)
{
	word((uint32_t)strlen(s) + 1);
	put(s, strlen(s) + 1);
	while (len % 4)
		said[len++] = 'x'; /* nobody need clear it */
}

/* A request: its arguments are n words, or a text. */
static void
say(uint32_t id, uint32_t opcode, size_t n, uint32_t a, uint32_t b, uint32_t c)
{
	const uint32_t args[] = {a, b, c};

	word(id);
	word((uint32_t)(8 + 4 * n) << 16 | opcode);
	put(args, 4 * n);
}

static void
say_text(uint32_t id, uint32_t opcode, const char *s)
{
	word(id);
	word((uint32_t)(12 + ((strlen(s) + 4) & ~(size_t)3)) << 16 | opcode);
	string(s);
}

static void
say_bind(uint32_t registry, const char *interface, uint32_t id)
{
	size_t n = (strlen(interface) + 4) & ~(size_t)3;

	word(registry);
	word((uint32_t)(24 + n) << 16 | REGISTRY_BIND);
	word(17);
	string(interface);
	word(3);
	word(id);
}

static void
say_shown(uint32_t surface, uint32_t buffer)
{
	say(surface, SURFACE_ATTACH, 3, buffer, 0, 0);
	say(surface, SURFACE_COMMIT, 0, 0, 0, 0);
}

/* A step that is one request of the object a: its first arguments are b and c. */
static const struct {
	const char *op;
	uint32_t opcode;
	size_t n;
} simple[] = {{"ack", XDG_SURFACE_ACK_CONFIGURE, 1},
    {"commit", SURFACE_COMMIT, 0}, {"destroy", DESTROY, 0},
    {"parent", TOPLEVEL_SET_PARENT, 1},
    {"toplevel", XDG_SURFACE_GET_TOPLEVEL, 1}, {"popup", 2, 3},
    {"unregister", FIXES_DESTROY_REGISTRY, 1}};

/* "OP NUMBER...", or "OP NUMBER TEXT [NUMBER]"; see stories. */
static void
step(const char *s)
{
	char op[16] = "", text[64] = "";
	uint32_t a = 0, b = 0, c = 0;

	if (sscanf(s, "%15s %u %u %u", op, &a, &b, &c) < 3)
		sscanf(s, "%15s %u %63s %u", op, &a, text, &b);
	for (size_t i = 0; i < COUNT(simple); i++) {
		if (!strcmp(op, simple[i].op)) {
			say(a, simple[i].opcode, simple[i].n, b, c, 15);
			return;
		}
	}
	if (!strcmp(op, "bind")) {
		say_bind(b ? b : REG, text, a);
	} else if (!strcmp(op, "title")) {
		say_text(a, TOPLEVEL_SET_TITLE, text);
	} else if (!strcmp(op, "app")) {
		say_text(a, TOPLEVEL_SET_APP_ID, text);
	} else if (!strcmp(op, "window")) {
		say(COMPOSITOR, 0, 1, a, 0, 0);
		say(BASE, SHELL_GET_XDG_SURFACE, 2, b, a, 0);
		say(b, XDG_SURFACE_GET_TOPLEVEL, 1, c, 0, 0);
		say(a, SURFACE_COMMIT, 0, 0, 0, 0);
	} else if (!strcmp(op, "attach")) {
		say_shown(a, b);
	} else if (!strcmp(op, "shown")) {
		say(b, XDG_SURFACE_ACK_CONFIGURE, 1, 77, 0, 0);
		say_shown(a, 99);
	} else if (!strcmp(op, "gone")) {
		say(c, DESTROY, 0, 0, 0, 0);
		say(b, DESTROY, 0, 0, 0, 0);
		say(a, DESTROY, 0, 0, 0, 0);
	} else if (!strcmp(op, "surface")) {
		say(BASE, SHELL_GET_XDG_SURFACE, 2, a, b, 0);
	} else if (!strcmp(op, "registry")) {
		say(DISPLAY, DISPLAY_GET_REGISTRY, 1, a, 0, 0);
	} else if (!strcmp(op, "word")) {
		word(a);
	} else {
		bail(s);
	}
}

/* A story, "+...": behind what has been said. */
static void
say_story(const char *story)
{
	char text[512], *save = NULL;

	if (*story == '+') {
		story++;
	} else {
		len = 0;
		say(DISPLAY, DISPLAY_GET_REGISTRY, 1, REG, 0, 0);
		say(DISPLAY, 0, 1, 3, 0, 0);
		say_bind(REG, "wl_compositor", COMPOSITOR);
		if (*story != '-')
			say_bind(REG, "xdg_wm_base", BASE);
		story += *story == '-';
	}
	snprintf(text, sizeof(text), "%s", story);
	for (char *s = strtok_r(text, ";", &save); s;
	     s = strtok_r(NULL, ";", &save))
		step(s);
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

/* What is known is: how many windows are shown, the wl_surface of the one used
 * last, the number of xdg_activation_v1, and of that window APP_ID/TITLE.  Its
 * numbers are those of wl_surface, xdg_surface and xdg_toplevel. */
static const struct {
	const char *story, *known, *what;
} stories[] = {
    {"window 7 8 9; title 9 one; app 9 org.a", "0 0 0 /", "not configured"},
    {"+ack 8; commit 7", "0 0 0 /", "it has no picture yet"},
    {"+attach 7 99", "1 7 0 org.a/one", "one that is shown"},
    {"+bind 6 xdg_activation_v1", "1 7 6 org.a/one", "activation is bound"},
    {"+title 9", "1 7 6 org.a/", "a title that is taken back"},
    {"+title 9 two; destroy 6", "1 7 0 org.a/two", "activation is destroyed"},
    {"+attach 7 0", "0 0 0 /", "nothing attached: it is hidden"},
    {"+shown 7 8", "1 7 0 org.a/two", "shown again, with its names"},
    {"+destroy 9", "0 0 0 /", "the toplevel is destroyed"},
    {"+toplevel 8 9; shown 7 8", "1 7 0 org.a/two", "and made anew"},
    {"+destroy 7", "0 0 0 /", "the surface is destroyed before the rest"},
    {"window 7 8 9; window 11 12 13; shown 7 8; shown 11 12", "2 11 0 /",
	"of two windows the one shown last"},
    {"+ack 8", "2 7 0 /", "or the one configured last"},
    {"+attach 11 99", "2 7 0 /", "drawing is not using"},
    {"+gone 7 8 9", "1 11 0 /", "when it is gone, the other"},
    {"surface 8 7; popup 8 9 12; shown 7 8", "0 0 0 /", "a popup is no window"},
    /* Numbers that come again. */
    {"bind 6 xdg_activation_v1; window 7 8 9; shown 7 8; gone 7 8 9;"
	"window 9 7 8; title 8 again; shown 9 7", "1 9 6 /again",
	"they mean the new objects"},
    {"+destroy 6; bind 6 wl_seat; parent 6 3", "1 9 0 /again",
	"what had our number is another's"},
    {"registry 30; bind 31 xdg_activation_v1 30", "0 0 31 /",
	"bound on a second registry"},
    {"+bind 32 wl_fixes; unregister 32 30; destroy 31;"
	"bind 31 xdg_activation_v1 30", "0 0 0 /",
	"which is destroyed: its number is another's"},
    /* Each version numbers these requests alike; and so does the elder shell. */
    {"-bind 5 zxdg_shell_v6; window 7 8 9; shown 7 8", "1 7 0 /",
	"the shell before xdg-shell was stable"},
    {"-bind 5 xdg_wm_base2; window 7 8 9; shown 7 8", "0 0 0 /",
	"an interface of nearly the name"},
    /* What is no request. */
    {"window 7 8 9; shown 7 8; word 7", "1 7 0 part /",
	"half a head: nothing may be written"},
    {"+word 786435", "1 7 0 part /", "nor behind a head alone"},
    {"+word 1", "1 7 0 /", "but at the end"},
    {"+title 9 fine; word 9; word 1310722; word 4000; word 1; word 2",
	"1 7 0 /fine", "a text that says it is longer than it is"},
    {"+word 9; word 524290", "1 7 0 /", "a text that is not there"},
    {"+title 9 back; word 9; word 786434; word 0", "1 7 0 /", "one of NULL"},
    {"+word 0; word 524288; window 11 12 13", "0 0 0 lost part /", "nobody"},
    {"word 7; word 262144", "0 0 0 lost part /", "shorter than its head"},
    {"word 7; word 589824", "0 0 0 lost part /", "one of nine bytes"},
    /* Numbers that are not followed, and the display's own. */
    {"bind 16384 xdg_activation_v1; bind 4294967294 xdg_activation_v1;"
	"bind 0 xdg_activation_v1; bind 1 xdg_wm_base; destroy 1;"
	"surface 16384 7; surface 1 7; surface 8 0", "0 0 0 /", "out of reach"},
    {"+window 16383 8 9; shown 16383 8", "1 16383 0 /",
	"the last that is followed"},
};

/* How many there are, and are to close. */
static void
counted(const char *story, const char *want, const char *what)
{
	size_t from = len;
	char text[100];
	uint32_t shown;
	struct tally t;

	say_story(story);
	reader_feed(&r, said + from, len - from);
	reader_window(&r, &shown);
	reader_tally(&r, &t);
	snprintf(text, sizeof(text), "%u %u %u", shown, t.children, t.wanted);
	is(text, want, "%s", what);
}

static void
closing(void)
{
	say_story("window 7 8 9; shown 7 8; window 11 12 13; parent 13 9");
	hear(len);
	counted("+", "1 0 0", "a dialog that is not shown yet");
	counted("+shown 11 12", "2 1 0", "one that is");
	ok(reader_want(&r, false) == 1, "it is not to be closed");
	counted("+", "2 1 1", "the other one is");
	ok(reader_close(&r) == 9 && !reader_close(&r), "once");
	counted("+parent 13 0", "2 0 0", "a dialog no more");
	ok(reader_want(&r, false) == 2, "both are to be closed");
	counted("+destroy 9", "1 0 1", "what is gone is not asked");
	ok(reader_close(&r) == 13 && !reader_close(&r), "the other is");
	counted("+parent 13 99", "1 1 0", "a dialog of somebody");
	ok(reader_want(&r, false) == 0 && reader_want(&r, true) == 1,
	    "of dialogs alone, these");
	counted("+destroy 13; destroy 12; window 11 12 13; shown 11 12", "1 0 0",
	    "numbers that come again are another window's");
	ok(!reader_close(&r), "which nobody closes");
	reader_want(&r, true);
	counted("+word 0; word 0", "0 0 0", "nothing is known of one lost");
}

static void
many(void)
{
	static char body[40000];
	char text[64];
	uint32_t shown;
	bool first;

	say_story("");
	for (int i = 0; i < 100; i++) {
		sprintf(text, "+window %d %d %d; shown %d %d", 100 + i, 300 + i,
		    500 + i, 100 + i, 300 + i);
		say_story(text);
	}
	hear(len);
	is(known(), "32 131 0 /", "more than there is room for");

	memset(body, 'y', sizeof(body));
	say_story("window 7 8 9; shown 7 8; word 33; word 4294705155");
	put(body, 32762);
	put(body, 0xfffc - 8 - 32762);
	say_story("+title 9 behind");
	told("1 7 0 /behind", "a request of 65,532 bytes");
	memset(body, 'a', 254);
	strcpy(body + 254, "\xc3\xa9\xc3\xa9");
	say_text(9, TOPLEVEL_SET_TITLE, body);
	hear(7);
	body[254] = '\0';
	is(reader_window(&r, &shown)->title, body,
	    "a long title is cut, not in the middle of a letter");

	say_story("");
	ok(reader_begins(said, &first) && first &&
		reader_begins(said + 12, &first) && !first &&
		!reader_begins("l\1\0\1\0\0\0\0\1\0\0\0", &first),
	    "begins: with get_registry, or sync; not as D-Bus does");
}

void
reader_part(void)
{
	for (size_t i = 0; i < COUNT(stories); i++) {
		say_story(stories[i].story);
		told(stories[i].known, stories[i].what);
	}
	closing();
	many();
}
