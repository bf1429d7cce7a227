/*
 * way.c: assemble the lines of a row; sort arguments by a row.
 *
 * The result is a handler like one that a user has written: begin.sh, with the
 * program's path, then the row's own lines, then those of the row in its Then
 * field.
 */
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/core/handover/way.h"
#include "cli/core/key/identity.h"
#include "cli/core/slot/info.h"

void
line_set(struct buf *b, const char *name, const char *value)
{
	size_t most; /* each byte may be a quote */
	struct text t;

	value = value ? value : "";
	most = 4 * strlen(value) + 4;
	buf_add(b, name, strlen(name));
	if (buf_room(b, most) < 0)
		return;
	t = text_in(b->at + b->len, most);
	text_shell(&t, value);
	b->len += t.len;
	buf_add(b, "\n", 1);
}

static void
lines_add(struct buf *b, const char *lines)
{
	buf_add(b, lines, strlen(lines));
	buf_add(b, "\n", 1);
}

/* Add the lines of a built-in text that is not a row. */
static void
part_add(struct buf *b, const char *name)
{
	struct row row;
	struct buf text = { 0 };

	if (row_built_in(name, &text, &row))
		lines_add(b, row.lines);
	else
		b->failed = true;
	buf_free(&text);
}

static bool
on_path(char *name)
{
	char *const argv[] = { name, NULL };
	struct identity id;
	struct fault ignored;

	return identity_find(&id, argv, name, &ignored) == 0;
}

/* Whether all commands that the row needs are installed; else w->why.  helper
 * gets the path of onlyone-raise, or "". */
static bool
needs_met(struct way *w, char *helper)
{
	const char *list = w->row.row.needs, *one;
	char name[NAME_MAX + 1];
	struct text t;
	size_t len;

	if (!part_path(RAISE_NAME, X_OK, helper))
		*helper = '\0';
	while ((one = text_word(&list, &len))) {
		t = text_in(name, sizeof(name));
		text_mem(&t, one, len);
		if (!strcmp(name, RAISE_NAME) ? *helper != '\0' :
		    on_path(name))
			continue;
		t = text_in(w->why, sizeof(w->why));
		text_add(&t, "it needs ");
		text_show(&t, name, strlen(name));
		text_add(&t, ", which is not installed");
		return false;
	}
	return true;
}

#define FIRST "ONLYONE_PROGRAM="
static const char no_memory[] = "there is not enough memory";

bool
way_made(const char *line)
{
	return !strncmp(line, FIRST, strlen(FIRST));
}

static bool
lines_make(struct way *w, const char *typed)
{
	char program[PATH_MAX], helper[PATH_MAX];
	struct buf *b = &w->line;

	if (!row_then(&w->row)) {
		strcpy(w->why, w->row.then.failed ? no_memory :
		    "its \"# Then:\" names an unknown row");
		return false;
	}
	if (!needs_met(w, helper))
		return false;
	/* The handler may run in another folder: use the full path. */
	if (identity_path(typed, program) < 0)
		strcpy(program, typed);
	line_set(b, FIRST, program);
	line_set(b, "ONLYONE_RAISE=", helper);
	part_add(b, "begin");
	lines_add(b, w->row.row.lines);
	if (w->row.next.lines)
		lines_add(b, w->row.next.lines);
	buf_add(b, "", 1);
	if (b->failed)
		strcpy(w->why, no_memory);
	return !b->failed;
}

static const char *const words[] = { [WAY_AUTO] = "auto",
	[WAY_SELF] = "self", [WAY_DBUS] = "dbus" };

enum way_word
way_word(const char *word)
{
	for (size_t i = WAY_AUTO; word && i <= WAY_DBUS; i++) {
		if (!strcmp(word, words[i]))
			return (enum way_word)i;
	}
	return WAY_NONE;
}

bool
way_find(struct way *w, enum way_word word, const char *program)
{
	struct row_found *r = &w->row;
	bool built_in = word == WAY_SELF || word == WAY_DBUS;

	if (built_in ? row_built_in(words[word], &r->text, &r->row) :
	    row_find(r, program) ||
	    (word == WAY_TRY && row_built_in("unknown", &r->text, &r->row)))
		w->found = lines_make(w, program);
	else
		strcpy(w->why, r->text.failed ? no_memory :
		    "no way to hand documents over to it is known");
	if (!r->row.how)
		r->row.how = r->file;
	return w->found;
}

