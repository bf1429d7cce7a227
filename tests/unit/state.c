/*
 * state.c: the state root, where ONLYONE_DIR gives it, and what a slot folder in
 * it records.
 *
 * Which default root is taken depends on /run and /tmp: defaultroot.bats.  A
 * reader of a record may come while it is being written, after a crash, or
 * after another process has put something else in its place.
 */
#include <linux/magic.h>
#include <sys/vfs.h>

#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/root.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

/* --- root */

static struct root root;
static struct fault fault;

/* root_find with this ONLYONE_DIR. */
static int
find(const char *value)
{
	memset(&root, 0x5a, sizeof(root));
	memset(&fault, 0, sizeof(fault));
	setenv(ENV_DIR, value, 1);
	return root_find(&root, &fault);
}

/* root_find, or then root_open of what it found, says no, with code 73 and these
 * words. */
static void
refused_for(int r, const char *words)
{
	ok(r < 0 && fault.code == EXIT_STATE && strstr(fault.line, words),
	    "refused: %.80s", fault.line);
}

static void
refuses(const char *value, const char *words)
{
	refused_for(find(value), words);
}

static void
refuses_open(const char *words)
{
	int r;

	fault.line[0] = '\0';
	r = root_open(&root, &fault);
	refused_for(root.fd == -1 ? r : 0, words);
}

static void
finds(void)
{
	struct stat st;

	ok(find(at("new")) == 0 && root.given && !root.exists &&
		root.fd == -1 && !strcmp(root.path, at("new")) &&
		lstat(at("new"), &st) < 0,
	    "find: a missing one is found, and not made");
	mkdir(at("old"), 0755);
	ok(find(at("old///")) == 0 && root.given && root.exists &&
		root.fd == -1 && !root.lasting && !strcmp(root.path, at("old")),
	    "find: one that is there; slashes at the end are left out");
	ok(find("") == 0 ? !root.given : !strstr(fault.line, ENV_DIR "="),
	    "find: empty is as not set");
}

