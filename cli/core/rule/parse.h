/*
 * parse.h: the text of a rule.
 */
#ifndef RULE_PARSE_H
#define RULE_PARSE_H

#include "cli/core/rule/rule.h"

/* Parse r->text, r->text.len bytes and a NUL.  lines: as in rule_load.  0 or
 * -1. */
int rule_parse(struct rule *r, struct buf *lines, struct fault *f);

/* Append words as one line of a rule, without newline.  -1: ENOMEM. */
int rule_quote(struct buf *b, char *const words[], size_t n);

/* Append the text of a rule with these options, the n words after word[0]; *o
 * gets their values.  0, or -1 with a fault of 64. */
int rule_options(struct buf *b, struct options *o, char *word[], int n,
    struct fault *f);

/* Whether a rule is for the program with this absolute path. */
bool rule_matches(const struct rule *r, const char *path);

#endif
