/*
 * moved.h: where an instance lies that has got another key meanwhile.
 */
#ifndef MOVED_H
#define MOVED_H

#include "cli/slot/root.h"
#include "cli/slot/slot.h"

/*
 * Look for the instance that began at `since` (0: whenever) in slot s under
 * another name; then name and hash of s are that one's.  The root is opened
 * if it is not.  It costs a look at every slot of its application.  1, 0, or -1
 * if it cannot be told: errno.
 */
int moved_find(struct root *r, struct slot *s, long long since);

/* Whether any instance has been in another slot before: as above. */
int moved_any(struct root *r);

#endif
