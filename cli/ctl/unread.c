/*
 * unread.c: what stands in the way where a slot cannot be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/ctl/unread.h"
#include "cli/text.h"
#include "preload/contract.h"

enum life
unread_note(struct ctl *c, const struct wanted *w, const struct slot *s,
    const struct fault *why)
{
	if (!c->search.unread.code && (!w || slot_may_be(s->name, w->name) ||
	    (*w->path && slot_may_be(s->name, w->path))))
		c->search.unread = *why;
	return LIFE_UNREAD;
}

enum life
unread_errno(struct ctl *c, const struct wanted *w, const struct slot *s,
    int err)
{
	struct fault f;

	fault_errno(&f, fault_state(err), err, "cannot read slot ",
	    c->root.path, "/", s->name, NULL);
	return unread_note(c, w, s, &f);
}

enum life
unread_folder(struct ctl *c, const struct wanted *w, const struct slot *s)
{
	char info[SLOT_NAME_MAX + sizeof("/" FILE_INFO)];
	struct fault f;
	struct text t;

	switch (errno) {
	case ENOENT:
		c->search.vanished = true;
		return LIFE_NONE;
	case ENOTDIR: /* no folder has that name */
	case ELOOP:
		return LIFE_NONE;
	case EPERM: /* and yet somebody may live there */
		text_init(&t, info, sizeof(info));
		text_add(&t, s->name);
		text_add(&t, "/" FILE_INFO);
		if (faccessat(c->root.fd, info, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return LIFE_NONE;
		fault_set(&f, EXIT_STATE, "slot folder ", c->root.path, "/",
		    s->name, " is not an ordinary one of yours; remove it",
		    NULL);
		return unread_note(c, w, s, &f);
	default:
		return unread_errno(c, w, s, errno);
	}
}
