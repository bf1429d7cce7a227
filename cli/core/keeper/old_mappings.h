/*
 * old_mappings.h: the owner's mappings whose files were swept away.
 */
#ifndef OLD_MAPPINGS_H
#define OLD_MAPPINGS_H

#include "cli/core/slot/mapping.h"

struct keeper;

void old_mappings_begin(struct keeper *k); /* take those in the record */
/* Add one; the descriptor is taken over. */
void old_mappings_add(struct keeper *k, int mapping);
void old_mappings_forget(struct keeper *k); /* another instance begins */

/* How many: the mapping (-1: none) and open old ones, for successor_find. */
int old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST]);

#endif
