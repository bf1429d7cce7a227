/*
 * path_test.c: one path for all spellings of a document, on a real folder.
 *
 * $ in a name or in what is expected stands for the folder.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/core/key/path.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { GUARD = 0x5a };

static char top[PATH_MAX / 2];

static void
die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

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
		memcpy(out[turn] + n, top, strlen(top));
		n += strlen(top);
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

	if (!ok(canonical(put(name), out) == 0 && !strcmp(out, expected),
		"%s is %s", name, want))
		printf("# %s (%s)\n", out, strerror(errno));
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
			die("mkdir");
	}
	if (!(f = fopen(put("$/d/f"), "w")) || fclose(f))
		die("open");
	for (size_t i = 0; i < COUNT(links); i++) {
		if (symlink(put(links[i][0]), put(links[i][1])) < 0)
			die("symlink");
	}
	if (symlink("d/f", put("$/l00")) < 0)
		die("symlink");
	for (int i = 2; i <= 40; i++) {
		snprintf(from, sizeof(from), "l%02d", i - 1);
		snprintf(to, sizeof(to), "$/l%02d", i);
		if (symlink(from, put(to)) < 0)
			die("symlink");
	}
	if (link(put("$/d/f"), put("$/d/hard")) < 0)
		die("link");
}

static void
spellings(void)
{
	static const char *const table[][2] = {
	    /* as it is */
	    {"$", "$"}, {"$/d/f", "$/d/f"}, {"/", "/"}, {"//", "/"},
	    {"$//d///f", "$/d/f"}, {"$/./d/./f", "$/d/f"}, {"$/d/", "$/d"},
	    {"$/d/.", "$/d"}, {"$/d//", "$/d"}, {"$/d/../d/f", "$/d/f"},
	    /* above the root */
	    {"/..", "/"}, {"/../..", "/"}, {"/../../../etc/..", "/"},
	    {"/.", "/"}, {"/../..$/d", "$/d"},
	    /* from the working folder, which is d */
	    {"f", "$/d/f"}, {"./f", "$/d/f"}, {".", "$/d"}, {"..", "$"},
	    {"../d/f", "$/d/f"}, {"e/..", "$/d"}, {"e/../f", "$/d/f"},
	    {"f/", "$/d/f"}, {"...", "$/d/..."}, {"-x", "$/d/-x"},
	    {" ", "$/d/ "}, {"a\nb", "$/d/a\nb"}, {"\xff", "$/d/\xff"},
	    /* symlinks: relative, absolute, of folders, in a row */
	    {"$/lf", "$/d/f"}, {"$/ld/f", "$/d/f"}, {"$/ld/e", "$/d/e"},
	    {"$/labs", "$/d/e"}, {"$/d/e/up", "$/d/f"}, {"$/odd", "$/d/e"},
	    {"$/slash", "$/d/e"}, {"$/slash/x", "$/d/e/x"},
	    {"$/ld/../x", "$/x"}, {"$/labs/../f", "$/d/f"},
	    {"$/labs/..", "$/d"}, {"$/here/here/here/d", "$/d"},
	    {"$/d/back/d/back", "$"}, {"$/root/..", "/"}, {"$/root", "/"},
	    {"$/root/$/d", "$/d"}, {"$/l39", "$/d/f"},
	    /* through what is no folder: as it stands */
	    {"$/d/f/x", "$/d/f/x"}, {"$/d/f/..", "$/d"},
	    {"$/d/f/../f", "$/d/f"}, {"$/through", "$/d/x"},
	    /* two names of one file are two documents */
	    {"$/d/hard", "$/d/hard"},
	    /* what does not exist */
	    {"$/none", "$/none"}, {"$/none/x", "$/none/x"},
	    {"$/none/", "$/none"}, {"$/none/./x//y/", "$/none/x/y"},
	    {"$/none/../d/f", "$/d/f"}, {"$/none/x/../../lf", "$/d/f"},
	    {"$/none/..", "$"}, {"none/../../lf", "$/d/f"},
	    {"$/none/../ld/f", "$/d/f"}, {"$/ld/none", "$/d/none"},
	    {"$/dangling", "$/none/x"}, {"$/dangling-abs", "$/none/x"},
	    {"$/dangling/..", "$/none"}, {"$/dangling/../../lf", "$/d/f"},
	    {"$/d/none/..", "$/d"}, {"$/none/lf", "$/none/lf"},
	    /* URIs */
	    {"file://$/d/f", "$/d/f"}, {"file:$/d/f", "$/d/f"},
	    {"file://localhost$/d/f", "$/d/f"},
	    {"file://LocalHost$/ld/f", "$/d/f"}, {"FILE://$/d/f", "$/d/f"},
	    {"File:$/d/f", "$/d/f"}, {"file://$/sp%20ace", "$/sp ace"},
	    {"file://$/sp ace", "$/sp ace"}, {"file://$/100%25", "$/100%"},
	    {"file://$/%C3%a4", "$/\xc3\xa4"}, {"file://$/%64/%66", "$/d/f"},
	    {"file://$/d%2Ff", "$/d/f"}, {"file://$/d/%2e%2E/lf", "$/d/f"},
	    {"file://$/a+b", "$/a+b"}, {"file://$/a%2Bb?c#d", "$/a+b?c#d"},
	    {"file:///", "/"}, {"file:/", "/"}, {"file://localhost/", "/"},
	    {"file://$/%0a%ff", "$/\n\xff"}, {"file://$/%2525", "$/%25"},
	    /* and none */
	    {"file:", "$/d/file:"}, {"file:f", "$/d/file:f"},
	    {"file", "$/d/file"}, {"file%3A///x", "$/d/file%3A/x"},
	    {"http://h/x", "$/d/http:/h/x"}, {"$/sp%20ace", "$/sp%20ace"},
	    {"./file:/x", "$/d/file:/x"}};

	if (chdir(put("$/d")) < 0)
		die("chdir");
	for (size_t i = 0; i < COUNT(table); i++)
		makes(table[i][0], table[i][1]);
}

