/*
 * oracle.h: what the oracles have in common.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "tests/sim/world.h"

/* The n-th instance of those that live. */
struct instance *living(const char *key, int n);
/* Whether a verb, of those from first to last, runs for this key. */
bool under_way(enum policy first, enum policy last, const char *key);
/* Whether a listener that lives has it, or (loop) its loop, and gave no answer. */
bool lent(const struct launch *l, bool loop);
/* Whether this is a launch's child that will become the program, whether or not the
 * launch stays as its parent. */
bool is_chosen(const struct proc *p);
bool is_keeper(const struct proc *p);
/* Whether this process, or its parent, was left behind by an instance that has
 * ended. */
bool is_helper(const struct proc *p);
/* Whether this instance's process is only presumed to be it: it is a copy, and no
 * program here is one whose copies are known. */
bool is_presumed(const struct instance *in);
/* The process from which this one descends, which the world has started. */
const struct proc *first_of(const struct proc *p);

/* The launch that it belongs to, or NULL. */
struct launch *launch_from(const struct proc *p);
bool calm(void); /* nothing has gone wrong so far */
bool in_turn(enum policy p);

/* oracle_records.c: a record of an instance that has ended is fields, NAME=VALUE,
 * each ended by a NUL; two more are before it.  They are in files of each state root. */
#define ENDED ".ended"
#define ENDED_BEFORE ".ended.1"
struct record {
	const char *at, *end;
};
/* Begin with a file (NULL: it is not there), in front of its first record; false: it
 * has none. */
bool records_open(const struct inode *file, struct record *r, const char **end);
bool record_next(struct record *r, const char *end); /* false: there is none */
/* The value of the next field of this name, after that one (NULL: the first); NULL:
 * there is none. */
const char *record_field(const struct record *r, const char *name,
    const char *after);
long long record_number(const struct record *r, const char *name); /* or -1 */
/* Whether it has the key of this launch. */
bool record_is(const struct record *r, const struct launch *l);
/* Each instance that has ended has a true record. */
void oracle_records(void);

/* oracle_history.c: what the fields of a record say of what happened, up to the end of
 * this instance. */
void oracle_history_begin(void); /* the first record follows */
void oracle_history_end(void);   /* there is no other one */
void oracle_history(const char *at, const char *end, pid_t owner);

/* oracle_verbs.c: a verb has exited: what it has printed in all is what there is to
 * tell, if nothing happened meanwhile. */
void oracle_verb(const struct launch *l, int status);
const char *json_key(char *const *parts); /* as JSON has it */
/* oracle_log.c: the log is what the records have; living: what runs, and has none yet,
 * or NULL. */
void oracle_log(const struct launch *l, const struct instance *living);

/* oracle_status.c: a launch has exited without becoming the program. */
void launch_ended(const struct launch *l, int status);
/* It has not waited longer than -w says: it begins, or ends. */
void oracle_limit(const struct launch *l);
/* oracle_every.c: a job that has begun was due; whether this one may not be. */
void oracle_due(const struct launch *l);
bool not_due(const struct launch *l);
/* It says so, of the run with this document. */
void oracle_dates(const struct launch *l, const char *text, int document);
/* The program that runs without onlyone is the instance now. */
void oracle_adopted(const char *key);
/* oracle_twin.c: a launch that only asks has exited. */
void oracle_asks(const struct launch *l, int status);
bool is_covered(const struct launch *l, int status);
/* oracle_plan.c: the instance that lived all the time since the launch began, and
 * whatever may end it or replace it is not there; NULL. */
const struct instance *steady_for(const struct launch *l);
/* A launch executes this program (NULL: it exits with status): it has
 * said what it has to. */
void oracle_done(const struct launch *l, const struct inode *program, int status);
/* oracle_exec.c: this launch, or a process of its, will execute this. */
void oracle_given(const struct launch *l, const struct inode *file,
    char *const *argv, char *const *env);
/* oracle_info.c: it has the record that it should have. */
void oracle_info(const struct launch *l, char *const *env);
int status_of(int status); /* the one for this exit, which waitpid tells */
int has_stops(void); /* how many launches end what runs */

#endif
