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

/* Read the seal in a file of the root.  SEAL_KNOWN: the list is in f, which
 * points into b (to be freed); else as seal_check. */
static enum seal_state
seal_read(const struct root *r, const char *file, struct buf *b,
    struct fields *f)
{
	enum seal_state state = SEAL_FAILED;
	char boot[BOOT_ID + 1];
	const char *sealed;
	int fd;

	*b = (struct buf){ 0 };
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

enum seal_state
seal_check(const struct root *r, const struct slot *s, struct text *known)
{
	struct name name = seal_name(s);
	char hash[SLOT_HASH + 1];
	struct fields f;
	struct buf b;
	int err;
	enum seal_state state = seal_read(r, name.text, &b, &f);

	err = errno;
	if (state == SEAL_KNOWN) {
		slot_hash_key(s, hash);
		state = list_has(&f, hash, known) ? SEAL_KNOWN : SEAL_UNKNOWN;
	}
	buf_free(&b);
	errno = err;
	return state;
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
	/* A name of its own, locked: no other sealer writes into our list, and
	 * what one has left that was killed is in nobody's way. */
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
	return 0;
}

int
seal_remove(const struct root *r, const struct slot *s)
{
	if (unlinkat(r->fd, seal_name(s).text, 0) < 0 && errno != ENOENT)
		return -1;
	return 0;
}
