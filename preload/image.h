/*
 * image.h: the owner's side of the image lock.
 *
 * The lock lasts as long as the mapping: closing all descriptors does not
 * drop it, fork inherits it, exec and exit end it.
 */
#ifndef PRELOAD_IMAGE_H
#define PRELOAD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Adopt the slot if this process, pid, is its owner: map its image under a
 * read lock on byte 0, and say where; NULL.  heir: also if the one that the
 * pidfile names has ended.  Raw system calls; leaves no descriptor open; any doubt means false,
 * in silence.  Whether the environment may be believed (AT_SECURE) is the
 * caller's question.
 */
void *image_adopt(const char *slot, int pid, bool heir);

/* The pid that the pidfile of the slot names; 0: none.  As careful and as
 * silent. */
int image_owner(const char *slot);

/* Where the slot lies whose image is mapped at this address: its folder may
 * have got another name (onlyonectl rekey).  By /proc/self/maps; false: it is
 * not to be found, or longer than cap. */
bool image_slot(const void *at, char *slot, size_t cap);

#endif
