/*
 * reply_fuzz.c: what onlyone-raise reads from displays, and our library from
 * its program: replies of an X server, the windows of sway and of KWin, the
 * clients of tmux, the page of a program, what a program writes to its
 * compositor.
 *
 * The first byte of an input chooses the reader (targets); its input ends where
 * memory ends (fuzz_block), so that any overrun is seen, even without a
 * sanitizer.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/reply.h"
#include "cli/windows/windows.h"
#include "preload/window/reader.h"
#include "tests/fuzz/fuzz.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { HEAD = 32 }; /* bytes of a reply that always come (X11 protocol) */

/* Read all that was announced. */
static volatile unsigned char sink;

static void
touch(const void *at, size_t n)
{
	for (size_t k = 0; k < n; k++)
		sink = ((const unsigned char *)at)[k];
}

/* A reply as libxcb hands it out: of the length in it, which it has read, times
 * four in 32 bits (so the two highest may be set).  *behind: what has come behind
 * its head. */
static const void *
reply_make(const char *data, size_t size, size_t *behind)
{
	static char copy[SEED_MAX];
	uint32_t length;

	size = size < HEAD ? HEAD : size & ~(size_t)3;
	memcpy(copy, data, size);
	*behind = size - HEAD;
	memcpy(&length, copy + 4, sizeof(length));
	length = (length & 0xc0000000) | (uint32_t)(*behind / 4);
	memcpy(copy + 4, &length, sizeof(length));
	return fuzz_block(copy, size);
}

static void
property_try(const char *data, size_t size)
{
	static const uint8_t formats[] = {8, 32};
	size_t behind, n, each;
	const xcb_get_property_reply_t *r = reply_make(data, size, &behind);
	const void *at;
	enum reply what;

	for (size_t k = 0; k < COUNT(formats); k++) {
		each = formats[k] / 8;
		what = reply_property(r, formats[k], &at, &n);
		MUST((what == REPLY_LIST) == (n > 0) && n <= behind / each);
		MUST((what == REPLY_LIES) == (r->format == formats[k] &&
		    r->value_len > behind / each));
		MUST(what != REPLY_LIST || n == r->value_len);
		touch(at, n * each);
	}
}

static void
children_try(const char *data, size_t size)
{
	size_t behind, n;
	const xcb_query_tree_reply_t *r = reply_make(data, size, &behind);
	const xcb_window_t *at;
	enum reply what = reply_children(r, &at, &n);

	MUST((what == REPLY_LIST) == (n > 0) && n <= behind / 4);
	MUST((what == REPLY_LIES) == (r->children_len > behind / 4));
	touch(at, n * sizeof(*at));
}

static void
clients_try(const char *data, size_t size)
{
	size_t behind, n = 0;
	const xcb_res_query_client_ids_reply_t *r =
	    reply_make(data, size, &behind);
	struct reply_clients c;
	enum reply what;

	reply_clients_begin(&c, r);
	for (; (what = reply_clients_next(&c)) == REPLY_LIST; n++)
		MUST(c.pid >= 0);
	MUST(n <= r->num_ids && n * 12 <= behind);
	MUST((what == REPLY_LIES) == (n < r->num_ids));
}

/* What comes first of all has its length in 16 bits, behind 8 bytes. */
static void
setup_try(const char *data, size_t size)
{
	static char copy[SEED_MAX];
	uint16_t length;
	const xcb_setup_t *s;

	size = size < 8 ? 8 : size & ~(size_t)3;
	memcpy(copy, data, size);
	length = (uint16_t)((size - 8) / 4);
	memcpy(copy + 6, &length, sizeof(length));
	s = fuzz_block(copy, size);
	for (int number = -1; number < 3; number++) {
		MUST(!reply_root(s, number) ||
		    size >= sizeof(*s) + sizeof(xcb_screen_t));
	}
}

/* --- sway: an answer, or bytes that are to be one */

static void
sway_try(const char *data, size_t size)
{
	struct head { char magic[6]; uint32_t len, type; }
	    __attribute__((packed)) h = {"i3-ipc", (uint32_t)size - 1, 4};
	pid_t self = getpid();
	struct instance i = {.pids = &self, .npids = 1, .class = "foot"};
	struct sway_look l = {.n = 0};
	bool told, raw = !size || *data == 'r';
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	if (!raw)
		MUST(write(fds[1], &h, sizeof(h)) == sizeof(h));
	if (size)
		MUST(write(fds[1], data + 1, size - 1) == (ssize_t)size - 1);
	shutdown(fds[1], SHUT_WR);
	pick_begin(&l.pick, &i, KIN_NONE);
	told = sway_look(&l, fds[0], clock_now() + 1000);
	MUST(l.n <= VIEWS && (told || !l.n));
	io_close(&fds[0]);
	io_close(&fds[1]);
}

/* --- KWin: a list that is cut is none */

