/*
 * exact_slots.c: state folders in which something else lies where a slot has its
 * files, and what a launch and the verbs make of that.
 */
#include <stddef.h>

#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"

/* What is there: of the program true, without a key, or of job. */
#define SLOT "true-648532a08b1b03dae2743ef4268097f0"
#define RECORD(more) "activations=00000000000002\nused=01800000000000\n" \
	"keeper=00000000000000\nlisteners=00000000000000\n" more \
	"\nsince=1800000000000\napp=/bin/true\nscope=user\nindex=0\ncwd=/\n" \
	"arg=true\nend=1\n"
#define OF "$ONLYONE_DIR=/var/of/"
#define IN(kind) OF kind " "
#define SEAL "../seal.f99bffee6bb806a5b12405e9b763a553"
#define STAMP "~/.local/state/onlyone/" SLOT
#define RUNS 3, "> true 3\n"
#define DEAD "pid=4000000\nstart=7\npidfs=0\npidns=4026531836"

enum { OTHER = 1001 };

/* More than one row may be of a kind, which is the name of the state folder. */
static const struct {
	const char *kind, *file; /* "": the folder of the slot itself; with / in
	                          * it; with ../ beside it; with ~ at home */
	mode_t mode;
	uid_t uid;               /* 0: our own */
	const char *text;        /* a newline stands for a NUL */
} things[] = {
	{ "file", "", S_IFREG | 0600, 0, "" },
	{ "link", "", S_IFLNK | 0777, 0, "/home/u" },
	{ "theirs", "", S_IFDIR | 0777, OTHER, NULL },
	{ "seen", "", S_IFDIR | 0755, OTHER, NULL },
	{ "open", "", S_IFDIR | 0777, 0, NULL },
	{ "group", "", S_IFDIR | 0720, 0, NULL },
	{ "read", "", S_IFDIR | 0755, 0, NULL },
	{ "fuse", "", S_IFDIR | 0700, 0, NULL }, /* mounted there */
	{ "ext", "", S_IFDIR | 0700, 0, NULL },
	{ "no-pid", "/pid", S_IFDIR | 0700, 0, NULL },
	{ "pid-link", "/pid", S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "pid-theirs", "/pid", S_IFREG | 0666, OTHER, "4000000\n" },
	{ "pid-odd", "/pid", S_IFREG | 0600, 0, "x" },
	{ "pid-old", "/pid", S_IFREG | 0600, 0, "4000000\n" },
	{ "info-dir", "/info", S_IFDIR | 0700, 0, NULL },
	{ "info-link", "/info", S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "info-odd", "/info", S_IFREG | 0600, 0, "pid=1\n" },
	{ "info-theirs", "/info", S_IFREG | 0644, OTHER, RECORD(DEAD) },
	{ "info-dead", "/info", S_IFREG | 0600, 0, RECORD(DEAD) },
	{ "info-gone", "/info", S_IFREG | 0600, 0,
	    RECORD("pid=4000000\nstart=7\npidfs=0\npidns=7") },
	{ "info-nowhere", "/info", S_IFREG | 0600, 0,
	    RECORD("pid=4000000\nstart=7\npidfs=0\npidns=0") },
	{ "nowhere", "/pid", S_IFREG | 0600, 0, "4000000\n" },
	{ "nowhere", "/mapping", S_IFREG | 0600, 0, "0\n" },
	{ "nowhere", "/info", S_IFREG | 0600, 0,
	    RECORD("pid=4000000\nstart=7\npidfs=0\npidns=0") },
	{ "gone", "/pid", S_IFREG | 0600, 0, "4000000\n" },
	{ "gone", "/mapping", S_IFREG | 0600, 0, "7\n" },
	{ "gone", "/info", S_IFREG | 0600, 0,
	    RECORD("pid=4000000\nstart=7\npidfs=0\npidns=7") },
	{ "info-boot", "/info", S_IFREG | 0600, 0, RECORD("pid=1\nstart=1\n"
	    "pidfs=0\npidns=4026531836\nboot=another") },
	{ "info-first", "/info", S_IFREG | 0600, 0, RECORD("pid=1\nstart=1\n"
	    "pidfs=0\npidns=4026531836") },
	{ "sock-dir", "/sock", S_IFDIR | 0700, 0, NULL },
	{ "sock-file", "/sock", S_IFREG | 0600, 0, "" },
	{ "map-dir", "/mapping", S_IFDIR | 0700, 0, NULL },
	{ "map-link", "/mapping", S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "map-theirs", "/mapping", S_IFREG | 0666, OTHER, "" },
	{ "room-dir", "/info.new", S_IFDIR | 0700, 0, NULL },
	{ "room-map", "/mapping.new", S_IFREG | 0666, OTHER, "" },
	{ "ended-dir", "../.ended", S_IFDIR | 0700, 0, NULL },
	{ "ended-link", "../.ended", S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "ended-theirs", "../.ended", S_IFREG | 0666, OTHER, "" },
	{ "ended-open", "../.ended", S_IFREG | 0666, 0, "" },
	{ "ended-odd", "../.ended", S_IFREG | 0600, 0, "app=x\n\n\napp=/bin/true"
	    "\nend=1\n\n\napp=/bin/true\npid=7\npidns=7\nsince=999998000"
	    "\nended=1800000000500\nexit=3\nend=1\n" },
	{ "seal-dir", SEAL, S_IFDIR | 0700, 0, NULL },
	{ "seal-link", SEAL, S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "seal-theirs", SEAL, S_IFREG | 0644, OTHER, "" },
	{ "seal-open", SEAL, S_IFREG | 0622, 0, "" },
	{ "seal-odd", SEAL, S_IFREG | 0600, 0, "boot" },
	{ "seal-past", SEAL, S_IFREG | 0600, 0, "boot=another\n#########\n" },
	{ "stamp-dir", STAMP, S_IFDIR | 0700, 0, NULL },
	{ "stamp-link", STAMP, S_IFLNK | 0777, 0, "/home/u/.keep" },
	{ "stamp-theirs", STAMP, S_IFREG | 0644, OTHER, "" },
	{ "stamp-open", STAMP, S_IFREG | 0620, 0, "" },
	{ "stamp-odd", STAMP, S_IFREG | 0600, 0, "start=18" },
	{ "stamp-part", STAMP, S_IFREG | 0600, 0, "start=1799999999000\n"
	    "app=/bin/true\n" },
	{ "stamp-zero", STAMP, S_IFREG | 0600, 0, "start=0\napp=/bin/true\n"
	    "end=1\n" },
	{ "stamp-now", STAMP ".now", S_IFDIR | 0700, 0, NULL },
	{ "page", "/window-9", S_IFREG | 0600, 0, "" },
};

