/*
 * arguments.h: which arguments -d takes for documents, and how to say so.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "cli/key/operand.h"
#include "cli/launch/state.h"

/* Whether an argument, of which operand_next has said kind, is a document. */
bool argument_is_document(const struct operands *o, enum operand kind,
    const char *arg);

/* Say what each word of the command from first on was taken for, on fd.  0 or
 * -1. */
int arguments_show(const struct launch *l, char *const command[],
    size_t first, int fd, struct fault *f);

/* Note a document that may be the value of the option before it. */
void arguments_doubt(const struct launch *l, char *const command[],
    size_t first);

#endif
