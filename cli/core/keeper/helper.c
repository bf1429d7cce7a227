/*
 * helper.c: run onlyone-raise: its arguments and environment.
 *
 * The helper is a child of the keeper, which reaps it (handler_reap) but never
 * waits for it, or of an attendant, which does.  It dies with its parent, and
 * is not part of the instance: it has no environment mark and no shim.  It uses
 * the instance's display, or a launch's if the instance has none.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/part_path.h"
#include "cli/base/text.h"
#include "cli/core/keeper/child.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/state.h"
#include "cli/core/wire/carried.h"
#include "cli/windows/outcome.h"
#include "preload/contract.h"

enum {
	YOUNG_MS = 15000, /* a younger instance may have no window yet */
	NEWER = SIGUSR1, /* tells the helper that another activation has come, so
	                  * it can stop waiting; it unblocks that when its work is
	                  * done (windows/main.c) */
	WORDS = 160,
	TEXT = NAME_SHOWN + 1280 /* the instance, and what it was given */
};

/* Set by multiplexers: a pane can be selected without a display. */
static const char *const panes[] = { "TMUX", "STY" };

const char *
helper_env(const struct fields *body, const char *name)
{
	const char *e = NULL;
	size_t n = strlen(name);

	while ((e = fields_next(body, "env", e))) {
		if (!strncmp(e, name, n) && e[n] == '=' && e[n + 1])
			return e + n + 1;
	}
	return NULL;
}

bool
helper_display(const struct fields *body)
{
	for (size_t i = 0; i < CARRIED_PLACES; i++) {
		const char *name = carried_displays[i], *own = getenv(name);

		if ((own && *own) || (body && helper_env(body, name)))
			return true;
	}
	return false;
}

bool
helper_sees(const struct keeper *k)
{
	return !k->tenure.unseen && helper_display(NULL);
}

const char *
helper_place(void)
{
	const char *x = getenv("DISPLAY"), *w = getenv("WAYLAND_DISPLAY");

	return x && *x ? x : w && *w ? w : NULL;
}

bool
helper_elsewhere(const struct fields *body)
{
	const char *own, *its;
	bool known = false;

	/* Only DISPLAY and WAYLAND_DISPLAY: the others lead to one of these. */
	for (size_t i = 0; i < 2; i++) {
		own = getenv(carried_displays[i]);
		its = helper_env(body, carried_displays[i]);
		if (own && its && carried_display_same(own, its))
			return false;
		known |= its != NULL;
	}
	return known && helper_place();
}

bool
helper_pane(void)
{
	return getenv(panes[0]) || getenv(panes[1]);
}

/* A command line being built. */
struct words {
	char *at[WORDS];
	size_t n;
	bool outlives; /* it may outlive the keeper */
};

static void
helper_word(struct words *w, const char *s)
{
	if (w->n < WORDS - 1)
		w->at[w->n++] = (char *)s;
}

static void
helper_option(struct words *w, const char *name, const char *value)
{
	if (w->n < WORDS - 2) {
		helper_word(w, name);
		helper_word(w, value);
	}
}

/* Use the display of the asking launches, unless the instance has its own. */
static void
environment_set(const struct fields *job)
{
	const char *value;

	if (helper_display(NULL))
		return;
	for (size_t i = 0; i < CARRIED_DISPLAYS; i++) {
		if ((value = helper_env(job, carried_displays[i])))
			setenv(carried_displays[i], value, 1);
	}
}

/* Milliseconds as the seconds that an option takes. */
static const char *
seconds_text(long long ms, char buf[24])
{
	struct text t = text_in(buf, 24);

	text_seconds(&t, ms);
	return buf;
}

/* For instance i, in the slot with this name. */
static _Noreturn void
helper_exec_for(const struct keeper *k, const char *slot,
    const struct info *i, struct words *w)
{
	char folder[PATH_MAX], pid[24], run[24];

	/* The helper may wait for a window: let it die with its parent. */
	if (!w->outlives)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	text_join(run, sizeof(run), TEXT_NUM(i->since), NULL);
	if (root_folder(k->c->root, slot, folder) == 0) {
		helper_option(w, "--mark", folder);
		helper_option(w, "--run", run);
	}
	if (i->terms.window_class)
		helper_option(w, "--class", i->terms.window_class);
	text_join(pid, sizeof(pid), TEXT_NUM(i->owner.pid), NULL);
	helper_word(w, pid);
	w->at[w->n] = NULL;
	io_keep(3, NULL, 0);
	raise_become((const char *const *)w->at);
}

