/*
 * raise.c: re-display the instance, and ask its windows to close: by a helper,
 * onlyone-raise, which runs beside the loop.
 *
 * Launches do not wait for it, but for those that want to know what came of
 * it.  One helper at a time: what is asked meanwhile is one more run, however
 * many ask.
 */
#include <sys/prctl.h>

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "preload/contract.h"

enum {
	TELL_MS = 1000,   /* that a launch waits for an outcome */
	YOUNG_MS = 15000, /* an instance that may not have a window yet */
	WORDS = 160,
	TEXT = NAME_SHOWN + 128
};

/* Where windows may be.  What the instance has comes before the caller's. */
static const char *const displays[] = { "DISPLAY", "WAYLAND_DISPLAY",
	"SWAYSOCK", "I3SOCK" };
/* A pane can be selected without any. */
static const char *const panes[] = { "TMUX", "STY" };

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* The variable of this name among the env= of a body; NULL: none, or empty. */
static const char *
env_get(const struct fields *body, const char *name)
{
	const char *e = NULL;
	size_t n = strlen(name);

	while ((e = fields_next(body, "env", e))) {
		if (!strncmp(e, name, n) && e[n] == '=' && e[n + 1])
			return e + n + 1;
	}
	return NULL;
}

/* Whether there is anything to ask for a window, or for its closing. */
static bool
display_known(const struct fields *body)
{
	for (size_t i = 0; i < COUNT(displays); i++) {
		const char *own = getenv(displays[i]);

		if ((own && *own) || (body && env_get(body, displays[i])))
			return true;
	}
	return false;
}

static bool
pane_known(void)
{
	return getenv(panes[0]) || getenv(panes[1]);
}

/* A command line that is put together. */
struct words {
	char *at[WORDS];
	size_t n;
};

static void
word(struct words *w, const char *s)
{
	if (w->n < WORDS - 1)
		w->at[w->n++] = (char *)s;
}

static void
option(struct words *w, const char *name, const char *value)
{
	if (w->n < WORDS - 2) {
		word(w, name);
		word(w, value);
	}
}

/* What of the asking launches' environment the helper needs. */
static void
environment_set(const struct fields *job)
{
	bool known = display_known(NULL);
	static const char *const cookie = "XAUTHORITY";

	for (size_t i = 0; !known && i < COUNT(displays); i++) {
		if (env_get(job, displays[i]))
			setenv(displays[i], env_get(job, displays[i]), 1);
	}
	if (!known && env_get(job, cookie))
		setenv(cookie, env_get(job, cookie), 1);
	/* It is no instance, and nothing is to follow or enforce it. */
	unsetenv("LD_PRELOAD");
	unsetenv("DESKTOP_STARTUP_ID");
	unsetenv("XDG_ACTIVATION_TOKEN");
}

/* "gvim (pid 123) is running; nobody took ..." */
static const char *
notice_text(const struct keeper *k, bool untaken, char *buf)
{
	struct text t;

	text_init(&t, buf, TEXT);
	text_add(&t, k->c->info.app);
	text_add(&t, " (pid ");
	text_num(&t, k->c->info.owner.pid);
	text_add(&t, untaken ? ") is running; nobody took the arguments" :
	    ") is running already");
	return buf;
}

/* Milliseconds as the seconds that an option takes. */
static const char *
seconds_text(long long ms, char buf[24])
{
	char digits[5] = { (char)('0' + ms % 1000 / 100),
		(char)('0' + ms % 100 / 10), (char)('0' + ms % 10), '\0' };
	struct text t;

	text_init(&t, buf, 24);
	text_num(&t, ms / 1000);
	text_add(&t, ".");
	text_add(&t, digits);
	return buf;
}

