/*
 * elsewhere.h: an instance whose windows are on another display than ours.
 */
#ifndef ELSEWHERE_H
#define ELSEWHERE_H

#include <stdbool.h>

#include "cli/fields.h"
#include "cli/meet/place.h"

/* By a DONE whose keeper has raised a window there: raise one here, too; where
 * there is none, say so, and with notify on the desktop as well. */
void elsewhere_tell(const struct place *p, const struct fields *b,
    bool notify);

#endif
