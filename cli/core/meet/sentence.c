/*
 * sentence.c: what a launch says if it does not run its command.
 *
 * Each sentence stands whole in one table (sentence.h): what is running, what
 * was not done, and the options that would do it.  One function chooses the
 * sentence for the situation; tests/unit/sentence.c goes through all of them.
 * A sentence never suggests an option that would not help: --wait is not for a
 * graphical program, which exits when its user closes it.
 */
#include <limits.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/sentence.h"

#define SENTENCE_TEXT(name, text) [SENTENCE_##name] = text,
static const char *const sentences[] = { SENTENCES(SENTENCE_TEXT) };

/* The arguments of the launch were for a handler, and none took them. */
static enum sentence
lost_choose(const struct situation *s)
{
	if (s->unrecorded)
		return SENTENCE_UNRECORDED;
	if (s->off)
		return SENTENCE_OFF;
	if (!s->command || s->signal)
		return SENTENCE_HANDLER;
	if (s->lack)
		return SENTENCE_LACK;
	return s->late ? SENTENCE_LATE : s->window ? SENTENCE_DOCUMENT :
	    SENTENCE_HANDLER;
}

/* The launch has another command: none of its words was run. */
static enum sentence
other_choose(const struct situation *s)
{
	if (s->window)
		return s->asked ? SENTENCE_OPENS : SENTENCE_WINDOW;
	if (s->confined)
		return s->named ? SENTENCE_NAME_CONFINED :
		    SENTENCE_WORDS_CONFINED;
	return s->named ? SENTENCE_NAME : SENTENCE_WORDS;
}

/* It has run, and so is not due. */
static enum sentence
due_choose(const struct situation *s)
{
	if (s->differs == DIFFERS_NOT)
		return SENTENCE_NOT_DUE;
	if (s->differs == DIFFERS_FOLDER)
		return SENTENCE_NOT_DUE_HERE;
	return s->named ? SENTENCE_NOT_DUE_NAME : SENTENCE_NOT_DUE_OTHER;
}

enum sentence
sentence_choose(const struct situation *s)
{
	bool lost = s->arguments && !s->asked;

	if (s->not_due)
		return due_choose(s);
	switch (s->differs) {
	case DIFFERS_NOT:
		return lost ? lost_choose(s) : SENTENCE_SAME;
	case DIFFERS_FOLDER:
		return s->window || s->confined ? SENTENCE_FOLDER_ALONE :
		    SENTENCE_FOLDER;
	case DIFFERS_PROGRAM:
		return s->window ? SENTENCE_WINDOW : other_choose(s);
	case DIFFERS_WORDS:
		return lost && (s->window || s->signal || s->lack || s->late ||
		    s->off) ? lost_choose(s) : other_choose(s);
	case DIFFERS_UNKNOWN:
		return lost ? lost_choose(s) : SENTENCE_UNKNOWN;
	}
	return SENTENCE_SAME;
}

/* The end of a path says more than its beginning. */
static void
folder_show(struct text *t, const char *path)
{
	enum { SHOWN = 160 };
	size_t len = strlen(path);

	text_add(t, len > SHOWN ? "..." : "");
	path += len > SHOWN ? len - SHOWN : 0;
	text_show(t, path, strlen(path));
}

/* An application may be named by a whole command line: leave out the middle of
 * a long one.  Its pid is at the end. */
static void
instance_show(struct text *t, const char *who)
{
	enum { SHOWN = 240, HEAD = 160 };
	size_t len = strlen(who);

	if (len > SHOWN) {
		text_show(t, who, HEAD);
		text_add(t, "...");
		who += len - (SHOWN - HEAD);
	}
	text_show(t, who, strlen(who));
}

static void
place_fill(struct text *t, char place, const struct sentence_words *w)
{
	char buf[PATH_MAX];

	switch (place) {
	case 'A':
		instance_show(t, w->who);
		return;
	case 'R':
		text_add(t, w->running);
		return;
	case 'T':
		text_add(t, say_age(buf, w->since));
		return;
	case 'F':
		folder_show(t, w->folder && *w->folder ? w->folder : "?");
		return;
	case 'H':
		folder_show(t, io_cwd(buf, sizeof(buf)) ? buf : "this folder");
		return;
	case 'P':
		text_add(t, w->words_passed ? w->words_passed : "");
		return;
	case 'M':
		command_launched(w->mine, buf);
		text_add(t, buf);
		return;
	case 'O':
		text_add(t, w->option);
		return;
	case 'D':
		text_add(t, w->lost);
		return;
	case 'L':
		text_show(t, w->lack, strlen(w->lack));
		return;
	case 'U':
		text_add(t, w->due);
		return;
	case 'B':
		text_add(t, w->began);
		return;
	}
}

int
sentence_fault(struct fault *f, int code, enum sentence sentence,
    const struct sentence_words *w)
{
	char line[sizeof(f->line)];
	struct text t = text_in(line, sizeof(line));
	const char *s = sentences[sentence];
	size_t n, runs = strlen(SENTENCE_RUNS);

	for (; *s; s += n) {
		n = strcspn(s, "%");
		text_mem(&t, s, n);
		if (s[n]) {
			place_fill(&t, s[n + 1], w);
			n += 2;
		}
		if (!strncmp(s + n, SENTENCE_RUNS, runs)) {
			text_add(&t, w->state ? w->state :
			    w->held && s[n + runs] == ':' ? " is held by" :
			    SENTENCE_RUNS);
			n += runs;
		}
	}
	text_dots(&t);
	return fault_set(f, code, TEXT_MESSAGE, line, NULL);
}