static void
kwin_try(const char *data, size_t size)
{
	pid_t self = getpid();
	struct instance i = {.pids = &self, .npids = 1, .class = "foot"};
	struct attempt a = {.instance = &i, .closes = size & 1};
	char text[SEED_MAX + 1], ids[KWIN_IDS];
	size_t n = size;

	memcpy(text, data, size);
	text[size] = '\0';
	n = strlen(text);
	if (!kwin_choose(&a, fuzz_block(text, n + 1), ids)) {
		MUST(!*ids);
		return;
	}
	MUST(strlen(ids) < KWIN_IDS);
	while (n && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n - 1] = '\0'; /* it was the bracket */
	MUST(!kwin_choose(&a, fuzz_block(text, n), ids) && !*ids);
}

/* --- tmux: what is cut does not count */

static void
tmux_try(const char *data, size_t size)
{
	char text[SEED_MAX + 16];
	pid_t whole[16], cut[16];
	size_t n, lines;

	memcpy(text, data, size);
	text[size] = '\0';
	lines = strlen(text);
	while (lines && text[lines - 1] != '\n')
		lines--;
	text[lines] = '\0';
	n = clients_parse(fuzz_block(text, lines + 1), whole, COUNT(whole));
	MUST(n <= COUNT(whole));
	for (size_t k = 0; k < n; k++)
		MUST(whole[k] > 0);
	strcpy(text + lines, "9999999 1");
	MUST(clients_parse(fuzz_block(text, strlen(text) + 1), cut,
	    COUNT(cut)) == n && memcmp(whole, cut, n * sizeof(*cut)) == 0);
}

/* --- a page: as it is written, and as long as it is when it is read */

static void
page_try(const char *data, size_t size)
{
	static char folder[32], name[64];
	struct window_page page = {0};
	pid_t self = getpid();
	struct instance i = {.pids = &self, .npids = 1, .mark = folder};
	uint16_t left = 0;
	const char *why = NULL;
	struct page p;
	int fd;

	if (!*folder) {
		strcpy(folder, "/dev/shm/reply-fuzz.XXXXXX");
		MUST(mkdtemp(folder));
		snprintf(name, sizeof(name), "%s/window-%d", folder, (int)self);
	}
	memcpy(&left, data, size < sizeof(left) ? size : sizeof(left));
	memcpy(&page, data, size < sizeof(page) ? size : sizeof(page));
	page.change &= ~1U; /* nobody draws it */
	if (!(left & 0x8000)) {
		page.magic = WINDOW_MAGIC;
		page.size = sizeof(page);
		page.pid = (uint32_t)self;
	}
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	MUST(fd >= 0 && write(fd, &page, sizeof(page)) == sizeof(page));
	if (page_list(&i, KIN_NONE, &p, 1)) {
		MUST(strlen(p.seen.title) < WINDOW_TEXT);
		MUST(strlen(p.seen.app_id) < WINDOW_TEXT);
		MUST(ftruncate(fd, left % (sizeof(page) + 1)) == 0);
		MUST(page_ask(&p, WINDOW_CLOSE, "token", clock_now(), &why) !=
		    PAGE_DID || page.answer == WINDOW_WRITTEN);
		page_answers(&p, clock_now());
		io_close(&p.fd);
	}
	unlink(name);
	rmdir(folder);
	*folder = '\0';
	io_close(&fd);
}

/* --- what a program writes to its compositor, in pieces of any size */

static void
reader_try(const char *data, size_t size)
{
	struct reader *r = calloc(1, sizeof(*r));
	size_t piece = size ? (size_t)(*data & 63) + 1 : 1, n;
	const struct window *w;
	struct tally t;
	uint32_t shown;
	bool first;

	for (; size; data += n, size -= n) {
		n = piece < size ? piece : size;
		reader_feed(r, fuzz_block(data, n), n);
		if (n >= READER_BEGIN)
			reader_begins(data, &first);
	}
	w = reader_window(r, &shown);
	reader_tally(r, &t);
	MUST(shown <= OBJECTS_WINDOWS && t.children <= shown);
	MUST(!w || (strlen(w->title) < WINDOW_TEXT &&
	    strlen(w->app_id) < WINDOW_TEXT));
	for (n = reader_want(r, true); n; n--)
		MUST(reader_close(r));
	MUST(!reader_close(r));
	free(r);
}

/* --- all of them, and what they begin with */

static void (*const targets[])(const char *data, size_t size) = {
    property_try, children_try, clients_try, setup_try,
    sway_try, kwin_try, tmux_try, page_try, reader_try};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char copy[SEED_MAX + HEAD]; /* a head that is cut ends with zeros */

	if (!size || size > SEED_MAX)
		return 0;
	memcpy(copy, data + 1, size - 1);
	memset(copy + size - 1, 0, sizeof(copy) - size + 1);
	targets[*data % COUNT(targets)](copy, size - 1);
	return 0;
}

