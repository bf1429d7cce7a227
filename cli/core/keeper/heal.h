/*
 * heal.h: a keeper that finds its own files gone puts them back; the mappings
 * that were removed.
 */
#ifndef KEEPER_HEAL_H
#define KEEPER_HEAL_H

#include "cli/core/slot/mapping.h"

struct keeper;

/* Ask the kernel for SIGURG when our files are removed. */
void heal_watch(struct keeper *k);

/* Write the changed record again.  heal_files looks later whether it is there.
 * -1, errno: it could not be written. */
int heal_record(struct keeper *k);

/* If it is time, put back missing files.  When it is, on clock_now; 0: nothing
 * has happened to them. */
void heal_files(struct keeper *k);
long long heal_due(struct keeper *k);

/* The owner's mappings whose files were removed: take those in the record;
 * another instance starts. */
void old_mappings_begin(struct keeper *k);
void old_mappings_forget(struct keeper *k);

/* How many: the mapping (-1: none) and open old ones, for successor_find. */
int old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST]);

#endif