static void
uris(void)
{
	static const char *const bad[] = {"file://", "file://localhost",
	    "file://elsewhere.example/x", "file://elsewhere", "file:///x%",
	    "file:///x%4", "file:///x%zz", "file:///x%4g", "file:///%00",
	    "file:///x%00y", "file:///%0", "file:///% 41", "file:///%-1",
	    "file://user@localhost/x", "file://localhost:80/x",
	    "file://127.0.0.2/x"};
	char host[256], uri[512] = "file://";

	for (size_t i = 0; i < COUNT(bad); i++)
		fails(bad[i], EINVAL, bad[i]);
	if (gethostname(host, sizeof(host)) < 0)
		die("gethostname");
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
	fails("$/loop1/x", ELOOP, "below a ring");
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
	ok(canonical(many(PATH_MAX - strlen(top) - 4, 'x', ""), out) == 0 &&
		strlen(out) == PATH_MAX - 1,
	    "relative, just fits");
	ok(canonical(many(PATH_MAX - strlen(top) - 3, 'x', ""), out) < 0 &&
		errno == ENAMETOOLONG,
	    "relative, just not: %s", strerror(errno));
	/* A link whose target is longer than its name. */
	snprintf(uri, sizeof(uri), "%s/lf/%s", top,
	    many(PATH_MAX - 1 - strlen(top) - 4, 'x', ""));
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
		die("gone");
	fails("x", ENOENT, "relative to a folder that was removed");
	fails("..", ENOENT, "its parent");
	makes("$/lf", "$/d/f");
	makes("file://$/lf", "$/d/f");
	if (chdir("/") < 0)
		die("/");
	makes("x/../y", "/y");
	makes("..", "/");
	ok(canonical("etc", out) == 0 && !strcmp(out, "/etc"),
	    "relative to the root: no double slash");
}

static void
shut(void)
{
	if (symlink("../d/f", put("$/shut/l")) < 0)
		die("symlink");
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
		die("stat");
	snprintf(want, sizeof(want), "%u:%u inode %llu", major(st.st_dev),
	    minor(st.st_dev), (unsigned long long)st.st_ino);
	ok(!strcmp(inode("$/d/f"), want), "inode: %s", want);
	ok(!strcmp(inode("$/lf"), want), "inode: through a symlink");
	ok(!strcmp(inode("$/d/hard"), want), "inode: a hard link is the same");
	ok(!strcmp(inode("file://$/d/%66"), want), "inode: a URI");
	ok(strcmp(inode("$/d"), want) != 0, "inode: another file, another one");
	ok(!strcmp(inode("/dev/null"), "char 1:3"), "inode: /dev/null");
	ok(strcmp(inode("/dev/zero"), inode("/dev/null")) != 0,
	    "inode: two devices of one folder");
	ok(!strcmp(inode("$/none"), strerror(ENOENT)), "inode: none");
	ok(!strcmp(inode("$/d/f/x"), strerror(ENOTDIR)), "inode: no folder");
	ok(!strcmp(inode("$/self"), strerror(ELOOP)), "inode: a ring");
	ok(!strcmp(inode(""), strerror(ENOENT)), "inode: no name");
	ok(!strcmp(inode("file:///x%0"), strerror(EINVAL)), "inode: no URI");
	ok(!strcmp(inode(many(PATH_MAX, 'x', "")), strerror(ENAMETOOLONG)),
	    "inode: a long name");
	if (geteuid() != 0)
		return;
	if (mknod(put("$/n1"), S_IFCHR | 0600, makedev(1, 3)) < 0 ||
	    mknod(put("$/b1"), S_IFBLK | 0600, makedev(1, 3)) < 0) {
		if (errno != EPERM)
			die("mknod");
		tap_without("mknod", "inode: another node of a device");
		return;
	}
	ok(!strcmp(inode("$/n1"), "char 1:3"), "inode: another node of it");
	ok(!strcmp(inode("$/b1"), "block 1:3"), "inode: block, not char");
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	char name[PATH_MAX / 2], command[PATH_MAX];

	snprintf(name, sizeof(name), "%s/path_test.XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(name) || !realpath(name, command))
		die("mkdtemp");
	snprintf(top, sizeof(top), "%.*s", (int)sizeof(top) - 1, command);
	folder_fill();
	spellings();
	uris();
	loops();
	lengths();
	shut();
	inodes();
	gone();
	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	ok(system(command) == 0, "the folder can be removed");
	return tap_end();
}
