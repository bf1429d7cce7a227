/*
 * old_mappings.c: the owner's mappings whose files were swept away.
 *
 * A file that has no name any more cannot be given one again, so we make a new
 * one.  The next program that the owner executes maps the new file; the owner
 * itself, and a copy of it that goes on, still map the old one.  All of them
 * count.  We keep the old files open: then their locks tell whether a process
 * maps them, and no other file gets their inode numbers.  The record names them
 * for the next keeper.
 */
#include <string.h>

#include "cli/base/io.h"
#include "cli/core/keeper/old_mappings.h"
#include "cli/core/keeper/state.h"
#include "cli/base/ours.h"

void
old_mappings_begin(struct keeper *k)
{
	struct claim *c = k->c;
	const char *id = NULL;

	while (k->past.n < MAPPING_PAST &&
	    (id = fields_next(&c->info.all, INFO_MAPPING, id))) {
		struct past *p = &k->past.at[k->past.n];

		if (strlen(id) >= sizeof(p->id))
			continue;
		p->fd = -1;
		strcpy(p->id, id);
		k->past.n++;
	}
	/* The earlier keeper was killed, and the file is gone: ask the
	 * owner. */
	if (c->mapping < 0 && !k->past.n && c->pidfd >= 0 &&
	    ours(c->info.owner.pid) &&
	    mapping_of(c->info.owner.pid, c->slot->name, k->past.at[0].id))
		k->past.at[k->past.n++].fd = -1;
}

static void
old_mappings_drop(struct keeper *k, int i)
{
	io_close(&k->past.at[i].fd);
	k->past.n--;
	memmove(&k->past.at[i], &k->past.at[i + 1],
	    (size_t)(k->past.n - i) * sizeof(k->past.at[0]));
}

void
old_mappings_forget(struct keeper *k)
{
	while (k->past.n)
		old_mappings_drop(k, 0);
}

/* Whether no process maps this file.  (Do not ask it of the newest one, which a
 * process may be about to map.) */
static bool
is_unused(const struct past *p)
{
	pid_t pid;

	if (p->fd >= 0)
		switch (mapping_test(p->fd)) {
		case MAPPING_FREE:
			return true;
		case MAPPING_LOCKED:
			return false;
		default:
			break;
		}
	return p->fd >= 0 && mapping_scan(p->fd, NULL, &pid, 1, NULL) == 0;
}

void
old_mappings_add(struct keeper *k, int mapping)
{
	struct past *p;

	for (int i = k->past.n - 1; i-- > 0;) {
		if (is_unused(&k->past.at[i]))
			old_mappings_drop(k, i);
	}
	/* All of them are mapped: drop one, but not the owner's first. */
	if (k->past.n == MAPPING_PAST)
		old_mappings_drop(k, 1);
	p = &k->past.at[k->past.n++];
	p->fd = mapping;
	if (mapping_id(mapping, p->id) < 0)
		strcpy(p->id, "0"); /* no id: go by the open descriptor */
}

int
old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST])
{
	int n = 0;

	mappings[n++] = k->c->mapping;
	for (int i = 0; i < k->past.n; i++) {
		if (k->past.at[i].fd >= 0)
			mappings[n++] = k->past.at[i].fd;
	}
	return n;
}
