/*
 * desktop.h: --desktop: overrides of desktop entries, for enable, disable,
 * rules and doctor.
 */
#ifndef CTL_DESKTOP_H
#define CTL_DESKTOP_H

#include "cli/ctl/ctl.h"
#include "cli/launch/options.h"

/* Write the overrides that the operands mean. */
int desktop_enable(struct ctl *c, struct fault *f);

/* Remove those of an application; file: also of what leads to the same file.
 * 1: there are none. */
int desktop_disable(const char *app, bool file, struct fault *f);

/* Let the desktop know which types of files the user's entries are for. */
void desktop_cache(void);

/* Add all overrides to a list of rules. */
int desktop_list(struct ruleds *rs, struct fault *f);

/* enable.c: the text of a rule of these options: n words behind word[0].  o is
 * what they come to. */
int options_put(struct buf *b, struct options *o, char *word[], int n,
    struct fault *f);

#endif
