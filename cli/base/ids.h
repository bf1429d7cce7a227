/*
 * ids.h: the uid that stands for unknown users.
 */
#ifndef IDS_H
#define IDS_H

#include <sys/types.h>

#include <stdbool.h>

/* Whether uid stands for all users that this user namespace does not map, and
 * so identifies no user.  For all ids but one a mere comparison. */
bool ids_nobody(uid_t uid);

#endif