static _Noreturn void
helper_exec(const struct keeper *k, struct words *w)
{
	helper_exec_for(k, k->c->slot->name, &k->c->info, w);
}

static _Noreturn void
raise_exec(const struct keeper *k)
{
	const struct raise_job *r = &k->raise.next;
	struct fields job = { r->env.at, r->env.len };
	long long age = clock_wall() - k->c->info.since;
	/* The clock may have been set back. */
	long long young = age < 0 ? YOUNG_MS : YOUNG_MS - age;
	char wait[24], after[24];
	struct words w = { .at = { (char *)RAISE_NAME }, .n = 1 };
	const char *e = NULL;

	if (!r->wanted)
		helper_word(&w, "--no-raise");
	if (r->untaken)
		helper_word(&w, "--terminal");
	if (r->patient && young < WINDOW_MS)
		young = WINDOW_MS;
	if (r->document)
		helper_option(&w, "--document", r->document);
	if (r->wanted && young > 0)
		helper_option(&w, "--wait", seconds_text(young, wait));
	text_join(after, sizeof(after), TEXT_NUM(r->after), NULL);
	if (r->after)
		helper_option(&w, "--after", after);
	while ((e = fields_next(&job, "env=" STARTUP_ID, e))) {
		if (*e)
			helper_option(&w, "--startup-id", e);
	}
	/* A later token replaces an earlier one. */
	while ((e = fields_next(&job, "env=" ACTIVATION_TOKEN, e)))
		setenv(ACTIVATION_TOKEN, e, 1);
	if (r->say)
		helper_word(&w, "-v");
	environment_set(&job);
	helper_exec(k, &w);
}

int
helper_outcome(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : OUTCOME_NO_DISPLAY;
}

pid_t
helper_raise(struct keeper *k)
{
	pid_t pid = child_fork(k, NEWER);

	if (pid == 0)
		raise_exec(k);
	return pid;
}

void
helper_raise_other(struct keeper *k, const char *slot, const struct info *i)
{
	struct words w = { .at = { (char *)RAISE_NAME }, .n = 1,
		.outlives = true };
	const char *part = NULL, *document = NULL;

	/* The last part of the key. */
	while ((part = info_key(&k->c->info, part)))
		document = part;
	if (document)
		helper_option(&w, "--document", document);
	if (child_fork(k, NEWER) == 0)
		helper_exec_for(k, slot, i, &w);
}

pid_t
helper_shown(struct keeper *k, int wait_ms)
{
	struct words w = { .at = { (char *)RAISE_NAME, (char *)"--shown" },
		.n = 2 };
	pid_t pid = child_fork(k, NEWER);
	char wait[24];

	if (pid)
		return pid;
	if (wait_ms)
		helper_option(&w, "--wait", seconds_text(wait_ms, wait));
	helper_exec(k, &w);
}

void
helper_tell(struct keeper *k, const char *given)
{
	struct words w = { .at = { (char *)RAISE_NAME }, .n = 1,
		.outlives = true };
	char said[TEXT];
	struct text t;

	if (child_fork(k, NEWER))
		return;
	t = text_in(said, sizeof(said));
	text_all(&t, k->c->info.app, " (pid ", TEXT_NUM(k->c->info.owner.pid),
	    ") exited soon after it was ", *given ? "given " :
	    "launched again", given, *given ?
	    ": open that again if it was lost" : NULL, NULL);
	helper_option(&w, "--title", text_base(k->c->info.app));
	helper_option(&w, "--notify", said);
	helper_exec(k, &w);
}

pid_t
helper_close(struct keeper *k)
{
	struct words w = { .at = { (char *)RAISE_NAME, (char *)"--close" },
		.n = 2 };
	pid_t pid = child_fork(k, NEWER);

	if (pid == 0)
		helper_exec(k, &w);
	return pid;
}
