/*
 * vetted.h: the slot's folder and its files, if they are ours.
 *
 * ONLYONE_SLOT can be set by anybody.  Folder and files must be the euid's, and
 * what they are said to be: no symlink is followed, no FIFO waited for.
 */
#ifndef VETTED_H
#define VETTED_H

/* Open name in dir if it is of that type (S_IFREG ...) and ours; else < 0. */
int vetted_open(int dir, const char *name, int flags, unsigned int type);

/* The slot's folder, O_PATH; -EPERM if it is not ours, or another error. */
int vetted_slot(const char *slot);

#endif