bool
row_asked(enum asks asks, const struct terms *t)
{
	switch (asks) {
	case ASKS_AUTO:
		return !t->on_activate && !t->signal;
	case ASKS_ROW:
	case ASKS_TRY:
		return !t->on_activate && !t->signal && !t->off;
	default:
		return false;
	}
}

/*
 * The arguments of a launch.
 */

/* Whether the word has the form "scheme:rest" (RFC 3986), such as a magnet link.
 * A scheme of less than three letters is more likely a drive or a host. */
static bool
has_scheme(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789+-.");

	return n >= 3 && word[0] >= 'a' && word[0] <= 'z' && word[n] == ':' &&
	    word[n + 1];
}

const char *
document_not(char *const args[])
{
	const char *word;

	while ((word = *args++)) {
		if (*word == '-' || *word == '+' || (access(word, F_OK) < 0 &&
		    !text_is_uri(word) && !has_scheme(word)))
			return word;
	}
	return NULL;
}

/* Append a word to the list, which has room; dot: with ./ in front. */
static void
hand_word(struct handed *h, const char *word, bool dot)
{
	char *copy = h->words.at + h->words.len;

	h->args[h->n++] = dot ? copy : (char *)word;
	if (!dot)
		return;
	strcpy(stpcpy(copy, "./"), word);
	h->words.len += strlen(copy) + 1;
}

static void
leave_word(struct text *left, const char *word)
{
	text_add(left, left->len ? " " : "");
	text_shell(left, word);
}

static bool
is_option(const char *word)
{
	return *word == '-' || *word == '+';
}

/* Whether the word means standard input: the running program would open its
 * own. */
static bool
is_stream(const char *word, bool end)
{
	return (!end && !strcmp(word, "-")) || !strcmp(word, "/dev/stdin") ||
	    !strcmp(word, "/dev/fd/0") || !strcmp(word, "/proc/self/fd/0");
}

/* A row without a field Documents: its lines get the arguments as typed. */
static void
sort_typed(struct handed *h, const char *waits, char *const args[])
{
	bool end = false;

	for (; *args; args++) {
		hand_word(h, *args, false);
		if (end || !is_option(*args)) {
			h->documents++;
		} else if (!strcmp(*args, "--")) {
			end = true;
		} else {
			h->options = true;
			h->waits |= option_fits(waits, *args);
		}
	}
}

static void
sort_documents(struct handed *h, const struct valued *valued,
    const char *options, const char *waits, char *const args[],
    struct text *left)
{
	struct operands o = { .valued = valued };
	enum { HAND, LEAVE, DROP } option = HAND; /* and its value */
	const char *lone = NULL; /* asks to wait */
	bool waiting;

	for (; *args; args++) {
		const char *word = *args;

		switch (operand_next(&o, word)) {
		case OPERAND_END:
			break;
		case OPERAND:
			if (is_stream(word, o.end)) {
				h->streams = true;
			} else if (o.end || *word) {
				hand_word(h, word, is_option(word) &&
				    !valued_command(valued));
				h->documents++;
			} else {
				leave_word(left, word);
			}
			break;
		case OPERAND_OPTION:
			waiting = option_fits(waits, word);
			option = option_fits(options, word) ? HAND :
			    waiting ? DROP : LEAVE;
			h->waits |= waiting;
			lone = option == DROP ? word : lone;
			h->options |= option == HAND;
			/* fall through */
		case OPERAND_VALUE:
			if (option == HAND)
				hand_word(h, word, false);
			else if (option == LEAVE)
				leave_word(left, word);
			break;
		}
	}
	if (lone && !h->documents)
		leave_word(left, lone);
}

int
handed_sort(struct handed *h, const struct valued *valued,
    const char *options, const char *waits, char *const args[], bool wait)
{
	size_t n = 0, bytes = 0;
	struct text left;

	memset(h, 0, sizeof(*h));
	left = text_in(h->left, sizeof(h->left));
	while (args[n])
		bytes += strlen(args[n++]) + sizeof("./");
	if (buf_room(&h->words, (n + 1) * sizeof(*h->args) + bytes) < 0)
		return -1;
	h->args = (char **)(void *)h->words.at;
	memset(h->args, 0, (n + 1) * sizeof(*h->args));
	h->words.len = (n + 1) * sizeof(*h->args);
	if (valued->patterns)
		sort_documents(h, valued, options, waits, args, &left);
	else
		sort_typed(h, waits, args);
	text_dots(&left);
	h->waits = (h->waits || wait) && waits && h->documents;
	return 0;
}