static void
refusals(void)
{
	static char deep[PATH_MAX + 64];

	refuses("relative", ENV_DIR "=relative is not an absolute path");
	symlink("old", at("link"));
	refuses(at("link"), "is a symbolic link");
	refuses(at("link/"), "is a symbolic link");
	file_write("file", "", 0, 0600);
	refuses(at("file"), "is not a directory");
	refuses(at("file/x"), "Not a directory");
	mkdir(at("shared"), 0700);
	chmod(at("shared"), 0770);
	refuses(at("shared"), "writable by others");
	chmod(at("shared"), 01702);
	refuses(at("shared"), "writable by others");
	chmod(at("shared"), 0555);
	ok(find(at("shared")) == 0,
	    "find: others may read, nobody write: no matter");
	memset(deep, '/', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	refuses(deep, "too long");
	if (geteuid() == 0) {
		mkdir(at("foreign"), 0700);
		if (chown(at("foreign"), 1, 0) < 0)
			bail("foreign");
		refuses(at("foreign"), "belongs to another user");
	} else {
		refuses("/", "belongs to another user");
	}
}

/* Between find and open another process puts something else there. */
static void
races(void)
{
	find(at("new"));
	symlink("old", at("new"));
	refuses_open(at("new"));
	unlink(at("new"));
	mkdir(at("new"), 0700);
	chmod(at("new"), 0777);
	refuses_open("writable by others");
	find(at("missing/new")); /* a missing parent is not made */
	refuses_open(at("missing/new"));
	find("/proc/onlyone"); /* where none is made */
	refuses_open("/proc/onlyone");
}

static void
lasting(void)
{
	char shm[] = "/dev/shm/root.XXXXXX";
	struct statfs fs;

	ok(mkdtemp(shm) && find(shm) == 0 && root_open(&root, &fault) == 0 &&
		!root.lasting,
	    "lasting: memory does not outlive a boot%s", fault.line);
	root_close(&root);
	rmdir(shm);
	find(at("old"));
	ok(root_open(&root, &fault) == 0 && statfs(at("old"), &fs) == 0 &&
		root.lasting == (fs.f_type != TMPFS_MAGIC),
	    "lasting: whatever else there is, is taken to");
	root_close(&root);
}

static void
folders(void)
{
	static char out[PATH_MAX], name[PATH_MAX];
	size_t room;

	find(at("old"));
	ok(root_folder(&root, "vi-12", out) == 0 &&
		!strcmp(out, at("old/vi-12")),
	    "folder: its path");
	room = PATH_MAX - 1 - strlen(root.path) - 1;
	memset(name, 'n', room);
	ok(root_folder(&root, name, out) == 0 && strlen(out) == PATH_MAX - 1,
	    "folder: as long as can be");
	name[room] = 'n';
	ok(FAILS(root_folder(&root, name, out), ENAMETOOLONG),
	    "folder: one more: ENAMETOOLONG");
}

void
root_part(void)
{
	finds();
	refusals();
	races();
	lasting();
	folders();
}

/* --- info */

static int folder;

static const char *const key[] = {"/home/u/\xc3\xa4 b", "", "x=1"};
static char *const args[] = {
    (char *)"vi", (char *)"", (char *)"it's\n", (char *)"key=no", NULL};

static const struct slot slot = {.scope = "session:3", .app = "/usr/bin/vi",
    .key = key, .nkey = 3, .index = 2};

static const struct info sample = {.cwd = "/home/u",
    .index = 7 /* the slot's counts */,
    .keeper = 4194303,
    .session = 4711,
    .first = 4712,
    .since = 1700000000123,
    .activations = 5,
    .used = 1700000000123,
    .owner = {.pid = 4713, .start = 99, .pidfs = 1234567890123,
	.pidns = 4026531836, .boot = "01234567-89ab-cdef-0123-456789abcdef"},
    .handler = {.pid = 4714, .start = 100, .pidfs = 99999999999999,
	.pidns = 4026531836, .boot = "01234567-89ab-cdef-0123-456789abcdef"},
    .terms = {.on_activate = "raise \"$@\"", .signal = 10,
	.lifetime = LIFETIME_MAIN}};

static bool
same_owner(const struct owner *a, const struct owner *b)
{
	return a->pid == b->pid && a->start == b->start &&
	    a->pidfs == b->pidfs && a->pidns == b->pidns &&
	    !strcmp(a->boot, b->boot);
}

/* The fields of that name are these. */
static bool
same_all(const struct info *i, const char *name, const char *const want[],
    size_t n)
{
	const char *s = NULL;
	bool same = true;

	for (size_t k = 0; k < n && same; k++)
		same = (s = fields_next(&i->all, name, s)) &&
		    !strcmp(s, want[k]);
	return same && !fields_next(&i->all, name, s);
}

/* Whether i says what sample and slot say, less owner, keeper and count. */
static bool
same_rest(const struct info *i)
{
	return same_all(i, "key", slot.key, slot.nkey) &&
	    same_all(i, "arg", (const char *const *)args, COUNT(args) - 1) &&
	    !strcmp(i->app, slot.app) && !strcmp(i->scope, slot.scope) &&
	    i->index == slot.index && !strcmp(i->cwd, sample.cwd) &&
	    i->session == sample.session && i->first == sample.first &&
	    i->since == sample.since && i->terms.signal == 10 &&
	    !strcmp(i->terms.on_activate, sample.terms.on_activate) &&
	    i->terms.lifetime == LIFETIME_MAIN;
}

static void
round_trip(struct buf *b)
{
	struct info i, again;
	struct buf c;
	char line[64];
	struct text t;

	ok(info_parse(b->at, b->len, &i) == 0 && same_rest(&i) &&
		same_owner(&i.owner, &sample.owner) && i.keeper == 4194303 &&
		same_owner(&i.handler, &sample.handler) &&
		i.activations == 5,
	    "make and parse: all of it");
	t = text_in(line, sizeof(line));
	info_command(&i, &t);
	is(line, "vi '' $'it\\'s\\012' key=no", "command: as for a shell");
	i.owner = (struct owner){.pid = 1, .start = 2, .pidfs = 3};
	i.keeper = 0;
	i.activations = 9999999999;
	buf_init(&c, NULL, 0);
	ok(info_remake(&c, &i, NULL, 0) == 0 &&
		info_parse(c.at, c.len, &again) == 0 &&
		same_rest(&again) && same_owner(&again.owner, &i.owner) &&
		again.keeper == 0 && again.activations == 9999999999,
	    "remake: another owner, keeper, count; the rest stays");
	buf_free(&c);
}

static void
on_disk(struct buf *b)
{
	struct stat before, after;
	struct info i, counted = sample;
	struct buf c;

	buf_init(&c, NULL, 0);
	ok(info_write(folder, b, true) == 0 && info_read(folder, &c, &i) == 0 &&
		c.len == b->len && !memcmp(c.at, b->at, b->len),
	    "write and read");
	counted.activations = 6;
	counted.used = 1700000000124;
	counted.handler.pid = 5;
	ok(info_count(folder, &counted) == 0 &&
		info_read(folder, &c, &i) == 0 && i.activations == 6 &&
		i.used == counted.used &&
		same_owner(&i.handler, &counted.handler) &&
		i.keeper == 4194303 && same_rest(&i) && c.len == b->len,
	    "count: what changes with an activation, in place");
	fstatat(folder, "info", &before, 0);
	/* A writer may have died; its name may be anything by now. */
	symlinkat("elsewhere", folder, "info.new");
	ok(info_write(folder, b, false) == 0 && info_read(folder, &c, &i) == 0 &&
		fstatat(folder, "info", &after, 0) == 0 &&
		before.st_ino != after.st_ino,
	    "write: replaces in one step, over what a crash left");
	ok(faccessat(folder, "info.new", F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
		faccessat(folder, "elsewhere", F_OK, AT_SYMLINK_NOFOLLOW) < 0,
	    "write: nothing stays, no symlink is followed");
	file_write("info", b->at, b->len / 2, 0600);
	ok(FAILS(info_read(folder, &c, &i), EBADMSG),
	    "read: a file being written is EBADMSG");
	buf_free(&c);
}

#define HEAD "activations=1\0keeper=2\0pid=3\0start=4\0pidfs=5\0pidns=6\0"
#define REST "app=a\0scope=s\0index=0\0cwd=/\0"

static void
malformed(struct buf *b)
{
#define CASE(what, text) {what, text, sizeof(text) - 1}
	static const struct {
		const char *what, *at;
		size_t len;
	} cases[] = {
	    CASE("no application", HEAD "boot=\0scope=s\0cwd=/\0end=1\0"),
	    CASE("no boot id", HEAD REST "end=1\0"),
	    CASE("bytes after the last NUL", HEAD "boot=\0" REST "end=1\0x"),
	};
	static const char fine[] = HEAD "boot=\0new=1\0" REST "end=1\0";
	bool refused = true;
	struct info i;
	char *copy;

	ok(info_parse(fine, sizeof(fine) - 1, &i) == 0 && i.activations == 1,
	    "parse: a well-formed one, with a field of a later version");
	for (size_t n = 0; n < COUNT(cases); n++)
		ok(info_parse(cases[n].at, cases[n].len, &i) < 0,
		    "parse: refused: %s", cases[n].what);
	for (size_t n = 0; n < b->len; n++) {
		copy = malloc(n ? n : 1);
		memcpy(copy, b->at, n);
		refused &= info_parse(copy, n, &i) < 0;
		free(copy);
	}
	ok(refused, "parse: refused: every prefix");
}

/* What else may be there instead of info: forged.bats. */
static void
untrusted(struct buf *b)
{
	struct info i;
	struct buf c;

	buf_init(&c, NULL, 0);
	unlinkat(folder, "info", 0);
	file_write("real", b->at, b->len, 0600);
	symlinkat("real", folder, "info");
	ok(FAILS(info_read(folder, &c, &i), ELOOP) &&
		info_count(folder, &sample) < 0 && info_keeper(folder, 1) < 0,
	    "read, update: no symlink, even to one of ours");
	buf_free(&c);
}

/* What a record keeps of these arguments has that many bytes, with an end behind
 * each, and is cut or not. */
static void
keeps(char *const list[], size_t want, bool cut, const char *what)
{
	const char *s = NULL, *last = "";
	size_t n = 0;
	struct info i;
	struct buf b;

	buf_init(&b, NULL, 0);
	if (info_make(&b, &slot, &sample, list) == 0 &&
	    info_parse(b.at, b.len, &i) == 0)
		while ((s = fields_next(&i.all, "arg", s))) {
			n += strlen(s) + 1;
			last = s;
		}
	ok(n == want + cut * sizeof("...") && !strcmp(last, "...") == cut,
	    "arguments: %s", what);
	buf_free(&b);
}

static void
long_arguments(void)
{
	static char more[INFO_ARGS_SHOWN + 1], half[2040];
	char *const one[] = {more + 1, NULL}, *const over[] = {more, NULL};
	char *const full[] = {
	    half, half, (char *)"123456789012345", (char *)"", NULL};

	memset(more, 'M', sizeof(more) - 1);
	memset(half, 'h', sizeof(half) - 1);
	keeps(one, INFO_ARGS_SHOWN, false, "as long as can be");
	keeps(over, 0, true, "one byte more, cut");
	keeps(full, INFO_ARGS_SHOWN, true,
	    "not a byte over the limit, not even an empty one");
}

void
info_part(void)
{
	struct buf b;

	scratch();
	folder = open(".", O_RDONLY | O_CLOEXEC);
	buf_init(&b, NULL, 0);
	if (info_make(&b, &slot, &sample, args) < 0)
		bail("info_make");
	round_trip(&b);
	on_disk(&b);
	malformed(&b);
	untrusted(&b);
	long_arguments();
	buf_free(&b);
	close(folder);
}
