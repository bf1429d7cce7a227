/*
 * find.h: find a rule.
 */
#ifndef RULE_FIND_H
#define RULE_FIND_H

#include "cli/rule/rule.h"

/* Whether a file of this name can be a rule. */
bool rule_named(const char *name);

/*
 * Find the rule for programs of this name.  0: found; 1: there is none, or none
 * that may be trusted; -1: it is wrong, a fault of 64 "FILE:LINE: ...".  After
 * 0 the caller ends it with rule_free.
 */
int rule_find(const char *name, struct rule *r, struct fault *f);

/* The rule of this name in an open folder of rules.  0: found and good; -1: a
 * fault, of 64 as above; 77 it may not be trusted or cannot be read; 3 there is
 * none.  It has to be freed in any case, and file, place and linked are set.
 * lines, if not NULL: gets its lines, each as rule_quote and with a NUL. */
int rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f);

void rule_free(struct rule *r);

#endif
