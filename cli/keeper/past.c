/*
 * past.c: the images of an owner that were swept away.
 *
 * A file that has no name any more cannot be given one again, so what the owner
 * executes next maps a new one; but what it has mapped, and a copy of it that
 * goes on, is the old one.  All of them count.  Ours are kept open: then their
 * locks tell who holds them, and no other file gets their numbers.  The next
 * keeper knows them by the record.
 */
#include <string.h>

#include "cli/io.h"
#include "cli/keeper/past.h"
#include "cli/keeper/state.h"
#include "cli/ours.h"

void
past_begin(struct keeper *k)
{
	struct claim *c = k->c;
	const char *id = NULL;

	while (k->past.n < IMAGE_PAST &&
	    (id = fields_next(&c->info.all, INFO_IMAGE, id))) {
		struct past *p = &k->past.at[k->past.n];

		if (strlen(id) >= sizeof(p->id))
			continue;
		p->fd = -1;
		strcpy(p->id, id);
		k->past.n++;
	}
	/* The keeper before us was killed, and the file is gone. */
	if (c->image < 0 && !k->past.n && c->pidfd >= 0 &&
	    ours(c->info.owner.pid) &&
	    image_of(c->info.owner.pid, c->slot->name, k->past.at[0].id))
		k->past.at[k->past.n++].fd = -1;
}

static void
past_drop(struct keeper *k, int i)
{
	io_close(&k->past.at[i].fd);
	k->past.n--;
	memmove(&k->past.at[i], &k->past.at[i + 1],
	    (size_t)(k->past.n - i) * sizeof(k->past.at[0]));
}

void
past_forget(struct keeper *k)
{
	while (k->past.n)
		past_drop(k, 0);
}

/* What nobody maps is of no use; the last one may be about to be mapped. */
static bool
is_unused(const struct past *p)
{
	pid_t pid;

	if (p->fd >= 0)
		switch (image_test(p->fd)) {
		case IMAGE_FREE:
			return true;
		case IMAGE_HELD:
			return false;
		default:
			break;
		}
	return p->fd >= 0 && image_scan(p->fd, NULL, &pid, 1) == 0;
}

void
past_add(struct keeper *k, int image)
{
	struct past *p;

	for (int i = k->past.n - 1; i-- > 0;) {
		if (is_unused(&k->past.at[i]))
			past_drop(k, i);
	}
	/* So many generations that live: the owner's first one stays. */
	if (k->past.n == IMAGE_PAST)
		past_drop(k, 1);
	p = &k->past.at[k->past.n++];
	p->fd = image;
	if (image_id(image, p->id) < 0)
		strcpy(p->id, "0"); /* it is open, that will do */
}

int
past_images(const struct keeper *k, int images[1 + IMAGE_PAST])
{
	int n = 0;

	images[n++] = k->c->image;
	for (int i = 0; i < k->past.n; i++) {
		if (k->past.at[i].fd >= 0)
			images[n++] = k->past.at[i].fd;
	}
	return n;
}
