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

bool
moved_is_slot(const char *name)
{
	size_t len = strlen(name);

	return len > SLOT_HASH && len < SLOT_NAME_MAX &&
	    name[len - SLOT_HASH - 1] == '-' &&
	    strspn(name + len - SLOT_HASH, "0123456789abcdef") == SLOT_HASH;
}

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
	it = info_read(folder, &b, &i) == 0 && i.since == since &&
	    info_was(&i, s->name);
	buf_free(&b);
	io_close(&folder);
	return it;
}

bool
moved_find(struct root *r, struct slot *s, long long since)
{
	bool found = false;
	struct dirent *e;
	struct fault f;
	DIR *d;

	if (r->fd < 0 && root_open(r, &f) < 0)
		return false;
	d = opendir(r->path);
	while (d && !found && (e = readdir(d))) {
		if (!moved_is_slot(e->d_name) || !strcmp(e->d_name, s->name) ||
		    !is_it(r, e->d_name, s, since))
			continue;
		strcpy(s->name, e->d_name);
		strcpy(s->hash, e->d_name + strlen(e->d_name) - SLOT_HASH);
		found = true;
	}
	if (d)
		closedir(d);
	return found;
}
