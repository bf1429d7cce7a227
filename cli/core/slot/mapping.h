/*
 * mapping.h: which processes map the slot's file, seen from outside.
 *
 * The shim in the owner maps the slot's file and holds a read lock on byte 0.
 * Each owner gets a new inode, so that processes left by an earlier owner map a
 * dead file.  If a cleaner removes the file, the same owner gets another one,
 * which the program that it executes next will map.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/base/fields.h"

/* Make a new file in the folder, replacing any.  A descriptor (read and write),
 * or -1. */
int mapping_make(int folder, uint64_t pidns);

/* Write the file's content: this pid namespace.  0 or -1. */
int mapping_write(int fd, uint64_t pidns);

/* Open the slot's file.  A descriptor, or -1. */
int mapping_open(int folder);

enum mapping_state {
	MAPPING_FREE,
	MAPPING_LOCKED,
	MAPPING_UNKNOWN /* the file system drops such locks: scan */
};

/* Whether a process holds the lock.  Takes no lock itself. */
enum mapping_state mapping_test(int fd);

enum {
	MAPPING_PAST = 4, /* earlier files of one owner */
	MAPPING_ID = 40
};

/* An id that is unique to the file until the next boot; the record keeps it for
 * a removed file that may still be mapped.  id has MAPPING_ID bytes.  0, or -1:
 * id is empty. */
int mapping_id(int fd, char *id);

/* The same for the file of slot folder name that process pid, an owner, maps,
 * even if the file is gone. */
bool mapping_of(pid_t pid, const char *name, char *id);

/* Processes of ours (proc_mine) that map this file (-1: none), or an earlier
 * one that the record (may be NULL) names: at most cap pids; returns how many.
 * *lack (may be NULL): a process that may map it but cannot be read; 0. -1:
 * errno, ENOENT without /proc. */
int mapping_scan(int fd, const struct fields *record, pid_t *pids, size_t cap,
    pid_t *lack);

/* Whether process pid maps one of the files that mapping_scan looks for. */
bool mapping_mapped(int fd, const struct fields *record, pid_t pid);

/* Whether process pid certainly maps none of them: its maps could be read. */
bool mapping_left(int fd, const struct fields *record, pid_t pid);

/* Hold the lock on the slot's file ourselves, as the shim does, while the
 * returned descriptor is open; -1. */
int mapping_hold(int folder);

/* Wait until no process holds the lock. */
void mapping_wait(int fd);

#endif
