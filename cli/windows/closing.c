/*
 * closing.c: ask the windows of an instance to close, on any display, and watch
 * what they do.
 *
 * sway knows all windows of its display, those of its X server too.  Elsewhere
 * we ask, and watch, the windows of an X server and those of a Wayland
 * compositor: a program may have both.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/base/say.h"
#include "cli/windows/close.h"
#include "cli/windows/closing.h"
#include "cli/windows/compositor.h"
#include "cli/windows/window_page.h"
#include "cli/windows/windows.h"
#include "cli/windows/sway.h"
#include "cli/windows/tree.h"
#include "cli/windows/x11.h"
#include "cli/base/text.h"

/*
 * Ask Wayland windows to close, by our library in the program, as close.c does
 * on an X server.
 *
 * The library makes the program read an event that closes its windows
 * (preload/window/recvmsg.c), and remembers which windows it has asked.  The
 * program reads only when its compositor sends something: so we activate the
 * window as well, which also brings a question in front of the user.
 */

/* Open the pages of the instance, for pages_close, and add up in s what they
 * tell.  Their number. */
static size_t
pages_find(const struct instance *i, struct page *all, struct sight *s)
{
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	uint64_t used = 0; /* of the page whose title we take */
	bool closing = false;

	for (size_t k = 0; k < n; k++)
		closing |= all[k].seen.closing != 0;
	*s = (struct sight){ 0 };
	for (size_t k = 0; closing && k < n; k++) {
		s->asked += (int)all[k].seen.asked;
		s->questions += (int)(all[k].seen.windows -
		    all[k].seen.asked);
		if (all[k].seen.windows <= all[k].seen.asked ||
		    all[k].seen.used < used)
			continue;
		used = all[k].seen.used;
		text_join(s->title, SIGHT_TITLE, all[k].seen.title, NULL);
	}
	return n;
}

static void
pages_close(struct page *all, size_t n)
{
	for (size_t k = 0; k < n; k++)
		page_close(&all[k]);
}

/* Whether the program was asked, or has ended, and its windows with it. */
static bool
page_ask_close(struct page *p, struct compositor *c, long long deadline)
{
	struct ticket *t = c && c->activation ? ticket_take(c, NULL,
	    clock_half(deadline)) : NULL;
	bool asked = page_ask(p, WINDOW_CLOSE, t ? ticket_token(t) : "",
	    deadline, NULL);

	if (t)
		ticket_drop(t);
	return asked || !ours(p->pid);
}

/* Ask by our library in the program, on any compositor; c gives the activation
 * token (NULL: none).  How many there are to ask; 0: none. */
static int
inside_ask_close(const struct instance *i, struct compositor *c,
    long long deadline)
{
	struct page all[PAGES];
	struct sight s;
	size_t n = pages_find(i, all, &s);
	int asked = s.asked + s.questions;

	/* Do not ask while a question is open: that would cancel it. */
	if (!s.asked || !s.questions) {
		asked = 0;
		for (size_t k = 0; k < n; k++) {
			if (all[k].seen.windows)
				asked += page_ask_close(&all[k], c, deadline);
		}
	}
	pages_close(all, n);
	return asked;
}

/* Add to s what the pages tell.  Whether there is a page. */
static bool
inside_sight(const struct instance *i, struct sight *s)
{
	struct page all[PAGES];
	struct sight seen;
	size_t n = pages_find(i, all, &seen);

	s->asked += seen.asked;
	s->questions += seen.questions;
	if (seen.questions)
		memcpy(s->title, seen.title, SIGHT_TITLE);
	pages_close(all, n);
	return n > 0;
}

/* The windows stay: the library forgets that it has asked them to close. */
static void
inside_calm(const struct instance *i, long long deadline)
{
	struct page all[PAGES];
	struct sight s;
	size_t n = pages_find(i, all, &s);

	for (size_t k = 0; k < n; k++) {
		if (all[k].seen.closing)
			page_ask(&all[k], WINDOW_CALM, "", deadline, NULL);
	}
	pages_close(all, n);
}

/*
 * Ask the views of sway to close, as close.c does on an X server.
 *
 * Each view that is there when we ask gets a mark of sway's, which begins with
 * an underscore, so that sway does not show it.  A view without it was opened
 * later, and is a question.  When we have asked nothing yet, a view that floats
 * while others do not is a question, too: sway lets dialogs float.
 */

#define MARK "_onlyone_close_"

enum {
	SWAY_LOOK_MS = 200,
	ASK_MS = 1000,
	CALM_MS = 1500 /* windows that stay so long after the last question are
	                * refused; earlier programs may save, or ask again */
};

