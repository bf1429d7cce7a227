/*
 * misplaced.h: an option on the wrong side of APP.
 */
#ifndef CTL_MISPLACED_H
#define CTL_MISPLACED_H

struct fault;
struct verb;

/* With VERB_LINE, options of the verb come before APP, those of
 * onlyone after it: if one is on the wrong side, the fault shows the corrected
 * line.  words: what follows the verb, ended by NULL.  Returns -1. */
int line_misplaced(const struct verb *verb, char *const *words,
    struct fault *f);

#endif