const struct exact_row exact_slots[] = {
	{ IN("file") "true 3", 73,
	    "cannot open slot folder /var/of/file/" SLOT ": Not a directory\n" },
	{ IN("link") "true 3", 73,
	    "cannot open slot folder /var/of/link/" SLOT ": Not a directory\n" },
	{ IN("theirs") "true 3", 73,
	    "slot folder /var/of/theirs/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("seen") "true 3", 73,
	    "slot folder /var/of/seen/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("open") "true 3", 73,
	    "slot folder /var/of/open/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("group") "true 3", 73,
	    "slot folder /var/of/group/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("read") "true 3", RUNS },
	{ IN("fuse") "true 3", 73,
	    "slot folder /var/of/fuse/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("ext") "true 3", RUNS },
	{ IN("no-pid") "true 3", 73,
	    "cannot lock the pidfile of /var/of/no-pid/" SLOT ": Is a "
	    "directory\n" },
	{ IN("pid-link") "true 3", 73,
	    "cannot lock the pidfile of /var/of/pid-link/" SLOT ": Too many "
	    "levels of symbolic links\n" },
	{ IN("pid-theirs") "true 3", 73,
	    "the pidfile of /var/of/pid-theirs/" SLOT " is of the wrong type "
	    "or not yours; move it away\n" },
	{ IN("pid-odd") "true 3", RUNS },
	{ IN("pid-old") "true 3", RUNS },
	{ IN("info-dir") "true 3", 73,
	    "cannot read /var/of/info-dir/" SLOT "/info: Operation not "
	    "permitted\n" },
	{ IN("info-link") "true 3", 73,
	    "cannot read /var/of/info-link/" SLOT "/info: Too many levels of "
	    "symbolic links\n" },
	{ IN("info-odd") "true 3", RUNS },
	{ IN("info-theirs") "true 3", 73,
	    "cannot read /var/of/info-theirs/" SLOT "/info: Operation not "
	    "permitted\n" },
	{ IN("info-dead") "true 3", RUNS },
	{ IN("info-gone") "true 3", RUNS },
	{ IN("info-nowhere") "true 3", RUNS },
	{ IN("nowhere") "true 3", RUNS },
	{ IN("gone") "true 3", RUNS },
	{ IN("info-boot") "true 3", RUNS },
	{ IN("info-first") "true 3", RUNS },
	{ IN("sock-dir") "true 3", RUNS },
	{ IN("sock-file") "true 3", RUNS },
	{ IN("map-dir") "true 3", 73,
	    "cannot read /var/of/map-dir/" SLOT "/mapping: Is a directory\n" },
	{ IN("map-link") "true 3", 73,
	    "cannot read /var/of/map-link/" SLOT "/mapping: Too many levels of "
	    "symbolic links\n" },
	{ IN("map-theirs") "true 3", 73,
	    "cannot read /var/of/map-theirs/" SLOT "/mapping: Operation not "
	    "permitted\n" },
	{ IN("room-dir") "true 3", RUNS },
	{ IN("room-map") "true 3", RUNS },
	{ IN("page") "true 3", RUNS },
	{ IN("ended-dir") "true 3 ; "
	    IN("ended-dir") "ctl log true", 3,
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("ended-link") "true 3 ; "
	    IN("ended-link") "ctl log true", 3,
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("ended-theirs") "true 3 ; "
	    IN("ended-theirs") "ctl log true", 3,
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("ended-open") "true 3 ; "
	    IN("ended-open") "ctl log true", 3,
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("ended-odd") "true 3 ; "
	    IN("ended-odd") "ctl log true", 0,
	    "= 3\n"
	    "TIME                         PID  WHAT\n"
	    "2027-01-15 08:00:00.500        ?  has ended, status 3\n"
	    "...\n" },
	{ IN("pid-link") "ctl status true ; "
	    IN("pid-link") "ctl list true ; "
	    IN("pid-link") "true 3 ; "
	    IN("pid-link") "ctl stop true", 3,
	    "true is not running\n"
	    "= 3\n"
	    "no instance of 'true' is running\n"
	    "cannot lock the pidfile of /var/of/pid-link/" SLOT ": Too many "
	    "levels of symbolic links\n"
	    "= 73\n"
	    "true is not running\n" },
	{ IN("info-dir") "ctl status true ; "
	    IN("info-dir") "ctl list true ; "
	    IN("info-dir") "true 3 ; "
	    IN("info-dir") "ctl stop true", 3,
	    "true is not running\n"
	    "= 3\n"
	    "no instance of 'true' is running\n"
	    "cannot read /var/of/info-dir/" SLOT "/info: Operation not "
	    "permitted\n"
	    "= 73\n"
	    "true is not running\n" },
	{ IN("info-first") "ctl status true ; "
	    IN("info-first") "ctl list true ; "
	    IN("info-first") "true 3 ; "
	    IN("info-first") "ctl stop true", 3,
	    "true is not running\n"
	    "= 3\n"
	    "no instance of 'true' is running\n"
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("sock-dir") "ctl status true ; "
	    IN("sock-dir") "ctl list true ; "
	    IN("sock-dir") "true 3 ; "
	    IN("sock-dir") "ctl stop true", 3,
	    "true is not running\n"
	    "= 3\n"
	    "no instance of 'true' is running\n"
	    "= 3\n"
	    "true is not running\n"
	    "> true 3\n" },
	{ IN("file") "--on-error=run true 3", 3,
	    "cannot open slot folder /var/of/file/" SLOT ": Not a directory\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true 3\n" },
	{ IN("pid-theirs") "--on-error=run true 3", 3,
	    "the pidfile of /var/of/pid-theirs/" SLOT " is of the wrong type "
	    "or not yours; move it away\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true 3\n" },
	{ IN("map-dir") "--on-error=run true 3", 3,
	    "cannot read /var/of/map-dir/" SLOT "/mapping: Is a directory\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true 3\n" },
	{ IN("pid-theirs") "-j2 true 3", 73,
	    "the pidfile of /var/of/pid-theirs/" SLOT " is of the wrong type "
	    "or not yours; move it away\n" },
	{ IN("group") "-w1 true 3", 73,
	    "slot folder /var/of/group/" SLOT " is of the wrong type or not "
	    "yours; move it away\n" },
	{ IN("info-dir") "--skip true 3", 73,
	    "cannot read /var/of/info-dir/" SLOT "/info: Operation not "
	    "permitted\n" },
	{ IN("info-dir") "--replace true 3", 73,
	    "cannot read /var/of/info-dir/" SLOT "/info: Operation not "
	    "permitted\n" },
	{ IN("nowhere") "--replace true 3", RUNS },
	{ IN("nowhere") "-j2 true 3", RUNS },
	{ IN("gone") "--skip true 3", RUNS },
	{ IN("info-odd") "-E7 true 3", RUNS },
	{ IN("info-first") "-w1 true 3", RUNS },
	{ IN("info-dir") "--dry-run true 3", 0,
	    "slot:        /var/of/info-dir/" SLOT "\n"
	    "would:       exit with 73: cannot read "
	    "/var/of/info-dir/" SLOT "/info: Operation not permitted\n" },
	{ IN("map-dir") "--dry-run true 3", 0,
	    "slot:        /var/of/map-dir/" SLOT "\n"
	    "would:       exit with 73: cannot read "
	    "/var/of/map-dir/" SLOT "/mapping: Is a directory\n" },
	{ NULL, 0, NULL }
};

/* Each line of a record is a field. */
static void
record_end(struct inode *f)
{
	for (size_t i = 0; i < f->size; i++)
		f->data[i] = f->data[i] == '\n' ? '\0' : f->data[i];
}

/* Nothing stays of a slot that was used, whatever was there: one that is named was
 * not. */
void
exact_slots_left(const struct exact_row *row)
{
	const char *words = row->words;
	char path[NAME];
	struct inode *dir;
	int n;

	if (strncmp(words, OF, sizeof(OF) - 1) || !strstr(row->text, "> ") ||
	    strstr(row->text, SLOT))
		return;
	n = (int)strcspn(words, " ") - 1 - (int)strlen("ONLYONE_DIR=");
	snprintf(path, sizeof(path), "%.*s/" SLOT, n, strchr(words, '/'));
	if (path_find(AT_FDCWD, path, false, &dir) == 0)
		wrong("%s stays", path);
}

static struct inode *
thing_make(const char *path, mode_t mode, uid_t uid, const char *text)
{
	char within[NAME + 4];
	struct inode *made;

	if (S_ISDIR(mode)) {
		snprintf(within, sizeof(within), "%s/.x", path);
		made = file_make(within, 0, "");
		made->entry->inode = NULL; /* it is empty */
		made = made->parent;
	} else {
		made = file_make(path, 0, text);
		if (made->size > 16)
			record_end(made);
	}
	made->mode = mode;
	made->uid = uid ? uid : procs->uid;
	return made;
}

/* Those of the row that is drawn. */
void
exact_slots_make(const char *words)
{
	struct inode *made;
	char path[NAME];
	size_t n;

	if (strncmp(words, OF, sizeof(OF) - 1) != 0)
		return;
	words += sizeof(OF) - 1;
	n = strcspn(words, " ");
	now = procs;
	file_make("/var/of/.keep", 0600, "");
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		const char *file = things[i].file;

		if (strncmp(things[i].kind, words, n) || things[i].kind[n])
			continue;
		snprintf(path, sizeof(path), *file == '~' ? "/home/u%s%s" :
		    *file == '.' ? "/var/of/%s%s" : "/var/of/%s/" SLOT "%s",
		    *file == '~' ? "" : things[i].kind, strchr("~.", *file) &&
		    *file ? file + strcspn(file, "/") : file);
		made = thing_make(path, things[i].mode, things[i].uid,
		    things[i].text);
		for (const struct mount *m = mounts; m < mounts + MOUNTS; m++) {
			if (!strcmp(strrchr(m->path, '/') + 1, things[i].kind))
				made->mount = m;
		}
	}
	now = NULL;
}
