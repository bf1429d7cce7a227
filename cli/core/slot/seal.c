/*
 * seal.c: an application that only known keys may run.
 *
 * The file holds fields: boot, and a hash and a name for each key.  A seal
 * holds until the next boot, wherever the root lies.
 */
#include <sys/stat.h>

#include <bsd/libutil.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/base/io.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/seal.h"

#define SEAL_PREFIX "seal."

enum { SEAL_LIMIT = 64 << 20 };

/* A seal's file name has no hyphen: that of a slot folder has one. */
struct name {
	char text[sizeof(SEAL_PREFIX) + SLOT_HASH];
};

static struct name
seal_name(const struct slot *s)
{
	struct name n = { SEAL_PREFIX };

	slot_hash_app(s, n.text + sizeof(SEAL_PREFIX) - 1);
	return n;
}

/* The path of the seal, for calls that begin in r->fd.  0, or -1: errno, ENOENT
 * if there is no root. */
static int
seal_path(const struct root *r, const struct slot *s, char path[PATH_MAX])
{
	struct name name = seal_name(s);

	errno = ENOENT;
	if (r->fd < 0)
		return r->exists ? root_folder(r, name.text, path) : -1;
	strcpy(path, name.text);
	return 0;
}

static bool
seal_trusted(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & 022))
		return true;
	errno = EPERM;
	return false;
}

/* Whether the list has the key; known gets the names of all keys. */
static bool
list_has(const struct fields *f, const char *hash, struct text *known)
{
	const char *h = NULL, *name = NULL;
	bool found = false;

	while (!found && (h = fields_next(f, "hash", h)))
		found = !strcmp(h, hash);
	while (known && (name = fields_next(f, "name", name))) {
		text_all(known, known->len ? ", " : "", name, NULL);
	}
	return found;
}

/* The id of this boot; "" without /proc.  -1: errno, not known. */
static int
boot_get(char boot[BOOT_ID + 1])
{
	errno = 0;
	owner_boot(boot);
	return *boot || !errno || errno == ENOENT ? 0 : -1;
}

/* Read the seal in one root.  SEAL_KNOWN: the list is in f, which points into b
 * (to be freed); else as seal_check. */
static enum seal_state
seal_read(const struct root *r, const struct slot *s, struct buf *b,
    struct fields *f)
{
	enum seal_state state = SEAL_FAILED;
	char file[PATH_MAX], boot[BOOT_ID + 1];
	const char *sealed;
	int fd;

	*b = (struct buf){ 0 };
	if (seal_path(r, s, file) < 0)
		return errno == ENOENT ? SEAL_OPEN : SEAL_FAILED;
	/* A launch that claims may have no descriptor left.  This needs none,
	 * and shows that there is no seal, as in most cases. */
	if (faccessat(r->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return SEAL_OPEN;
	fd = openat(r->fd, file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SEAL_OPEN : SEAL_FAILED;
	if (!seal_trusted(fd) || io_slurp(fd, b, SEAL_LIMIT) < 0)
		goto out;
	*f = (struct fields){ b->at, b->len };
	if (!fields_valid(b->at, b->len) ||
	    !(sealed = fields_get(f, "boot"))) {
		state = SEAL_OPEN;
		goto out;
	}
	io_close(&fd); /* boot_get needs a descriptor */
	if (boot_get(boot) == 0)
		state = strcmp(sealed, boot) ? SEAL_OPEN : SEAL_KNOWN;
out:
	io_close(&fd);
	return state;
}

/* As seal_check, in one root. */
static enum seal_state
root_check(const struct root *r, const struct slot *s, struct text *known)
{
	char hash[SLOT_HASH + 1];
	struct fields f;
	struct buf b;
	int err;
	enum seal_state state = seal_read(r, s, &b, &f);

	err = errno;
	if (state == SEAL_KNOWN) {
		slot_hash_key(s, hash);
		state = list_has(&f, hash, known) ? SEAL_KNOWN : SEAL_UNKNOWN;
	}
	buf_free(&b);
	errno = err;
	return state;
}

/* The same in the roots beside r. */
static enum seal_state
beside_check(const struct root *r, const struct slot *s, struct text *known)
{
	enum seal_state state = SEAL_OPEN, one;
	struct root all[ROOTS];
	struct fault f;
	int n = roots_beside(r, all, &f);

	if (n < 0)
		return SEAL_FAILED;
	for (int i = 0; i < n && state < SEAL_UNKNOWN; i++) {
		one = root_check(&all[i], s, known);
		state = one > state ? one : state;
	}
	return state;
}

enum seal_state
seal_check(const struct root *r, const struct slot *s, struct text *known)
{
	enum seal_state state = root_check(r, s, known), beside;

	if (r->given || state >= SEAL_UNKNOWN)
		return state;
	beside = beside_check(r, s, known);
	return beside > state ? beside : state;
}

int
seal_begin(struct buf *list)
{
	char boot[BOOT_ID + 1];

	*list = (struct buf){ 0 };
	if (boot_get(boot) < 0)
		return -1;
	fields_put(list, "boot", boot);
	return 0;
}

void
seal_add(struct buf *list, const struct slot *s, const char *shown)
{
	struct fields f = { list->at, list->len };
	char hash[SLOT_HASH + 1];

	slot_hash_key(s, hash);
	if (list_has(&f, hash, NULL))
		return;
	fields_put(list, "hash", hash);
	fields_put(list, "name", shown);
}

static int
root_unseal(const struct root *r, const struct slot *s)
{
	char file[PATH_MAX];

	if (seal_path(r, s, file) == 0 && unlinkat(r->fd, file, 0) == 0)
		return 0;
	return errno == ENOENT ? 0 : -1;
}

static int
beside_unseal(const struct root *r, const struct slot *s)
{
	struct root all[ROOTS];
	struct fault f;
	int n = roots_beside(r, all, &f);

	for (int i = 0; i < n; i++) {
		if (root_unseal(&all[i], s) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

int
seal_write(const struct root *r, const struct slot *s, const struct buf *list)
{
	struct name name = seal_name(s);
	char new[sizeof(name) + sizeof("new.")];
	int fd, err = ENOMEM;

	if (list->failed) {
		errno = err;
		return -1;
	}
	/* Use a separate name, and lock it: so no other sealer writes into our
	 * list, and a file left by a killed sealer does no harm. */
	text_join(new, sizeof(new), "new.", name.text, NULL);
	fd = (int)IO_RETRY(flopenat(r->fd, new, O_WRONLY | O_CREAT |
	    O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0600));
	if (fd < 0)
		return -1;
	if (!seal_trusted(fd) || ftruncate(fd, 0) < 0 ||
	    io_write(fd, list->at, list->len) < 0 ||
	    renameat(r->fd, new, r->fd, name.text) < 0) {
		err = errno;
		unlinkat(r->fd, new, 0);
		io_close(&fd);
		errno = err;
		return -1;
	}
	io_close(&fd);
	return beside_unseal(r, s);
}

int
seal_remove(const struct root *r, const struct slot *s)
{
	return root_unseal(r, s) < 0 ? -1 : beside_unseal(r, s);
}
