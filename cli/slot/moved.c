/*
 * moved.c: where an instance lies that has got another key meanwhile.
 *
 * Whoever watches an instance knows it by its folder and the time at which it
 * began.  Its keeper tells when it ends; only if that was killed is
 * the folder asked for, and after a rekey it has another name.
 */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "cli/buf.h"
#include "cli/io.h"
#include "cli/slot/folder.h"
#include "cli/slot/info.h"
#include "cli/slot/moved.h"

static bool
is_it(struct root *r, const char *name, const struct slot *s,
    long long since)
{
	int folder = folder_peek(r, name);
	struct info i;
	struct buf b;
	bool it;

	if (folder < 0)
		return false;
	buf_init(&b, NULL, 0);
	it = info_read(folder, &b, &i) == 0 &&
	    (!since || i.since == since) && info_was(&i, s->name);
	buf_free(&b);
	io_close(&folder);
	return it;
}

bool
moved_find(struct root *r, struct slot *s, long long since)
{
	struct slot other = *s;
	bool found = false;
	struct dirent *e;
	struct fault f;
	DIR *d;

	if (r->fd < 0 && root_open(r, &f) < 0)
		return false;
	d = root_list(r);
	while (d && !found && (e = readdir(d))) {
		found = slot_from_name(&other, e->d_name) &&
		    strcmp(other.name, s->name) &&
		    is_it(r, other.name, s, since);
	}
	if (d)
		closedir(d);
	if (found)
		*s = other;
	return found;
}
