/*
 * words.h: the words of launches and verbs (words.c).
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include "tests/sim/world.h"

/* Which rare options and verbs this run has; what a launch does then. */
void words_draw(void);
enum policy words_policy(enum policy drawn);
/* The words of its command line, and what they change for the oracles. */
void launch_words(struct launch *l, char **a);
void verb_words(struct launch *l, char **a);
/* Whether an option of onlyone (verb ""), a verb (name NULL), or an option of one
 * has a row. */
bool words_row(const char *verb, const char *name);
/* words_check.c: how many of the product's have none; each is named. */
int words_check(void);
/* Print all rows: what is drawn, and what is not, and why. */
void words_list(void);

#endif
