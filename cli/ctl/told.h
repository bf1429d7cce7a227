/*
 * told.h: what another user's onlyonectl has said, taken apart and shown.
 *
 * It is that user's word, whatever it looks like: it is shown escaped, and a
 * pid in it only if that process is his.
 */
#ifndef CTL_TOLD_H
#define CTL_TOLD_H

#include <sys/types.h>

#include "cli/ctl/account.h"
#include "cli/ctl/asuser.h"
#include "cli/ctl/ctl.h"
#include "cli/ctl/json.h"
#include "cli/fault.h"

/* His messages, each with his name. */
void told_messages(const struct account *who, const struct asuser *a);

/* A pid that he names; 0 if that is not a process of his. */
pid_t told_pid(const struct account *who, long long pid);

/* -1 and a fault: his answer makes no sense. */
int told_fault(const struct account *who, struct fault *f);

/* Add his list to the one of all.  0 or -1. */
int told_list(const struct account *who, const struct asuser *a, json_t *all,
    struct fault *f);

/* A number alone on a line; -1: it is none. */
long long told_number(const struct asuser *a);

/* Show the line of status, with no pid in it that is not his.  0 or -1. */
int told_status(const struct account *who, const struct asuser *a,
    struct fault *f);

/* Show the list of all, as the options say. */
void told_table(const struct ctl *c, const json_t *list);

#endif
