/*
 * find_rule.h: find the file of a rule, and read it.
 */
#ifndef FIND_RULE_H
#define FIND_RULE_H

#include "cli/core/rule/rule.h"

/* Whether a file of this name can be a rule. */
bool rule_named(const char *name);

/*
 * Find the rule for programs of this name.  0: found, and the caller frees it
 * with rule_free; 1: there is none, or none that may be trusted; -1: it is
 * wrong, a fault of 64 "FILE:LINE: ...".
 */
int rule_find(const char *name, struct rule *r, struct fault *f);

/* Load the rule of this name from an open folder of rules.  0: found and good;
 * -1: a fault: 64 as above; 77: it may not be trusted or cannot be read; 3:
 * there is none.  Free the rule in any case; file, place and linked are set.
 * lines, if not NULL, gets the rule's lines, each as from rule_quote, with a
 * NUL. */
int rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f);

void rule_free(struct rule *r);

#endif