enum { PROPERTY, CHILDREN, CLIENTS, SETUP, SWAY, KWIN, TMUX, PAGE, READER };

#define REPLY(format) (1U | (format) << 8)
#define SAY(op, words) ((2U + (words)) << 18 | (op))

static const struct words {
	uint8_t target;
	uint8_t n;
	uint32_t at[40];
} words[] = {
    {PROPERTY, 10, {REPLY(32), 2, 33, 0, 2, 0, 0, 0, 7, 9}},
    {PROPERTY, 8, {REPLY(32), 0, 33, 0, 0x20000000}},
    {PROPERTY, 8, {REPLY(32), 0x40000000, 33, 0, 3000}},
    {PROPERTY, 9, {REPLY(8), 1, 31, 0, 0xffffffff, 0, 0, 0, 0x61626300}},
    {PROPERTY, 9, {REPLY(16), 1, 33, 0, 2, 0, 0, 0, 1}},
    {PROPERTY, 9, {REPLY(0), 1, 33, 0, 2, 0, 0, 0, 1}},
    {CHILDREN, 10, {REPLY(0), 2, 1, 0, 2, 0, 0, 0, 7, 9}},
    {CHILDREN, 8, {REPLY(0), 0, 1, 0, 65535}},
    {CLIENTS, 16, {REPLY(0), 8, 2, 0, 0, 0, 0, 0, 0x200000, 2, 4, 77,
	0x400000, 2, 4, 78}},
    {CLIENTS, 8, {REPLY(0), 0, 100000000}},
    {CLIENTS, 11, {REPLY(0), 3, 2, 0, 0, 0, 0, 0, 0x200000, 2, 0xfffffffc}},
    {CLIENTS, 12, {REPLY(0), 4, 1, 0, 0, 0, 0, 0, 0x200000, 2, 3, 77}},
    {SETUP, 36, {11U << 16 | 1, 34U << 16, 1, 0x200000, 0x1fffff, 256,
	4 | 65535U << 16, 0x00000101, 0, 0, 0x656b6166, 24 | 32 << 8, 0,
	0x100, 0x20, 0xffffff, 0, 0, 1000, 300, 1, 0x21, 1U << 24,
	24 | 1U << 16, 0, 0x21, 4, 8, 256}},
    {SETUP, 10, {11U << 16 | 1, 8U << 16, 1, 0x200000, 0x1fffff, 256,
	65535, 0xffff}},
    {SETUP, 2, {1}},
    {PAGE, 10, {64}},
    {PAGE, 10, {1088}},
    /* get_registry; bind of xdg_wm_base; surface, its window, its name */
    {READER, 23, {1, SAY(1, 1), 2, 2, SAY(0, 6) | 0, 1, 12, 0x5f676478,
	0x625f6d77, 0x00657361, 1, 3, 3, SAY(2, 2), 5, 4, 5, SAY(1, 1), 6,
	6, SAY(2, 2), 2, 0x61}},
};

static const struct said {
	uint8_t target;
	const char *text;
} said[] = {
    {SWAY, "j{\"id\":1,\"nodes\":[{\"id\":2,\"pid\":1,\"app_id\":\"foot\","
	"\"focused\":true,\"nodes\":[],\"window_properties\":{\"class\":\"x\"}}],"
	"\"floating_nodes\":[],\"focus\":[2,2]}"},
    {SWAY, "j{\"success\":false,\"error\":\"no\"}"},
    {SWAY, "ri3-ipc\xff\xff\xff\xff\x04"},
    {SWAY, "j{\"nodes\":[{\"pid\":-4294967291,\"id\":9999999999}]}"},
    {KWIN, "[{\"id\":\"{a}\",\"pid\":1,\"order\":3,\"active\":true,"
	"\"names\":[\"foot\",\"\"]},{\"id\":\"b\",\"names\":[\"foot\"]}] "},
    {KWIN, "[{\"id\":\"{a}\",\"pid\":1,\"ord"},
    {KWIN, "{\"id\":\"x\"}"},
    {TMUX, "1700000000 77\n1700000005 78\n1700000001 79\n17000000"},
    {TMUX, " 5\nx\n5\n99999999999999999999 1\n1 -1\n1 0\n"},
};

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	if (n < COUNT(words)) {
		at[0] = words[n].target;
		*size = 1 + words[n].n * sizeof(uint32_t);
		memcpy(at + 1, words[n].at, *size - 1);
		return 0;
	}
	n -= (unsigned int)COUNT(words);
	if (n == COUNT(said)) { /* a page without a NUL in it */
		at[0] = PAGE;
		*size = 1 + sizeof(struct window_page);
		memset(at + 1, 'x', *size - 1);
		return 0;
	}
	if (n > COUNT(said))
		return -1;
	at[0] = said[n].target;
	*size = 1 + strlen(said[n].text);
	memcpy(at + 1, said[n].text, *size - 1);
	return 0;
}
