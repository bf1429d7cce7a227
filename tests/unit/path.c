/*
 * path.c: one path for all spellings of a document, on a real folder.
 *
 * $ in a name or in what is expected stands for the folder.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/core/key/path.h"
#include "tests/unit/tap.h"

enum { GUARD = 0x5a };

/* The string with the folder for each $. */
static const char *
put(const char *s)
{
	static char out[2][4 * PATH_MAX];
	static int turn;
	size_t n = 0;

	turn = !turn;
	for (; *s; s++) {
		if (*s != '$') {
			out[turn][n++] = *s;
			continue;
		}
		memcpy(out[turn] + n, scratch(), strlen(scratch()));
		n += strlen(scratch());
	}
	out[turn][n] = '\0';
	return out[turn];
}

/* A block of its own: ASan sees every byte beyond it. */
static int
canonical(const char *name, char *result)
{
	char *out = malloc(PATH_MAX);
	int r, err;

	memset(out, GUARD, PATH_MAX);
	errno = 0;
	r = path_canonical(name, out);
	err = errno;
	if (r == 0)
		strcpy(result, out);
	free(out);
	errno = err;
	return r;
}

static void
makes(const char *name, const char *want)
{
	char out[PATH_MAX] = "";
	const char *expected = put(want);

	is(canonical(put(name), out) == 0 ? out : strerror(errno), expected,
	    "%s is %s", name, want);
}

static void
fails(const char *name, int err, const char *what)
{
	char out[PATH_MAX] = "";
	int r = canonical(put(name), out);

	if (!ok(r < 0 && errno == err, "%s: %s", what, strerror(err)))
		printf("# %d %s %s\n", r, strerror(errno), out);
}

static void
folder_fill(void)
{
	static const char *const folders[] = {"$/d", "$/d/e", "$/shut",
	    "$/sp ace", "$/100%", "$/\xc3\xa4"};
	static const char *const links[][2] = {{"d", "$/ld"},
	    {"d/f", "$/lf"}, {"$/d/e", "$/labs"}, {"../f", "$/d/e/up"},
	    {"none/x", "$/dangling"}, {"$/none/x", "$/dangling-abs"},
	    {"loop2", "$/loop1"}, {"loop1", "$/loop2"}, {"self", "$/self"},
	    {".", "$/here"}, {"..", "$/d/back"}, {"d//e/.", "$/odd"},
	    {"lf/../x", "$/through"}, {"/", "$/root"}, {"l00", "$/l01"},
	    {"d/e/", "$/slash"}};
	char from[32], to[32];
	FILE *f;

	for (size_t i = 0; i < COUNT(folders); i++) {
		if (mkdir(put(folders[i]), 0700) < 0)
			bail("mkdir");
	}
	if (!(f = fopen(put("$/d/f"), "w")) || fclose(f))
		bail("open");
	for (size_t i = 0; i < COUNT(links); i++) {
		if (symlink(put(links[i][0]), put(links[i][1])) < 0)
			bail("symlink");
	}
	if (symlink("d/f", put("$/l00")) < 0)
		bail("symlink");
	for (int i = 2; i <= 40; i++) {
		snprintf(from, sizeof(from), "l%02d", i - 1);
		snprintf(to, sizeof(to), "$/l%02d", i);
		if (symlink(from, put(to)) < 0)
			bail("symlink");
	}
	if (link(put("$/d/f"), put("$/d/hard")) < 0)
		bail("link");
}

