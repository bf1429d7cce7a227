/*
 * replace.h: write a file of which others see the old one or the new one.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stddef.h>

/* Make n bytes the file at path, which every user may read, whatever the umask.
 * 0; -1: errno, and the old file is as it was. */
int file_replace(const char *path, const char *at, size_t n);

#endif
