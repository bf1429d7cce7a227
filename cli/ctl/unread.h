/*
 * unread.h: what stands in the way where a slot cannot be read.
 */
#ifndef CTL_UNREAD_H
#define CTL_UNREAD_H

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/ctl/wanted.h"
#include "cli/fault.h"
#include "cli/slot/slot.h"

/* It may be one that is meant (w; NULL: any is): note why.  LIFE_UNREAD. */
enum life unread_note(struct ctl *c, const struct wanted *w,
    const struct slot *s, const struct fault *why);
enum life unread_errno(struct ctl *c, const struct wanted *w,
    const struct slot *s, int err);

/* Its folder cannot be opened (errno): LIFE_NONE if nobody can live there. */
enum life unread_folder(struct ctl *c, const struct wanted *w,
    const struct slot *s);

#endif
