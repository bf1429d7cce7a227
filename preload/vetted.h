/*
 * vetted.h: opening a slot's folder and files only if they belong to the euid.
 *
 * Anybody can set ONLYONE_SLOT, and sudo may keep it.  So the folder and its
 * files must belong to the euid; symlinks are refused, FIFOs do not block.
 */
#ifndef VETTED_H
#define VETTED_H

/* Open name in dir if it is ours; -errno.  *inode, unless NULL: its inode
 * number. */
int vetted_open(int dir, const char *name, int flags,
    unsigned long long *inode);

/* The slot's folder, O_PATH; -EPERM if relative or not ours; else -errno. */
int vetted_slot(const char *slot);

#endif
