/*
 * rule.h: what is to be done when a program of this name is started.
 *
 * A rule is a file named as the program: options of onlyone, one a line, and
 * lines "match PATTERN...", which restrict it to some paths.  The user's comes
 * before the system's.
 */
#ifndef RULE_H
#define RULE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"
#include "cli/fault.h"
#include "cli/launch/options.h"
#include "cli/rule/place.h"

struct rule {
	char name[NAME_MAX + 1];
	char file[PATH_MAX];
	enum rule_place place;
	bool linked;      /* file is a symbolic link */
	struct options o; /* as options_parse makes them; without a command */
	char **patterns;  /* of match; npatterns, 0: any path */
	size_t npatterns;
	/* What the options point into. */
	struct buf text, matches;
};

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

/* Make a rule of r->text, r->text.len bytes and a NUL, which is r->file's. */
int rule_parse(struct rule *r, struct buf *lines, struct fault *f);

/* Append words as one line of a rule, without its end.  -1: ENOMEM. */
int rule_quote(struct buf *b, char *const words[], size_t n);

/* Append the text of a rule with these options, the n words behind word[0].  *o
 * is what they come to.  0, or -1 with a fault of 64. */
int rule_options(struct buf *b, struct options *o, char *word[], int n,
    struct fault *f);

/* Whether it is for the program with this absolute path. */
bool rule_matches(const struct rule *r, const char *path);

void rule_free(struct rule *r);

#endif
