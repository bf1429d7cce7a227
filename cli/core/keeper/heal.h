/*
 * heal.h: a keeper that finds its own files gone puts them back; the mappings
 * that were swept away.
 */
#ifndef HEAL_H
#define HEAL_H

#include <stdbool.h>

#include "cli/core/slot/mapping.h"

struct keeper;

/* Ask the kernel for SIGURG when files of ours go. */
void heal_watch(struct keeper *k);

/* Write the changed record again.  If that fails, set k->heal.wanted, by which
 * heal_files tries again later. */
void heal_record(struct keeper *k);

/* Put back missing files.  k->heal says whether to try again. */
void heal_files(struct keeper *k);

/* A write has failed with errno.  If the cause is that the folder has just been
 * swept away, put it back, and return true: try again. *tries, 0 at first,
 * limits how often. */
bool heal_swept(struct keeper *k, int *tries);

/* The owner's mappings whose files were swept away: take those in the record;
 * another instance begins. */
void old_mappings_begin(struct keeper *k);
void old_mappings_forget(struct keeper *k);

/* How many: the mapping (-1: none) and open old ones, for successor_find. */
int old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST]);

#endif