static void
spellings(void)
{
	static const char *const table[][2] = {
	    /* as it is */
	    {"$", "$"}, {"$/d/f", "$/d/f"}, {"/", "/"}, {"//", "/"},
	    {"$//d///f", "$/d/f"}, {"$/./d/./f", "$/d/f"}, {"$/d/", "$/d"},
	    {"$/d/.", "$/d"}, {"$/d/../d/f", "$/d/f"},
	    /* above the root */
	    {"/..", "/"}, {"/../../../etc/..", "/"},
	    {"/.", "/"}, {"/../..$/d", "$/d"},
	    /* from the working folder, which is d */
	    {"f", "$/d/f"}, {"./f", "$/d/f"}, {".", "$/d"}, {"..", "$"},
	    {"e/../f", "$/d/f"},
	    {"f/", "$/d/f"}, {"...", "$/d/..."},
	    {" ", "$/d/ "}, {"a\nb", "$/d/a\nb"}, {"\xff", "$/d/\xff"},
	    /* symlinks: relative, absolute, of folders, in a row */
	    {"$/lf", "$/d/f"}, {"$/ld/f", "$/d/f"},
	    {"$/labs", "$/d/e"}, {"$/d/e/up", "$/d/f"}, {"$/odd", "$/d/e"},
	    {"$/slash", "$/d/e"},
	    {"$/ld/../x", "$/x"},
	    {"$/labs/..", "$/d"}, {"$/here/here/here/d", "$/d"},
	    {"$/d/back/d/back", "$"}, {"$/root/..", "/"},
	    {"$/root/$/d", "$/d"}, {"$/l39", "$/d/f"},
	    /* through what is no folder: as it stands */
	    {"$/d/f/x", "$/d/f/x"}, {"$/d/f/..", "$/d"}, {"$/through", "$/d/x"},
	    /* two names of one file are two documents */
	    {"$/d/hard", "$/d/hard"},
	    /* what does not exist */
	    {"$/none", "$/none"}, {"$/none/", "$/none"}, {"$/none/./x//y/", "$/none/x/y"},
	    {"$/none/../d/f", "$/d/f"}, {"$/none/x/../../lf", "$/d/f"},
	    {"$/none/..", "$"},
	    {"$/ld/none", "$/d/none"},
	    {"$/dangling", "$/none/x"}, {"$/dangling-abs", "$/none/x"}, {"$/dangling/../../lf", "$/d/f"}, {"$/none/lf", "$/none/lf"},
	    /* URIs */
	    {"file://$/d/f", "$/d/f"}, {"file:$/d/f", "$/d/f"},
	    {"file://localhost$/d/f", "$/d/f"},
	    {"file://LocalHost$/ld/f", "$/d/f"}, {"FILE://$/d/f", "$/d/f"},
	    {"file://$/sp%20ace", "$/sp ace"}, {"file://$/100%25", "$/100%"},
	    {"file://$/%C3%a4", "$/\xc3\xa4"},
	    {"file://$/d%2Ff", "$/d/f"}, {"file://$/d/%2e%2E/lf", "$/d/f"}, {"file://$/a%2Bb?c#d", "$/a+b?c#d"},
	    {"file:///", "/"},
	    {"file://$/%0a%ff", "$/\n\xff"}, {"file://$/%2525", "$/%25"},
	    /* and none */
	    {"file:", "$/d/file:"}, {"file:f", "$/d/file:f"},
	    {"file", "$/d/file"}, {"file%3A///x", "$/d/file%3A/x"},
	    {"http://h/x", "$/d/http:/h/x"}, {"$/sp%20ace", "$/sp%20ace"},
	    {"./file:/x", "$/d/file:/x"}};

	if (chdir(put("$/d")) < 0)
		bail("chdir");
	for (size_t i = 0; i < COUNT(table); i++)
		makes(table[i][0], table[i][1]);
}

static void
uris(void)
{
	static const char *const bad[] = {"file://", "file://localhost",
	    "file://elsewhere.example/x", "file:///x%",
	    "file:///x%zz", "file:///x%4g", "file:///%00",
	    "file:///% 41", "file:///%-1",
	    "file://user@localhost/x", "file://localhost:80/x",
	    "file://127.0.0.2/x"};
	char host[256], uri[512] = "file://";

	for (size_t i = 0; i < COUNT(bad); i++)
		fails(bad[i], EINVAL, bad[i]);
	if (gethostname(host, sizeof(host)) < 0)
		bail("gethostname");
	strcat(uri, host);
	strcat(uri, "$/d/f");
	makes(uri, "$/d/f");
	for (char *s = uri + 7; *s && *s != '$'; s++) {
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
	}
	makes(uri, "$/d/f");
}

static void
loops(void)
{
	fails("$/loop1", ELOOP, "two links in a ring");
	fails("$/self", ELOOP, "a link to itself");
	fails("$/none/../self", ELOOP, "a ring after what is not there");
	fails("$/l40", ELOOP, "41 links");
	makes("$/none/self", "$/none/self");
}

/* n bytes of c, then tail. */
static const char *
many(size_t n, char c, const char *tail)
{
	static char s[3 * PATH_MAX];

	memset(s, c, n);
	strcpy(s + n, tail);
	return s;
}

