/*
 * sway_close.c: ask the views of an instance to close, and see what comes of
 * it: as close.c does on an X server.
 *
 * Which views were there is on the views themselves, a mark that begins with an
 * underscore, which sway does not show.  A view without it came after that, and
 * is a question; and so is, before anything is asked, one that floats beside
 * others: sway lets dialogs float.
 */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/raise/raise.h"
#include "cli/raise/sway.h"
#include "cli/raise/sway_close.h"
#include "cli/raise/tree.h"
#include "cli/text.h"

#define MARK "_onlyone_close_"

enum {
	LOOK_MS = 200,
	ASK_MS = 1000,
	CALM_MS = 1500 /* as in close.c */
};

/* All views of its processes. */
struct views {
	const struct instance *i;
	json_int_t view[VIEWS];
	bool marked[VIEWS], floats[VIEWS];
	size_t n;
	size_t questions; /* those without a mark */
	size_t floating;
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

	if (pid <= 0 || pid > INT_MAX || v->n == VIEWS ||
	    !tree_kin(v->i, (pid_t)pid, KIN_DESCENDS))
		return;
	v->view[v->n] = json_integer_value(json_object_get(node, "id"));
	v->marked[v->n] = is_marked(node);
	v->floats[v->n] = type && !strcmp(type, "floating_con");
	v->questions += !v->marked[v->n];
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

static void
mark_add(int fd, json_int_t view, long long deadline)
{
	char words[64];
	struct text t;

	text_init(&t, words, sizeof(words));
	text_add(&t, "mark --add " MARK);
	text_num(&t, view);
	sway_tell(fd, view, words, deadline);
}

static void
marks_clear(int fd, const struct views *v, long long deadline)
{
	char words[64];
	struct text t;

	for (size_t k = 0; k < v->n; k++) {
		text_init(&t, words, sizeof(words));
		text_add(&t, "unmark " MARK);
		text_num(&t, v->view[k]);
		sway_tell(fd, v->view[k], words, deadline);
	}
}

/* Mark what is there, but for questions.  Whether there are some. */
static bool
views_mark(int fd, const struct views *v, long long deadline)
{
	bool asks = v->floating && v->floating < v->n;

	/* One that was asked before has been marked then. */
	for (size_t k = 0; k < v->n; k++)
		asks |= v->questions < v->n && !v->marked[k];
	for (size_t k = 0; k < v->n; k++) {
		if (!v->marked[k] && !(asks && (v->floats[k] ||
		    v->questions < v->n)))
			mark_add(fd, v->view[k], deadline);
	}
	return asks;
}

int
sway_ask_close(const struct instance *i, long long deadline)
{
	/* As in close.c: what has only the mark, or the name, is not asked. */
	struct instance own = { .pids = i->pids, .npids = i->npids,
		.group = i->group };
	int fd = sway_open(deadline), n = 0;
	struct sway_look l = { .n = 0 };
	struct views v;
	bool asks;

	pick_begin(&l.pick, &own, KIN_DESCENDS);
	if (fd >= 0 && sway_look(&l, fd, deadline) && l.n &&
	    views_find(&v, &own, fd, deadline)) {
		/* To ask would close the question, as if it were cancelled. */
		asks = views_mark(fd, &v, deadline);
		for (size_t k = 0; k < l.n; k++)
			n += asks || sway_tell(fd, l.view[k], "kill",
			    deadline);
	}
	io_close(&fd);
	return n;
}

enum outcome
sway_await(const struct instance *i, bool answer)
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
		clock_sleep(1000L * LOOK_MS);
	}
	if (o == OUTCOME_REFUSED)
		marks_clear(fd, &v, clock_now() + ASK_MS);
	io_close(&fd);
	return o;
}
