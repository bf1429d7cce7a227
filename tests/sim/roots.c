/*
 * roots.c: where the state roots of this world are.
 *
 * ONLYONE_DIR gives it, or it has a default place, in a folder where others may make
 * names too: they have taken some, and take some while we run.  What is there when the
 * run begins decides which root all must use, unless something goes wrong.
 */
#include <linux/magic.h>

#include <stdlib.h>

#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sched.h"

#define GIVEN "/run/o"

enum { BASES = 2, FEW = 17 /* names that are tried */, MOST = 19 };

/* What is at a name that we may not use. */
enum taken { ANOTHERS, OPEN_TO_ALL, A_FILE, A_LINK, MOUNTED, TAKEN };

/* A folder for default roots. */
struct base {
	const char *dir;
	struct inode *at; /* NULL: it is not there */
	char stem[24];    /* the name of a root in it */
	bool closed;      /* we can make nothing there */
};

static struct {
	bool given;
	bool empty;          /* ONLYONE_DIR is */
	struct base base[BASES];
	char path[2 * NAME]; /* of the one to use; "": it is not known */
	bool changes;        /* others do something meanwhile: */
	unsigned long comes; /* before this call the first base is made; 0: never */
	int grabs;           /* so often they take what we are about to make */
	unsigned long last;  /* the number of the last inode before the run */
	struct inode *aside; /* where a link leads to */
	struct inode *own;   /* the one to use; NULL: it is not there yet */
} roots;

/* The n-th name of a root. */
static const char *
name_of(const struct base *b, int n)
{
	static char name[NAME];

	snprintf(name, sizeof(name), n ? "%s.%d" : "%s", b->stem, n);
	return name;
}

/* Something that is no root of ours. */
static void
take(const struct base *b, int n)
{
	enum { OTHER = 1001 };
	const char *name = name_of(b, n);
	char path[2 * NAME];

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	switch ((enum taken)sim_random(n > 2 ? 2 : TAKEN)) {
	case ANOTHERS:
		folder_make(b->at, name, sim_random(2) ? 0700 : 0777, OTHER);
		break;
	case OPEN_TO_ALL:
		folder_make(b->at, name, 0775, procs->uid);
		break;
	case A_FILE:
		file_make(path, 0600, "")->uid = procs->uid;
		break;
	case A_LINK:
		link_make(path, "/home/u/aside")->uid = procs->uid;
		break;
	default:
		folder_make(b->at, name, 0700, procs->uid)->mounted = true;
	}
}

/* Which root this base has for us; a new one, if none is there. */
static void
base_fill(const struct base *b, char path[2 * NAME])
{
	static const int many[] = { 0, 0, 0, 1, 2, 3, FEW - 1, FEW, MOST };
	int taken = many[sim_random(sizeof(many) / sizeof(*many))], own = -1, n;
	bool settled = sim_random(2), second;

	for (n = 0; n < taken; n++)
		take(b, n);
	if (!b->closed && !sim_random(3)) {
		own = taken + (sim_random(2) ? 0 : (int)sim_random(40));
		folder_make(b->at, name_of(b, own), settled ? 0700 : 0500,
		    procs->uid);
		/* Of two launches that were killed early. */
		if (!sim_random(4)) {
			second = sim_random(2);
			n = own + 1 + (int)sim_random(9);
			folder_make(b->at, name_of(b, n), second ? 0700 : 0500,
			    procs->uid);
			own = second && !settled ? n : own;
		}
	}
	snprintf(path, 2 * NAME, "%s/%s", b->dir, own >= 0 ? name_of(b, own) :
	    taken < FEW ? name_of(b, taken) : "");
}

