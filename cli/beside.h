/*
 * beside.h: where the other parts of us lie: the shim, the helpers.
 */
#ifndef BESIDE_H
#define BESIDE_H

#define RAISE_NAME "onlyone-raise"
#define CLUSTER_NAME "onlyone-cluster"

/* The path of the part of this name: installed, or beside this program, in
 * the build or under any prefix that make install knows.  how: as access(2)
 * takes it.  buf has PATH_MAX bytes.  NULL: nowhere (ENOENT), or it cannot be
 * told (errno). */
const char *beside_find(const char *name, int how, char *buf);

#endif
