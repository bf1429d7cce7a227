/*
 * path.c: one path for all spellings of a document, on a real folder.
 *
 * $ in a name or in an expected result stands for the folder.
 */
#include <sys/sysmacros.h>

#include "cli/core/key/path.h"
#include "tests/unit/tap.h"

enum { GUARD = 0x5a };

/* The string with the folder for each $. */
static const char *
put(const char *s)
{
	static char out[2][4 * PATH_MAX];
	static int turn;
	char *to = out[turn = !turn];

	for (*to = '\0'; *s; s++)
		to = *s == '$' ? stpcpy(to, scratch())
			       : stpcpy(to, (char[]){*s, '\0'});
	return out[turn];
}

/* A block of its own: ASan sees every byte beyond it.  What is wrong, in
 * words, where there is no path. */
static const char *
canonical(const char *name)
{
	static char result[PATH_MAX];
	char *out = malloc(PATH_MAX);

	memset(out, GUARD, PATH_MAX);
	errno = 0;
	strcpy(result, path_canonical(name, out) ? strerror(errno) : out);
	free(out);
	return result;
}

static void
makes(const char *name, const char *want)
{
	const char *expected = put(want);

	is(canonical(put(name)), expected, "'%s' is '%s'", name, want);
}

static void
fails(const char *name, int err)
{
	is(canonical(put(name)), strerror(err), "'%.40s' is none", name);
}

static void
folder_fill(void)
{
	static const char *const folders[] = {"d", "d/e", "shut", "sp ace",
	    "100%", "\xc3\xa4"};
	static const char *const links[][2] = {{"d", "ld"}, {"d/f", "lf"},
	    {"$/d/e", "labs"}, {"../f", "d/e/up"}, {"none/x", "dangling"},
	    {"$/none/x", "dangling-abs"}, {"loop2", "loop1"},
	    {"loop1", "loop2"}, {"self", "self"}, {".", "here"},
	    {"..", "d/back"}, {"d//e/.", "odd"}, {"lf/../x", "through"},
	    {"/", "root"}, {"d/f", "l00"}, {"l00", "l01"}, {"d/e/", "slash"},
	    {"../d/f", "shut/l"}};
	char from[32], to[32];

	scratch();
	for (size_t i = 0; i < COUNT(folders); i++) {
		if (mkdir(folders[i], 0700) < 0)
			bail("mkdir");
	}
	file_write("d/f", "", 0, 0600);
	for (size_t i = 0; i < COUNT(links); i++) {
		if (symlink(put(links[i][0]), links[i][1]) < 0)
			bail("symlink");
	}
	for (int i = 2; i <= 40; i++) {
		snprintf(from, sizeof(from), "l%02d", i - 1);
		snprintf(to, sizeof(to), "l%02d", i);
		if (symlink(from, to) < 0)
			bail("symlink");
	}
	if (link("d/f", "d/hard") < 0)
		bail("link");
}

static const char *const spellings[][2] = {
    /* as it is */
    {"$", "$"}, {"$/d/f", "$/d/f"}, {"/", "/"}, {"//", "/"},
    {"$//d/././/f", "$/d/f"}, {"$/d/", "$/d"}, {"$/d/.", "$/d"},
    /* above the root */
    {"/..", "/"}, {"/../../../etc/..", "/"},
    /* from the working folder, which is d */
    {"f", "$/d/f"}, {".", "$/d"}, {"..", "$"}, {"e/../f", "$/d/f"},
    {"f/", "$/d/f"}, {"...", "$/d/..."}, {"a\n \xff", "$/d/a\n \xff"},
    /* symlinks: relative, absolute, of folders, in a row */
    {"$/lf", "$/d/f"}, {"$/ld/f", "$/d/f"}, {"$/labs", "$/d/e"},
    {"$/d/e/up", "$/d/f"}, {"$/odd", "$/d/e"}, {"$/slash", "$/d/e"},
    {"$/labs/..", "$/d"}, {"$/here/here/here/d", "$/d"},
    {"$/d/back/d/back", "$"}, {"$/root/$/d", "$/d"},
    {"$/l39", "$/d/f"}, {"$/shut/l", "$/d/f"},
    /* through what is no folder: as it stands */
    {"$/d/f/x", "$/d/f/x"}, {"$/d/f/..", "$/d"}, {"$/through", "$/d/x"},
    /* two names of one file are two documents */
    {"$/d/hard", "$/d/hard"},
    /* what does not exist */
    {"$/none", "$/none"}, {"$/none/./x//y/", "$/none/x/y"},
    {"$/none/x/../../lf", "$/d/f"}, {"$/ld/none", "$/d/none"},
    {"$/dangling", "$/none/x"}, {"$/dangling-abs", "$/none/x"},
    {"$/dangling/../../lf", "$/d/f"}, {"$/none/self", "$/none/self"},
    /* URIs */
    {"file://$/d/f", "$/d/f"}, {"file:$/d/f", "$/d/f"},
    {"file://localhost$/d/f", "$/d/f"}, {"file://LocalHost$/ld/f", "$/d/f"},
    {"FILE://$/d/f", "$/d/f"}, {"file://$/sp%20ace", "$/sp ace"},
    {"file://$/100%25", "$/100%"}, {"file://$/%C3%a4", "$/\xc3\xa4"},
    {"file://$/d/%2e%2E/lf", "$/d/f"}, {"file://$/a%2Bb?c#d", "$/a+b?c#d"},
    {"file:///", "/"}, {"file://$/%2525", "$/%25"},
    /* and none */
    {"file:f", "$/d/file:f"},
    {"file%3A///x", "$/d/file%3A/x"}, {"http://h/x", "http://h/x"},
    {"$/sp%20ace", "$/sp%20ace"}, {"./file:/x", "$/d/file:/x"},
};