/* All views of the instance's processes. */
struct views {
	const struct instance *i;
	json_int_t view[VIEWS];
	bool marked[VIEWS], floats[VIEWS];
	size_t n;
	size_t questions; /* those without a mark */
	size_t floating;
	char title[SIGHT_TITLE]; /* of the last question */
};

static bool
is_marked(const json_t *node)
{
	const json_t *mark;
	const char *name;
	size_t k;

	json_array_foreach(json_object_get(node, "marks"), k, mark) {
		name = json_string_value(mark);
		if (name && !strncmp(name, MARK, strlen(MARK)))
			return true;
	}
	return false;
}

static void
views_add(struct views *v, const json_t *node)
{
	json_int_t pid = json_integer_value(json_object_get(node, "pid"));
	const char *type = json_string_value(json_object_get(node, "type"));
	const char *title = json_string_value(json_object_get(node, "name"));

	if (pid <= 0 || pid > INT_MAX || v->n == VIEWS ||
	    !tree_kin(v->i, (pid_t)pid, KIN_DESCENDS))
		return;
	v->view[v->n] = json_integer_value(json_object_get(node, "id"));
	v->marked[v->n] = is_marked(node);
	v->floats[v->n] = type && !strcmp(type, "floating_con");
	if (!v->marked[v->n]) {
		v->questions++;
		text_join(v->title, SIGHT_TITLE, title ? title : "", NULL);
	}
	v->floating += v->floats[v->n];
	v->n++;
}

static void
views_below(struct views *v, const json_t *node)
{
	static const char *const lists[] = { "nodes", "floating_nodes" };
	const json_t *child;
	size_t k;

	views_add(v, node);
	for (size_t list = 0; list < 2; list++) {
		json_array_foreach(json_object_get(node, lists[list]), k,
		    child) {
			views_below(v, child);
		}
	}
}

/* false: the compositor does not answer. */
static bool
views_find(struct views *v, const struct instance *i, int fd,
    long long deadline)
{
	json_t *tree = sway_ask(fd, SWAY_TREE, "", deadline);

	*v = (struct views){ .i = i };
	if (!tree)
		return false;
	views_below(v, tree);
	json_decref(tree);
	return true;
}

/* Add the view's mark, or remove it. */
static void
mark_set(int fd, json_int_t view, bool on, long long deadline)
{
	char words[64], digits[24];

	text_join(words, sizeof(words), on ? "mark --add " MARK :
	    "unmark " MARK, say_num(digits, view), NULL);
	sway_tell(fd, view, words, deadline);
}

/* Mark all views but questions.  Whether there are questions. */
static bool
views_mark(int fd, const struct views *v, long long deadline)
{
	bool asks = v->floating && v->floating < v->n;

	/* If some views have the mark, we asked before: those without it were
	 * opened later. */
	for (size_t k = 0; k < v->n; k++)
		asks |= v->questions < v->n && !v->marked[k];
	for (size_t k = 0; k < v->n; k++) {
		if (!v->marked[k] && !(asks && (v->floats[k] ||
		    v->questions < v->n)))
			mark_set(fd, v->view[k], true, deadline);
	}
	return asks;
}

/* Ask the views to close, as x11_ask_close does.  How many there are to ask. */
static int
sway_ask_close(const struct instance *i, long long deadline)
{
	/* As in close.c: do not ask windows that match only by environment
	 * mark or by name. */
	struct instance own = { .pids = i->pids, .npids = i->npids,
		.group = i->group };
	int fd = sway_open(deadline), n = 0;
	struct sway_look l = { .n = 0 };
	struct views v;
	bool asks;

	pick_begin(&l.pick, &own, KIN_DESCENDS);
	if (fd >= 0 && sway_look(&l, fd, deadline) && l.n &&
	    views_find(&v, &own, fd, deadline)) {
		/* Do not ask while a question is open: it would be closed, as
		 * if the user had cancelled. */
		asks = views_mark(fd, &v, deadline);
		for (size_t k = 0; k < l.n; k++)
			n += asks || sway_tell(fd, l.view[k], "kill",
			    deadline);
	}
	io_close(&fd);
	return n;
}