/* Others have folders for default roots, and may have been in them. */
static void
bases_make(void)
{
	struct inode *run = file_make("/run/.keep", 0644, "")->parent;
	char path[2 * NAME];

	roots.aside = folder_make(child_find(child_find(root_inode, "home"), "u"),
	    "aside", 0700, procs->uid);
	roots.base[0].dir = "/run/onlyone";
	roots.base[1].dir = "/tmp";
	snprintf(roots.base[0].stem, sizeof(roots.base->stem), "%u", procs->uid);
	snprintf(roots.base[1].stem, sizeof(roots.base->stem), "onlyone-%u",
	    procs->uid);
	if (sim_random(2)) {
		roots.base[0].closed = procs->uid && !sim_random(6);
		roots.base[0].at = folder_make(run, "onlyone",
		    roots.base[0].closed ? 0755 : 01777, 0);
	}
	roots.base[1].at = child_find(root_inode, "tmp");
	for (struct base *b = roots.base + BASES; b-- > roots.base;) {
		if (!b->at)
			continue;
		base_fill(b, path);
		if (!b->closed)
			strcpy(roots.path, path);
	}
	if (path_find(AT_FDCWD, roots.path, true, &roots.own) < 0)
		roots.own = NULL;
	if (!roots.base[0].at && !sim_random(3))
		roots.comes = 1 + sim_random(2000);
	if (!sim_random(6))
		roots.grabs = 1 + (int)sim_random(sim_random(4) ? 12 : 120);
	roots.changes = roots.comes || roots.grabs;
}

void
roots_make(void)
{
	static const unsigned types[] = { EXT4_SUPER_MAGIC, EXT4_SUPER_MAGIC,
		EXT4_SUPER_MAGIC, FUSE_SUPER };
	static char full[(32 << 10) - 100];
	struct inode *root;

	entropy = sim_random(4);
	on_disk = sim_random(2);
	disk = types[sim_random(sizeof(types) / sizeof(*types))];
	statfs_refused = sim_random(6) ? 0 : sim_random(2) ? EPERM : ENOSYS;
	memset(&roots, 0, sizeof(roots));
	memset(full, '-', sizeof(full) - 1);
	roots.given = sim_random(4);
	if (!roots.given) {
		roots.empty = sim_random(2);
		bases_make();
		roots.last = inode_new(FS_TMP, S_IFREG)->ino;
		return;
	}
	file_make(GIVEN "/.ended", 0600, full);
	path_find(AT_FDCWD, GIVEN, true, &root);
	root->mode = S_IFDIR | 0700;
	strcpy(roots.path, GIVEN);
}

char *
roots_variable(void)
{
	return roots.given ? "ONLYONE_DIR=" GIVEN : roots.empty ?
	    "ONLYONE_DIR=" : "EDITOR=vi";
}

/* Whether it has the name of a root. */
static bool
is_named(const struct base *b, const struct entry *e)
{
	size_t n = strlen(b->stem);

	return e->inode && !strncmp(e->name, b->stem, n) &&
	    (!e->name[n] || e->name[n] == '.');
}

static bool
is_root(const struct base *b, const struct entry *e)
{
	return is_named(b, e) && S_ISDIR(e->inode->mode) &&
	    e->inode->uid == procs->uid && !(e->inode->mode & 022) &&
	    !e->inode->mounted;
}

struct inode *
root_at(int n)
{
	if (roots.given)
		return n ? NULL : child_find(child_find(root_inode, "run"), "o");
	for (const struct base *b = roots.base; b < roots.base + BASES; b++) {
		for (struct entry *e = b->at ? b->at->entries : NULL; e; e = e->next)
			if (is_root(b, e) && !n--)
				return e->inode;
	}
	return NULL;
}

const char *
root_below(const char *path)
{
	const struct base *b = roots.base;
	size_t n;

	if (roots.given) {
		n = strlen(GIVEN);
		if (strncmp(path, GIVEN, n) != 0)
			return NULL;
		path += n;
	} else {
		for (;; b++) {
			if (b == roots.base + BASES)
				return NULL;
			n = strlen(b->dir);
			if (!strncmp(path, b->dir, n) && path[n] == '/' &&
			    !strncmp(path + n + 1, b->stem, strlen(b->stem)))
				break;
		}
		path += n + 1 + strlen(b->stem);
		path += *path == '.' ? strspn(path, ".0123456789") : 0;
	}
	return *path == '/' ? path + 1 : *path ? NULL : path;
}