static _Noreturn void
helper_exec(const struct keeper *k, struct words *w)
{
	char path[PATH_MAX], folder[PATH_MAX], pid[24];
	const char *helper = beside_find(RAISE_NAME, X_OK, path);
	const struct terms *terms = &k->c->info.terms;
	struct text t;

	/* With us it goes too: it may be waiting for a window. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (root_folder(k->c->root, k->c->slot->name, folder) == 0)
		option(w, "--mark", folder);
	if (terms->window_class)
		option(w, "--class", terms->window_class);
	text_init(&t, pid, sizeof(pid));
	text_num(&t, k->c->info.owner.pid);
	word(w, pid);
	w->at[w->n] = NULL;
	if (helper)
		execve(helper, w->at, environ);
	_exit(OUTCOME_ABSENT);
}

static _Noreturn void
raise_exec(const struct keeper *k)
{
	const struct raise *r = &k->raise;
	struct fields job = { r->job.at, r->job.len };
	long long age = clock_wall() - k->c->info.since;
	char wait[24], after[24], text[2][TEXT];
	struct words w = { .n = 0 };
	const char *e = NULL;
	struct text t;

	word(&w, RAISE_NAME);
	if (!r->wanted)
		word(&w, "--no-raise");
	if (r->untaken)
		word(&w, "--terminal");
	if (r->wanted && age < YOUNG_MS)
		option(&w, "--wait", seconds_text(YOUNG_MS - (age < 0 ? 0 :
		    age), wait));
	text_init(&t, after, sizeof(after));
	text_num(&t, r->after);
	if (r->after)
		option(&w, "--after", after);
	while ((e = fields_next(&job, "env", e))) {
		if (!strncmp(e, "DESKTOP_STARTUP_ID=", 19) && e[19] &&
		    w.n < WORDS - 16)
			option(&w, "--startup-id", e + 19);
	}
	if (r->notify) {
		option(&w, "--title", k->c->info.app);
		option(&w, r->lost ? "--notify-anyway" : "--notify",
		    notice_text(k, r->lost, text[0]));
	}
	environment_set(&job);
	helper_exec(k, &w);
}

static void
job_clear(struct raise *r)
{
	buf_free(&r->job);
	r->wanted = r->untaken = r->notify = r->lost = false;
	r->after = 0;
}

/* Run what has been asked for, unless a run goes on. */
static void
raise_next(struct keeper *k)
{
	struct raise *r = &k->raise;
	pid_t pid;

	if (r->pid || !r->asked || k->state == VACANT)
		return;
	pid = child_fork(k);
	if (pid == 0)
		raise_exec(k);
	point("raise-started");
	r->asked = false;
	r->run++;
	job_clear(r);
	if (pid > 0)
		r->pid = pid;
	else
		raise_over(k, OUTCOME_ABSENT);
}

/* Take over what of the request the helper needs. */
static void
job_add(struct raise *r, const struct fields *body)
{
	static const char *const names[] = { "DISPLAY", "WAYLAND_DISPLAY",
		"SWAYSOCK", "I3SOCK", "XAUTHORITY", "DESKTOP_STARTUP_ID" };
	const char *e = NULL;

	while ((e = fields_next(body, "env", e))) {
		for (size_t i = 0; i < COUNT(names); i++) {
			size_t n = strlen(names[i]);

			if (!strncmp(e, names[i], n) && e[n] == '=')
				fields_put(&r->job, "env", e);
		}
	}
}

void
raise_ask(struct keeper *k, struct client *cl, bool taken, pid_t after)
{
	const struct fields *body = &cl->request.body;
	const char *how = fields_get(body, "raise");
	struct raise *r = &k->raise;
	bool known, wanted = k->c->info.terms.raise != RAISE_NEVER && !k->unseen &&
	    !(how && !strcmp(how, "never"));

	known = k->promoted || display_known(body);
	if (wanted && !known && !pane_known()) {
		cl->raised = OUTCOME_NO_DISPLAY;
		wanted = false;
	}
	if (!wanted && !(known && env_get(body, "DESKTOP_STARTUP_ID")))
		return;
	job_add(r, body);
	r->asked = true;
	r->wanted |= wanted;
	r->untaken |= !taken && !k->c->info.terms.signal;
	r->lost |= !taken && fields_get(body, "arg");
	r->notify |= fields_num(body, "notify", 0) == 1;
	r->after = after;
	/* Of a run that has begun already it was not part. */
	if (wanted && fields_num(body, "say", 0) == 1)
		cl->raise_run = r->run + 1;
	raise_next(k);
}

void
raise_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	if (cl->raise_run <= k->raise.done) {
		if (cl->raise_run)
			cl->raised = k->raise.outcome;
		reply_done(k, cl, status, taken);
		return;
	}
	cl->stage = HELPED;
	cl->status = status;
	cl->taken = taken;
	cl->tell_by = clock_now() + TELL_MS;
}

/* Who waits for what came of a run up to this one has his answer. */
static void
helped_tell(struct keeper *k, bool closing, unsigned long run, int outcome)
{
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage != HELPED || cl->closes != closing ||
		    (!closing && cl->raise_run > run))
			continue;
		cl->tell_by = 0;
		cl->raised = closing ? -1 : outcome;
		reply_done(k, cl, closing ? outcome : cl->status, cl->taken);
	}
}

void
raise_over(struct keeper *k, int outcome)
{
	struct raise *r = &k->raise;

	r->pid = 0;
	r->done = r->run;
	r->outcome = outcome;
	helped_tell(k, false, r->run, outcome);
	raise_next(k);
}

/* Its exit status says what came of it. */
static int
outcome_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : OUTCOME_NO_DISPLAY;
}

bool
raise_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid == k->raise.pid) {
		raise_over(k, outcome_of(status));
		return true;
	}
	if (pid != k->closing.pid)
		return false;
	k->closing.pid = 0;
	k->closing.asked = outcome_of(status) == 0;
	helped_tell(k, true, 0, k->closing.asked ? 0 : EXIT_NONE);
	return true;
}

long long
raise_due(const struct keeper *k)
{
	long long due = 0;

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == HELPED && cl->tell_by &&
		    (!due || cl->tell_by < due))
			due = cl->tell_by;
	}
	return due;
}

void
raise_expire(struct keeper *k)
{
	long long now = clock_now();

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage != HELPED || !cl->tell_by || cl->tell_by > now)
			continue;
		cl->tell_by = 0;
		cl->raised = OUTCOME_LATER;
		reply_done(k, cl, cl->status, cl->taken);
	}
}

void
raise_end(struct keeper *k)
{
	/* There is nothing to be raised any more. */
	if (k->raise.pid)
		kill(k->raise.pid, SIGTERM);
	k->raise.asked = false;
	job_clear(&k->raise);
	helped_tell(k, false, ULONG_MAX, OUTCOME_NO_WINDOW);
	helped_tell(k, true, 0, EXIT_NONE);
}

bool
closing_start(struct keeper *k)
{
	struct words w = { .n = 0 };
	pid_t pid;

	if (k->closing.pid)
		return true;
	k->closing.asked = false;
	if (k->unseen || !(k->promoted || display_known(NULL)))
		return false;
	pid = child_fork(k);
	if (pid == 0) {
		unsetenv("LD_PRELOAD");
		word(&w, RAISE_NAME);
		word(&w, "--close");
		helper_exec(k, &w);
	}
	if (pid > 0)
		k->closing.pid = pid;
	return pid > 0;
}

void
closing_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	if (!client_means(k, cl, f))
		return;
	if (k->state != OWNED || !closing_start(k)) {
		reply_done(k, cl, EXIT_NONE, true);
		return;
	}
	cl->stage = HELPED;
	cl->closes = true;
	cl->taken = true;
	cl->deadline = 0;
}
