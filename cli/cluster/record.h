/*
 * record.h: what the value of a record says: who holds the key, or who was the
 * last to.  It is what others claim; a host shows it and believes no more.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cluster/engine.h"

/* More than a dozen members: one for each field. */
struct record {
	char host[256];
	char boot[37];
	char user[64];
	char app[128];  /* as the user reads it: cut where it is long */
	char key[128];  /* the same of the key; "" */
	char name[64];  /* of the command, and none of its arguments */
	char nonce[33];
	char place[17];  /* the slot on that host, as a hash */
	int pid;
	long long since; /* ms since the epoch, by that host's clock */
	bool done;       /* it has ended, and the key is held back: */
	long long ended;
	int exit;        /* status, 128 + signal; -1: not known */
	bool mail;       /* it takes letters that ask it to do something */
};

/* Ours, but for app, key and name: this host, user and process. */
void record_ours(struct record *r);

/* What is shown of an application and its key; of a command, whose arguments
 * may be secrets; and of the slot's folder. */
void record_label(struct record *r, const char *app, const char *const *key,
    size_t nkey);
void record_name(struct record *r, const char *command);
void record_place(struct record *r, const char *folder);

/* As JSON.  false: ENOMEM. */
bool record_make(const struct record *r, char value[ENGINE_VALUE]);

/* Take that apart; what is missing or odd is empty, or 0. */
void record_parse(const char *value, struct record *r);

#endif