/* The first name that is free there. */
static void
grab(const struct base *b)
{
	int n = 0;

	while (n < MOST && child_find(b->at, name_of(b, n)))
		n++;
	if (n == MOST)
		return;
	world_tells("another user TAKES %s/%s", b->dir, name_of(b, n));
	take(b, n);
}

void
roots_step(void)
{
	if (roots.comes && sched_calls >= roots.comes) {
		world_tells("%s IS MADE", roots.base->dir);
		roots.comes = 0;
		roots.base->at = folder_make(child_find(root_inode, "run"),
		    "onlyone", 01777, 0);
	}
	if (!roots.grabs || now->exe->number != ONLYONE_FILE ||
	    strcmp(now->call, "mkdirat") != 0 || !sim_random(4))
		return;
	roots.grabs--;
	for (const struct base *b = roots.base; b < roots.base + BASES; b++) {
		if (b->at)
			grab(b);
	}
}

void
roots_end(void)
{
	roots.comes = 0;
	roots.grabs = 0;
}

/* Whether all must use roots.path: it ends with a slash if its name is one that
 * nobody can know. */
static bool
is_known(void)
{
	return calm() && !roots.changes && !world.scarce;
}

/* Whether this is in the root to use, by its name. */
static bool
is_right(const char *path)
{
	size_t n = strlen(roots.path);

	return !strncmp(path, roots.path, n) && (roots.path[n - 1] == '/' ||
	    path[n] == '/' || !path[n]);
}

bool
root_usual(const char *path)
{
	return roots.path[strlen(roots.path) - 1] != '/' && is_right(path);
}

bool roots_split(void) { return roots.base->closed; }

void
roots_slot(const char *path)
{
	if (!root_below(path) || (is_known() && !is_right(path)))
		wrong("has its slot in %s, and not in %s", path, roots.path);
}

bool roots_on_fuse(void) { return on_disk && disk == FUSE_SUPER; }

bool
roots_plain(char *text, size_t cap)
{
	struct inode *root;
	bool there = path_find(AT_FDCWD, roots.path, true, &root) == 0;

	snprintf(text, cap, "%s%s: %s", roots_on_fuse() ?
	    "WRONG  the state root is on FUSE" : "ok     state root", there ||
	    roots_on_fuse() ? "" : " (not made yet)", roots.path);
	return is_known() && root_usual(roots.path) &&
	    /* One makes it, and removes it again, if it is not used. */
	    (launches_of(DOCTOR) == 1 || (there && world.instances));
}

static void
root_check(const struct entry *e, const char *dir, int *made)
{
	char path[2 * NAME];

	snprintf(path, sizeof(path), "%s/%s", dir, e->name);
	if (e->inode->ino <= roots.last)
		return;
	if (++*made > 1 || !is_right(path))
		wrong("%s was made, and the state root is %s", path, roots.path);
	if ((e->inode->mode & 0777) != 0700)
		wrong("the state root has mode %o", e->inode->mode & 0777);
}

void
roots_left(void)
{
	int made = 0;

	if (!root_at(0))
		wrong("there is no state root");
	if (roots.own && is_known() && !roots.own->nlink)
		wrong("the state root was there, and was removed");
	for (const struct base *b = roots.base; !roots.given &&
	    b < roots.base + BASES; b++) {
		for (struct entry *e = b->at ? b->at->entries : NULL; e;
		    e = e->next) {
			if (is_root(b, e) && is_known())
				root_check(e, b->dir, &made);
			if (is_named(b, e) && !is_root(b, e) &&
			    !dir_empty(e->inode))
				wrong("%s has files of ours", e->name);
		}
	}
	if (!roots.given && !dir_empty(roots.aside))
		wrong("a link was followed");
}