static void
lengths(void)
{
	char out[PATH_MAX], uri[4 * PATH_MAX];

	fails("", ENOENT, "no name");
	fails(many(PATH_MAX, 'x', ""), ENAMETOOLONG, "a name as long as fits");
	fails(many(2 * PATH_MAX, '/', ""), ENAMETOOLONG, "too many slashes");
	ok(canonical(many(PATH_MAX - 1, '/', ""), out) == 0 &&
		!strcmp(out, "/"), "slashes, one less than do not fit");
	strcpy(uri, "file:/");
	memset(uri + 6, 'x', PATH_MAX);
	uri[6 + PATH_MAX - 2] = '\0';
	ok(canonical(uri + 5, out) == 0 && !strcmp(out, uri + 5),
	    "the longest path there is");
	ok(canonical(uri, out) == 0 && strlen(out) == PATH_MAX - 1,
	    "the longest one in a URI");
	uri[6 + PATH_MAX - 2] = 'x';
	uri[6 + PATH_MAX - 1] = '\0';
	ok(canonical(uri, out) < 0 && errno == ENAMETOOLONG,
	    "one longer in a URI: %s", strerror(errno));
	for (int i = 0; i < PATH_MAX - 2; i++)
		memcpy(uri + 6 + 3 * i, "%41", 4);
	ok(canonical(uri, out) == 0 && strlen(out) == PATH_MAX - 1 &&
		out[PATH_MAX - 2] == 'A',
	    "as long, all escapes");
	/* Relative, with the folder before it. */
	ok(canonical(many(PATH_MAX - strlen(scratch()) - 4, 'x', ""), out) == 0 &&
		strlen(out) == PATH_MAX - 1,
	    "relative, just fits");
	ok(canonical(many(PATH_MAX - strlen(scratch()) - 3, 'x', ""), out) < 0 &&
		errno == ENAMETOOLONG,
	    "relative, just not: %s", strerror(errno));
	/* A link whose target is longer than its name. */
	snprintf(uri, sizeof(uri), "%s/lf/%s", scratch(),
	    many(PATH_MAX - 1 - strlen(scratch()) - 4, 'x', ""));
	ok(strlen(uri) == PATH_MAX - 1 && canonical(uri, out) < 0 &&
		errno == ENAMETOOLONG,
	    "a link whose target makes it too long: %s", strerror(errno));
}

static void
gone(void)
{
	char out[PATH_MAX];

	if (mkdir(put("$/gone"), 0700) < 0 || chdir(put("$/gone")) < 0 ||
	    rmdir(put("$/gone")) < 0)
		bail("gone");
	fails("x", ENOENT, "relative to a folder that was removed");
	fails("..", ENOENT, "its parent");
	makes("$/lf", "$/d/f");
	makes("file://$/lf", "$/d/f");
	if (chdir("/") < 0)
		bail("/");
	makes("x/../y", "/y");
	makes("..", "/");
	ok(canonical("etc", out) == 0 && !strcmp(out, "/etc"),
	    "relative to the root: no double slash");
}

static void
shut(void)
{
	if (symlink("../d/f", put("$/shut/l")) < 0)
		bail("symlink");
	makes("$/shut/l", "$/d/f");
	chmod(put("$/shut"), 0);
	if (geteuid() == 0)
		makes("$/shut/l", "$/d/f");
	else
		makes("$/shut/l", "$/shut/l");
	chmod(put("$/shut"), 0700);
}

static const char *
inode(const char *name)
{
	static char out[2][64];
	static int turn;

	turn = !turn;
	memset(out[turn], GUARD, sizeof(out[turn]));
	errno = 0;
	return path_inode(put(name), out[turn], sizeof(out[turn])) == 0
	    ? out[turn]
	    : strerror(errno);
}

static void
inodes(void)
{
	struct stat st;
	char want[64];

	if (stat(put("$/d/f"), &st) < 0)
		bail("stat");
	snprintf(want, sizeof(want), "%u:%u inode %llu", major(st.st_dev),
	    minor(st.st_dev), (unsigned long long)st.st_ino);
	is(inode("$/d/f"), want, "inode: %s", want);
	is(inode("$/lf"), want, "inode: through a symlink");
	is(inode("$/d/hard"), want, "inode: a hard link is the same");
	is(inode("file://$/d/%66"), want, "inode: a URI");
	ok(strcmp(inode("$/d"), want) != 0, "inode: another file, another one");
	is(inode("/dev/null"), "char 1:3", "inode: /dev/null");
	ok(strcmp(inode("/dev/zero"), inode("/dev/null")) != 0,
	    "inode: two devices of one folder");
	is(inode("$/none"), strerror(ENOENT), "inode: none");
	is(inode("file:///x%0"), strerror(EINVAL), "inode: no URI");
	if (geteuid() != 0)
		return;
	if (mknod(put("$/n1"), S_IFCHR | 0600, makedev(1, 3)) < 0 ||
	    mknod(put("$/b1"), S_IFBLK | 0600, makedev(1, 3)) < 0) {
		if (errno != EPERM)
			bail("mknod");
		tap_without("mknod", "inode: another node of a device");
		return;
	}
	is(inode("$/n1"), "char 1:3", "inode: another node of it");
	is(inode("$/b1"), "block 1:3", "inode: block, not char");
}

void
path_part(void)
{
	scratch();
	folder_fill();
	spellings();
	uris();
	loops();
	lengths();
	shut();
	inodes();
	gone();
}
