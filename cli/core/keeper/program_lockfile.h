/*
 * program_lockfile.h: a lock file that only the program has open.
 */
#ifndef PROGRAM_LOCKFILE_H
#define PROGRAM_LOCKFILE_H

struct keeper;

/* In each round: have the file open, too, exactly as long as a launch waits, so
 * that the launch gets it without a moment in which it is free. */
void program_lockfile_round(struct keeper *k);

/* The instance is over, or forgotten: fetch the file from a process that has it
 * (the program, or a leftover copy), to unlock it. */
void program_lockfile_back(struct keeper *k);

#endif
