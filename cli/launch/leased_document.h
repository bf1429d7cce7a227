/*
 * leased_document.h: what a document is called on all hosts of a cluster.
 */
#ifndef LEASED_DOCUMENT_H
#define LEASED_DOCUMENT_H

#include "cli/buf.h"

/* The canonical path of a document; on a file system that a server shares, where
 * it lies there ("server:/export/home/letter"), wherever that is mounted here.
 * In b, which begins empty; NULL: errno. */
const char *leased_document(const char *path, struct buf *b);

#endif
