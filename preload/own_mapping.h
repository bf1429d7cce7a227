/*
 * own_mapping.h: the owner maps the slot's file, FILE_MAPPING, under a lock.
 *
 * The lock lasts as long as the mapping: closing all descriptors does not
 * drop it, fork inherits it, exec and exit end it.
 */
#ifndef OWN_MAPPING_H
#define OWN_MAPPING_H

#include <stdbool.h>

/* The process that the pidfile names may adopt the slot; also: */
enum adopt {
	ADOPT_OWNER, /* no other process */
	ADOPT_SUCCESSOR,  /* this process, if the owner has exited */
	ADOPT_MEMBER /* this process, since it is part of the instance */
};

/*
 * Adopt the slot if this process, pid, may: map FILE_MAPPING, with a read lock
 * on byte 0.  Whether it has; false on any doubt.  *inode: the file's inode
 * number.  ADOPT_SUCCESSOR waits up to a second for files that a cleaner has
 * removed.  Raw system calls; leaves no descriptor open.  The caller checks
 * AT_SECURE before it trusts slot.
 */
bool mapping_adopt(const char *slot, int pid, enum adopt who,
    unsigned long long *inode);

/* The pid that the pidfile of the slot names; 0: none, or files of another
 * user. */
int mapping_owner(const char *slot);

/* Whether the slot certainly belongs to another pid namespace: its pids mean
 * nothing here. */
bool mapping_elsewhere(const char *slot);

/* Whether the slot's FILE_MAPPING is still the file of this inode number.
 * Takes one descriptor at a time. */
bool mapping_stays(const char *slot, unsigned long long inode);

#endif