static const struct {
	const char *name;
	int err;
} no_path[] = {{"", ENOENT}, {"file://", EINVAL}, {"file://localhost", EINVAL},
    {"file://elsewhere.example/x", EINVAL}, {"file:///x%", EINVAL},
    {"file:///x%zz", EINVAL}, {"file:///x%4g", EINVAL},
    {"file:///x%00y", EINVAL}, {"file:///% 41", EINVAL},
    {"file://user@localhost/x", EINVAL}, {"file://localhost:80/x", EINVAL},
    {"$/loop1", ELOOP}, {"$/self", ELOOP}, {"$/none/../self", ELOOP},
    {"$/l40", ELOOP}};

static void
hosts(void)
{
	char uri[512] = "file://";

	if (gethostname(uri + 7, 256) < 0)
		bail("gethostname");
	for (char *s = uri + 7; *s; s++)
		*s = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
	strcat(uri, "$/d/f");
	makes(uri, "$/d/f");
}

/* n bytes of c behind head: it is a path of that length (0: none). */
static void
long_one(const char *head, size_t n, const char *c, size_t want)
{
	static char s[4 * PATH_MAX];
	char *at = stpcpy(s, put(head));
	const char *got;

	for (; n; n--)
		at = stpcpy(at, c);
	got = canonical(s);
	ok(want ? *got == '/' && strlen(got) == want
		: !strcmp(got, strerror(ENAMETOOLONG)),
	    "%zu bytes of %s behind '%s' are %zu", (size_t)(at - s), c, head,
	    want);
}

static void
lengths(void)
{
	size_t most = PATH_MAX - 1, top = strlen(scratch());

	long_one("", PATH_MAX, "x", 0);
	long_one("", 2 * PATH_MAX, "/", 0);
	long_one("", most, "/", 1);
	long_one("/", most - 1, "x", most);
	long_one("file:/", most - 1, "x", most);
	long_one("file:/", most, "x", 0);
	long_one("file:/", most - 1, "%41", most);
	/* Relative, with the folder before it. */
	long_one("", most - top - 3, "x", most);
	long_one("", most - top - 2, "x", 0);
	/* A link whose target is longer than its name. */
	long_one("$/lf/", most - top - 4, "x", 0);
}

static void
gone(void)
{
	if (mkdir(put("$/gone"), 0700) < 0 || chdir(put("$/gone")) < 0 ||
	    rmdir(put("$/gone")) < 0)
		bail("gone");
	fails("x", ENOENT);
	fails("..", ENOENT);
	makes("file://$/lf", "$/d/f");
	if (chdir("/") < 0)
		bail("/");
	makes("..", "/");
	makes("etc", "/etc");
}

static const char *
inode(const char *name)
{
	static char out[64];

	memset(out, GUARD, sizeof(out));
	errno = 0;
	return path_inode(put(name), out, sizeof(out)) == 0 ? out
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
	is(inode("$/lf"), want, "inode: through a symlink");
	is(inode("$/d/hard"), want, "inode: a hard link is the same");
	is(inode("file://$/d/%66"), want, "inode: a URI");
	ok(strcmp(inode("$/d"), want) != 0, "inode: another file, another one");
	is(inode("/dev/null"), "char 1:3", "inode: /dev/null");
	is(inode("$/none"), strerror(ENOENT), "inode: none");
}

void
path_part(void)
{
	folder_fill();
	if (chdir(put("$/d")) < 0)
		bail("chdir");
	for (size_t i = 0; i < COUNT(spellings); i++)
		makes(spellings[i][0], spellings[i][1]);
	for (size_t i = 0; i < COUNT(no_path); i++)
		fails(no_path[i].name, no_path[i].err);
	hosts();
	lengths();
	chmod(put("$/shut"), 0);
	makes("$/shut/l", geteuid() ? "$/shut/l" : "$/d/f");
	chmod(put("$/shut"), 0700);
	inodes();
	gone();
}
