/*
 * ids.h: an id that may be anybody's.
 */
#ifndef IDS_H
#define IDS_H

#include <sys/types.h>

#include <stdbool.h>

/* Whether uid stands for all users whom this user namespace does not map: then
 * nothing is its own.  It costs a comparison, for all ids but one. */
bool ids_nobody(uid_t uid);

#endif
