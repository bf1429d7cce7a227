/*
 * documents.h: --per-document: an instance for each document.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "cli/core/launch/state.h"

/* Returns as run_launch. */
int documents_run(struct launch *l, struct fault *f);

#endif
