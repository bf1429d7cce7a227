/*
 * key.c: the key of a launch, step by step.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/key/class.h"
#include "cli/key/command.h"
#include "cli/key/key.h"
#include "cli/key/path.h"
#include "cli/key/template.h"
#include "cli/text.h"
#include "preload/contract.h"

enum step { MADE, MISSING, FAILED };

static enum step
command_step(struct key *k, const char *line, char *const command[],
    struct text *why)
{
	text_add(why, "--key-cmd ");
	text_typed(why, line);
	text_add(why, " ");
	/* What follows is begun anew where the status says more. */
	struct text rest = { why->at + why->len, 0, why->cap - why->len,
		false };

	switch (command_run(line, command, &k->text, &rest)) {
	case COMMAND_MADE:
		k->n++;
		return MADE;
	case COMMAND_MISSING:
		return MISSING;
	default:
		return FAILED;
	}
}

/* All parts so far become one: their class.  A tuple is matched as
 * ONLYONE_KEY shows it. */
static enum step
class_step(struct key *k, const char *ere, struct text *why)
{
	enum class_result r;
	struct buf out;

	for (size_t i = 0; i + 1 < k->text.len; i++) {
		if (!k->text.at[i])
			k->text.at[i] = KEY_SEPARATOR;
	}
	buf_init(&out, NULL, 0);
	r = class_find(ere, k->text.at, &out);
	if (r == CLASS_NONE) {
		text_add(why, "--key-match: ");
		text_typed(why, k->text.at);
		text_add(why, " does not match ");
		text_typed(why, ere);
	}
	buf_free(&k->text);
	k->text = out;
	k->n = 1;
	return r == CLASS_MADE ? MADE : r == CLASS_NONE ? MISSING : FAILED;
}

static enum step
document_step(struct key *k, const char *name, struct text *why)
{
	char path[PATH_MAX];

	switch (path_canonical(name, path)) {
	case PATH_MADE:
		k->n++;
		return buf_string(&k->text, path) < 0 ? FAILED : MADE;
	case PATH_FAILED:
		return FAILED;
	default:
		break;
	}
	text_typed(why, name);
	text_add(why, ": ");
	text_add(why, fault_text(errno));
	return MISSING;
}

static enum step
step_take(struct key *k, const struct key_step *s,
    const struct valued *valued, char *const command[], struct text *why)
{
	switch (s->kind) {
	case KEY_TEMPLATE:
		switch (template_expand(s->text, command, valued, &k->text,
		    &k->n, why)) {
		case TEMPLATE_MADE:
			return MADE;
		case TEMPLATE_MISSING:
			return MISSING;
		default:
			return FAILED;
		}
	case KEY_COMMAND:
		return command_step(k, s->text, command, why);
	case KEY_CLASS:
		return class_step(k, s->text, why);
	case KEY_VALUE:
		k->n++;
		return buf_string(&k->text, s->text) < 0 ? FAILED : MADE;
	default:
		return document_step(k, s->text, why);
	}
}

/* The parts as an array. */
static int
parts_list(struct key *k)
{
	const char *part = k->text.at;

	if (buf_room(&k->list, k->n * sizeof(part)) < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++, part += strlen(part) + 1)
		buf_add(&k->list, &part, sizeof(part));
	k->parts = (const char *const *)(void *)k->list.at;
	return 0;
}

static int
key_missing(struct key *k, const struct key_step *s, bool strict,
    struct fault *f)
{
	k->n = 0;
	k->text.len = 0;
	k->failed = s;
	return strict ? fault_set(f, EXIT_KEY, "cannot make the key: ",
	    TEXT_QUOTED, k->why, NULL) : 0;
}

int
key_make(struct key *k, const struct key_step *steps, size_t nsteps,
    const struct valued *valued, bool strict, char *const command[],
    struct fault *f)
{
	struct text why;

	k->n = 0;
	k->parts = NULL;
	k->failed = NULL;
	buf_init(&k->text, NULL, 0);
	buf_init(&k->list, NULL, 0);
	text_init(&why, k->why, sizeof(k->why));
	for (size_t i = 0; i < nsteps; i++) {
		switch (step_take(k, &steps[i], valued, command, &why)) {
		case MADE:
			text_init(&why, k->why, sizeof(k->why));
			break;
		case MISSING:
			return key_missing(k, &steps[i], strict, f);
		case FAILED:
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot make the key", NULL);
		}
	}
	/* An empty key counts as no key, whoever made it. */
	if (k->n == 1 && k->text.len == 1) {
		text_add(&why, "it is empty");
		return key_missing(k, &steps[nsteps - 1], strict, f);
	}
	if (k->text.len > KEY_LIMIT)
		return fault_set(f, EXIT_KEY, "the key is longer than 4 MiB",
		    NULL);
	if (k->n && parts_list(k) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM,
		    "cannot make the key", NULL);
	return 0;
}

void
key_free(struct key *k)
{
	buf_free(&k->text);
	buf_free(&k->list);
	k->n = 0;
}

void
key_steps_text(const struct key_step *steps, size_t n, struct text *t)
{
	static const char *const names[] = { "-k ", "--key-cmd=",
		"--key-match=", "-d: ", "its own: ", "its own: " };

	for (size_t i = 0; i < n; i++) {
		text_add(t, i ? " " : "");
		text_add(t, names[steps[i].kind]);
		text_typed(t, steps[i].text);
	}
}
