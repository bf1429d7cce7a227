/*
 * life.h: one slot folder: what its files say, and who lives there.
 */
#ifndef CTL_LIFE_H
#define CTL_LIFE_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/ctl/wanted.h"
#include "cli/slot/slot.h"

/* Read it; whether somebody lives there is asked if it is meant (w; NULL: any
 * is).  NONE and UNREAD: there is nothing that can be shown; then only its name
 * and slot are of use, unless *shown. */
enum life life_read(struct ctl *c, const struct slot *s, struct wanted *w,
    struct found *found, bool *shown);

#endif