/* As closing_await (closing.h), on sway; title: that of the question. */
static enum outcome
sway_await(const struct instance *i, bool answer, char title[SIGHT_TITLE])
{
	struct instance own = { .pids = i->pids, .npids = i->npids,
		.group = i->group };
	int fd = sway_open(clock_now() + ASK_MS);
	enum outcome o = OUTCOME_NO_DISPLAY;
	long long calm = 0;
	struct views v;

	while (fd >= 0 && views_find(&v, &own, fd, clock_now() + ASK_MS)) {
		if (!v.n)
			o = OUTCOME_RAISED;
		else if (v.questions)
			o = answer ? OUTCOME_NO_DISPLAY : OUTCOME_QUESTION;
		else if (answer && calm && clock_now() >= calm)
			o = OUTCOME_REFUSED;
		if (o != OUTCOME_NO_DISPLAY)
			break;
		calm = v.questions ? 0 : calm ? calm : clock_now() + CALM_MS;
		clock_sleep(1000L * SWAY_LOOK_MS);
	}
	if (o == OUTCOME_QUESTION)
		memcpy(title, v.title, SIGHT_TITLE);
	for (size_t k = 0; o == OUTCOME_REFUSED && k < v.n; k++)
		mark_set(fd, v.view[k], false, clock_now() + ASK_MS);
	io_close(&fd);
	return o;
}

enum {
	LOOK_MS = 250, /* between two looks at windows */
	HANG_MS = 10000 /* for one look: the X server hangs then */
};

static int
inside_ask(const struct instance *i, long long deadline)
{
	struct compositor *c = compositor_open(clock_half(deadline));
	int n = inside_ask_close(i, c, deadline);

	if (c)
		compositor_close(c);
	return n;
}

enum outcome
closing_ask(struct request *r)
{
	long long deadline = clock_now() + r->limit_ms;
	const struct instance *i = &r->instance;
	struct x11 *x = NULL;
	int n;

	/* If the instance is a window manager or file manager, what it has
	 * started is not part of it. */
	r->instance.group = true;
	n = sway_ask_close(i, clock_half(deadline));
	/* sway has asked all windows, those of X11 too: never ask twice. */
	if (!n) {
		n = inside_ask(i, deadline);
		x = x11_open();
	}
	if (x) {
		n += x11_ask_close(x, i);
		x11_close(x);
	}
	if (n)
		return OUTCOME_RAISED;
	return !sway_answers(clock_half(deadline)) && wayland_has(i, deadline) ?
	    OUTCOME_FORBIDDEN : OUTCOME_NO_WINDOW;
}

/* Look at all windows of the instance.  false: the X server is gone; if it
 * hangs, the alarm ends us. */
static bool
look(struct x11 *x, const struct instance *i, struct sight *s)
{
	alarm_set(HANG_MS);
	*s = (struct sight){ 0 };
	inside_sight(i, s);
	return !x || x11_sight(x, i, s);
}

static void
closing_pause(struct x11 *x)
{
	if (x)
		x11_wait(x, clock_now() + LOOK_MS);
	else
		clock_sleep(1000L * LOOK_MS);
}

static enum outcome
await_question(struct x11 *x, const struct instance *i,
    char title[SIGHT_TITLE])
{
	struct sight s;

	while (look(x, i, &s)) {
		if (s.questions) {
			memcpy(title, s.title, SIGHT_TITLE);
			return OUTCOME_QUESTION;
		}
		if (!s.asked)
			return OUTCOME_RAISED;
		closing_pause(x);
	}
	return OUTCOME_NO_DISPLAY;
}

static enum outcome
await_answer(struct x11 *x, const struct instance *i, int limit_ms)
{
	long long calm = 0;
	struct sight s;

	while (look(x, i, &s)) {
		if (s.questions)
			calm = 0;
		else if (!s.asked)
			return OUTCOME_RAISED;
		else if (!calm)
			calm = clock_now() + CALM_MS;
		/* A program that is still at work does not answer a ping. */
		else if (clock_now() >= calm && (!x || x11_is_awake(x, i))) {
			inside_calm(i, clock_now() + limit_ms);
			if (x)
				x11_calm(x, i);
			return OUTCOME_REFUSED;
		}
		closing_pause(x);
	}
	return OUTCOME_NO_DISPLAY;
}

/* Whether we could not connect to $DISPLAY, where the instance may have
 * windows, and have no page to look at instead. */
static bool
is_blind(const struct x11 *x, const struct instance *i)
{
	const char *display = getenv("DISPLAY");
	struct sight s = { 0 };

	return !x && display && *display && !inside_sight(i, &s);
}

enum outcome
closing_await(struct request *r)
{
	bool answer = r->close == CLOSE_ANSWER;
	const struct instance *i = &r->instance;
	char title[SIGHT_TITLE] = "";
	struct x11 *x = NULL;
	enum outcome o;

	r->instance.group = true;
	if (sway_answers(clock_now() + r->limit_ms)) {
		alarm(0);
		o = sway_await(i, answer, title);
	} else {
		x = x11_open();
		if (is_blind(x, i))
			return OUTCOME_NO_DISPLAY;
		o = answer ? await_answer(x, i, r->limit_ms) :
		    await_question(x, i, title);
	}
	if (x)
		x11_close(x);
	if (o == OUTCOME_QUESTION)
		puts(title);
	return o;
}
