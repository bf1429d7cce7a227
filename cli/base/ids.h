/*
 * ids.h: users by their uid: the one that stands for unknown users, and what
 * the password file says.
 */
#ifndef IDS_H
#define IDS_H

#include <sys/types.h>

#include <pwd.h>
#include <stdbool.h>

/* Our own effective uid: we ask once, since our processes change it only to
 * execute another program. */
uid_t ids_own(void);

/* Whether uid stands for all users that this user namespace does not map, and
 * so identifies no user.  For all ids but one that is only a comparison. */
bool ids_nobody(uid_t uid);

/* Our own user, by the password file alone: a static program has no name
 * services.  Valid until the next call.  NULL: errno; ENOENT: there is none. */
const struct passwd *ids_passwd(void);

#endif
