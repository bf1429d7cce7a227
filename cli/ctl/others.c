/*
 * others.c: root looks at, and steers, instances of other users.
 *
 * The verb is run as each of them (asuser.h); what comes back is told.h's.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/account.h"
#include "cli/ctl/asuser.h"
#include "cli/ctl/json.h"
#include "cli/ctl/others.h"
#include "cli/ctl/told.h"
#include "cli/say.h"
#include "preload/contract.h"

enum {
	LIMIT_MS = 10000,    /* for an answer */
	USERS_MOST = 4096,
	WORDS_MOST = 24,     /* before the operands */
	NUMBERS = 4
};

/* The command line for one user. */
struct words {
	char **at;
	size_t n;
	char number[NUMBERS][32];
	size_t numbers;
};

static void
word_add(struct words *w, const char *word)
{
	w->at[w->n++] = (char *)word;
}

/* NAME=SECONDS, of milliseconds. */
static void
word_time(struct words *w, const char *name, int ms)
{
	snprintf(w->number[w->numbers], sizeof(*w->number), "%s=%d.%03d", name,
	    ms / 1000, ms % 1000);
	word_add(w, w->number[w->numbers++]);
}

static int
words_make(const struct ctl *c, const struct verb *v, struct words *w,
    struct fault *f)
{
	memset(w, 0, sizeof(*w));
	w->at = calloc(WORDS_MOST + c->noperands + 1, sizeof(*w->at));
	if (!w->at)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	word_add(w, "onlyonectl");
	word_add(w, v->name);
	if (!strcmp(v->name, "list"))
		word_add(w, "--json");
	if (c->o.waiting)
		word_add(w, "--waiting");
	if (c->o.all)
		word_add(w, "--all");
	if (c->o.tree)
		word_add(w, "--tree");
	if (c->o.wait_ms >= 0)
		word_time(w, "--wait", c->o.wait_ms);
	if (c->o.kill_ms >= 0)
		word_time(w, "--kill-after", c->o.kill_ms);
	if (c->o.pid) {
		snprintf(w->number[w->numbers], sizeof(*w->number),
		    "--pid=%d", (int)c->o.pid);
		word_add(w, w->number[w->numbers++]);
	}
	if (c->o.loudness != SAY_NORMAL)
		word_add(w, c->o.loudness == SAY_QUIET ? "-q" : "-v");
	word_add(w, "--");
	for (size_t i = 0; i < c->noperands; i++)
		word_add(w, c->operands[i]);
	return 0;
}

/* How long it may take; -1: as long as that instance runs. */
static int
verb_limit(const struct ctl *c, const struct verb *v)
{
	long long ms = LIMIT_MS;

	if (!strcmp(v->name, "wait")) {
		if (c->o.wait_ms < 0)
			return -1;
		ms += c->o.wait_ms;
	} else if (!strcmp(v->name, "stop")) {
		ms += c->o.wait_ms >= 0 ? c->o.wait_ms : LIMIT_MS;
		ms += c->o.kill_ms >= 0 ? c->o.kill_ms : 0;
	}
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* What all users have said. */
struct tally {
	json_t *list;
	long long count;
	int status; /* the first that is not 0; 3 gives way */
	bool good;  /* some had 0 */
};

static void
status_add(struct tally *t, int status)
{
	t->good |= status == 0;
	if (status && (!t->status || t->status == EXIT_NONE))
		t->status = status;
}

/* One user's answer.  0, or -1 with a fault. */
static int
answer_take(const struct verb *v, const struct account *who,
    const struct asuser *a, struct tally *t, struct fault *f)
{
	long long n;

	told_messages(who, a);
	if (a->late)
		return fault_set(f, EXIT_NOANSWER, who->name, ": gives no"
		    " whole answer in time", NULL);
	if (!strcmp(v->name, "list") && *a->out.at &&
	    told_list(who, a, t->list, f) < 0)
		return -1;
	if (!strcmp(v->name, "status") && told_status(who, a, f) < 0)
		return -1;
	if ((!strcmp(v->name, "count") || !strcmp(v->name, "pid")) &&
	    a->status == 0) {
		n = told_number(a);
		if (n < 0)
			return told_fault(who, f);
		if (*v->name == 'c')
			t->count += n;
		else if (told_pid(who, n))
			printf("%lld\n", n);
		else
			return fault_set(f, EXIT_NOANSWER, who->name, ": names"
			    " a process which is not (or no longer) that"
			    " user's", NULL);
	}
	status_add(t, a->status);
	return 0;
}

/* Whom it is about. */
static int
users_find(const struct ctl *c, struct account *who, struct fault *f)
{
	if (geteuid() != 0)
		return fault_set(f, EXIT_DENIED, "only root may speak of other"
		    " users' instances", NULL);
	if (c->o.user && c->o.all_users)
		return fault_set(f, EXIT_USAGE, "either --user or --all-users;"
		    " see onlyonectl --help", NULL);
	if (c->o.raw)
		return fault_set(f, EXIT_USAGE, "--raw is not for other users;"
		    " --json is", NULL);
	if (c->o.all_users)
		return account_list(who, USERS_MOST, f);
	return account_find(c->o.user, who, f) < 0 ? -1 : 1;
}

int
others_run(struct ctl *c, const struct verb *v, struct fault *f)
{
	struct account *who = calloc(USERS_MOST, sizeof(*who));
	struct tally t = { .list = json_array() };
	int n = who && t.list ? users_find(c, who, f) : fault_errno(f,
	    EXIT_SYSTEM, ENOMEM, "cannot begin", NULL);
	struct words w = { .at = NULL };
	struct asuser a;

	if (n >= 0 && words_make(c, v, &w, f) < 0)
		n = -1;
	for (int i = 0; i < n; i++) {
		if (asuser_run(&who[i], w.at, verb_limit(c, v), &a, f) < 0) {
			n = -1;
			break;
		}
		if (answer_take(v, &who[i], &a, &t, f) < 0) {
			say_fault(f);
			status_add(&t, f->code);
		}
		asuser_free(&a);
	}
	if (n >= 0 && !strcmp(v->name, "list"))
		told_table(c, t.list);
	if (n >= 0 && !strcmp(v->name, "count"))
		printf("%lld\n", t.count);
	if (n == 0 && strcmp(v->name, "list") != 0 &&
	    strcmp(v->name, "count") != 0)
		t.status = EXIT_NONE;
	/* Of several, it ran at some. */
	if (t.status == EXIT_NONE && t.good)
		t.status = 0;
	json_decref(t.list);
	free(w.at);
	free(who);
	return n < 0 ? -1 : t.status;
}
