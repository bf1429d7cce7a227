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

/* Who adopts beside the one that the pidfile names: */
enum adopt {
	ADOPT_OWNER, /* nobody */
	ADOPT_HEIR,  /* anybody if that one has ended */
	ADOPT_MEMBER /* anybody: a part of the instance, maybe its successor */
};

/*
 * Adopt the slot if this process, pid, is its owner: map its image under a
 * read lock on byte 0, and say where; NULL.  As ADOPT_HEIR, wait up to a second
 * for what has been swept away.  Raw system calls; leaves no
 * descriptor open; any doubt means NULL, in silence.  Whether the environment
 * may be believed (AT_SECURE) is the caller's question.
 */
void *image_adopt(const char *slot, int pid, enum adopt who);

/* The pid that the pidfile of the slot names; 0: none.  As careful and as
 * silent. */
int image_owner(const char *slot);

/* Where the slot lies whose image is mapped at this address: its folder may
 * have got another name (onlyonectl rekey).  By /proc/self/maps; false: it is
 * not to be found, or longer than cap. */
bool image_slot(const void *at, char *slot, size_t cap);

#endif
