/*
 * past.h: the images of the owner that were swept away.
 */
#ifndef PAST_H
#define PAST_H

#include "cli/slot/image.h"

struct keeper;

void past_begin(struct keeper *k); /* those that the record names */
void past_add(struct keeper *k, int image); /* one more, which is ours then */
void past_forget(struct keeper *k); /* another instance begins */

/* The image there is and those, as heir_find takes them; their number. */
int past_images(const struct keeper *k, int images[1 + IMAGE_PAST]);

#endif
