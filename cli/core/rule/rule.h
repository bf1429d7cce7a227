/*
 * rule.h: a rule: how to launch the programs of a name.
 *
 * A rule is a file with the program's name: options of onlyone, one a line, and
 * lines "match PATTERN...", which restrict it to some paths.  The user's rule
 * comes before the system's.
 *
 * Its lines are words, quoted as for sh: blanks separate words; ' " and \
 * quote, also across lines, and # begins a comment where a word could begin.
 * Nothing is expanded: $, ` and all else are literal.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/core/launch/options.h"
#include "cli/core/rule/folders.h"

struct fault;

enum { RULE_MOST = 65536 }; /* bytes of a file */

struct rule {
	char name[NAME_MAX + 1];
	char file[PATH_MAX];
	struct options o; /* as options_parse makes them; without a command */
	char **patterns;  /* of match lines; npatterns 0: any path */
	size_t npatterns;
	/* What the options point into. */
	struct buf text, matches;
};

/* Whether a file of this name can be a rule. */
bool rule_named(const char *name);

/*
 * Find the rule for programs of this name.  0: found, and the caller frees it
 * with rule_free; 1: there is none, or none that we trust; -1: it is wrong, a
 * fault of 64 "FILE:LINE: ...", or the system failed, one of 71. lines: as in
 * rule_load.
 */
int rule_find(const char *name, struct rule *r, struct buf *lines,
    struct fault *f);

/* Load the rule of this name from an open folder of rules.  0: found and good;
 * -1: a fault: 64 as above; 77: it is not trusted or cannot be read; 3: there
 * is none.  Free the rule in any case; file is set.  lines, if not NULL, gets
 * the rule's lines, each as from rule_quote, with a NUL. */
int rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f);

void rule_free(struct rule *r);

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

/* Lines of words.  Pure: no system calls, no malloc. */
struct words {
	char *next;
	char *end;
	unsigned int at;   /* number of the line where next is */
	unsigned int line; /* where the last line of words began */
	const char *why;   /* what is wrong with that line, after -1 */
};

/* Start with len bytes and a NUL after them; the text is overwritten. */
void words_init(struct words *w, char *text, size_t len);

/*
 * Take the next line that has words: how many, in word, which has room for max
 * including the final NULL.  They point into the text.  0: there is no more;
 * -1: malformed, see why and line.
 */
int words_next(struct words *w, char *word[], size_t max);

#endif
