/*
 * moved.c: where an instance lies that has got another key meanwhile.
 *
 * Whoever watches an instance knows it by its folder and the time at which it
 * began.  Its keeper tells when it ends; only if that was killed is
 * the folder asked for, and after a rekey it has another name.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/buf.h"
#include "cli/io.h"
#include "cli/slot/folder.h"
#include "cli/slot/info.h"
#include "cli/slot/moved.h"

/* Whether folder name has had another one, was (NULL: any), and is of the
 * instance that began at since.  1, 0, or -1. */
static int
is_it(struct root *r, const char *name, const char *was, long long since)
{
	int folder = folder_peek(r, name), it;
	struct info i;
	struct buf b;

	if (folder < 0)
		return folder_debris(errno) ? 0 : -1;
	buf_init(&b, NULL, 0);
	if (info_read(folder, &b, &i) == 0)
		it = (!since || i.since == since) && (was ?
		    info_was(&i, was) : !!fields_get(&i.all, "was"));
	else
		it = folder_debris(errno) ? 0 : -1;
	buf_free(&b);
	io_close(&folder);
	return it;
}

/* The first folder that is it, of s's application (s: NULL: of any), into
 * other. */
static int
folders_look(struct root *r, const struct slot *s, long long since,
    struct slot *other)
{
	int found = 0, err = 0, it;
	struct dirent *e;
	struct fault f;
	DIR *d;

	if (r->fd < 0 && root_open(r, &f) < 0)
		return -1;
	d = root_list(r);
	if (!d)
		return errno == ENOENT ? 0 : -1;
	while (!found && (e = io_entry(d))) {
		if (!slot_from_name(other, e->d_name) || (s &&
		    (!strcmp(other->name, s->name) ||
		    !slot_same_app(other, s))))
			continue;
		it = is_it(r, other->name, s ? s->name : NULL, since);
		if (it < 0)
			err = errno;
		found = it > 0;
	}
	if (!found && errno)
		err = errno;
	closedir(d);
	errno = err;
	return found ? 1 : err ? -1 : 0;
}

int
moved_find(struct root *r, struct slot *s, long long since)
{
	struct slot other = *s;
	int found = folders_look(r, s, since, &other);

	if (found > 0)
		*s = other;
	return found;
}

int
moved_any(struct root *r)
{
	struct slot other = { .index = 0 };

	return folders_look(r, NULL, 0, &other);
}
