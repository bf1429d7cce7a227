/*
 * letters.h: letters, by which other hosts ask something of the instance.
 */
#ifndef LETTERS_H
#define LETTERS_H

#include "cli/cluster/hold.h"

/* Start to listen.  fd: what to poll, -1; due: when to look in any case
 * (clock_boot; 0: never); busy: whether an onlyonectl of ours runs for a
 * letter: look often. */
void letters_begin(struct hold *h);
int letters_fd(const struct hold *h);
long long letters_due(const struct hold *h);
bool letters_busy(void);

/* Take and serve what has come; heard: fd has input. */
void letters_look(struct hold *h, bool heard);

/* The instance has ended: answer all joins, also those that have just arrived,
 * and refuse everything else. */
void letters_answer(struct hold *h, long long deadline);
void letters_end(struct hold *h);

#endif
