/*
 * heal.h: a keeper that finds its own files gone puts them back.
 */
#ifndef HEAL_H
#define HEAL_H

struct keeper;

/* Be told with SIGURG when files of ours go. */
void heal_watch(struct keeper *k);

/* Put back what is missing.  k->heal says whether it is to be tried again. */
void heal_files(struct keeper *k);

#endif
