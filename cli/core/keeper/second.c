/*
 * second.c: whether to start a program without a row a second time, and the
 * outcome.
 *
 * Many graphical programs hand their documents over to the running process, and
 * exit.  If there is evidence of that, a launch starts the program once more
 * (handover/unknown.sh); the handler's exit status tells the outcome.  If the
 * program has not taken the documents, its window is raised, and the launch
 * says why.  If a second start opened its own window, we do not try again while
 * the instance lives.
 */
#include <string.h>

#include "cli/core/handover/way.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/second.h"
#include "cli/core/keeper/state.h"
#include "cli/windows/outcome.h"

/* Whether both command lines have this word, and it is not a document: each
 * launch asks for its own. */
static bool
is_shared(char *word, const char *first)
{
	char *one[] = { word, NULL };

	return strcmp(word, first) == 0 && document_not(one);
}

void
second_words(const struct info *i, char *args[], size_t *n)
{
	enum { WORDS = 64 };
	const char *first[WORDS], *word = fields_next(&i->all, "arg", NULL);
	size_t has = 0, front = 0, back = 0;

	while (word && has < WORDS &&
	    (word = fields_next(&i->all, "arg", word)))
		first[has++] = word;
	while (front < *n && front < has &&
	    is_shared(args[front], first[front]))
		front++;
	/* The next word may be its value, not a document. */
	if (front && *args[front - 1] == '-' && !strchr(args[front - 1], '='))
		return;
	while (back < *n - front && back < has - front &&
	    is_shared(args[*n - 1 - back], first[has - 1 - back]))
		back++;
	*n -= front + back;
	memmove(args, args + front, *n * sizeof(*args));
	args[*n] = NULL;
}

bool
second_answer(struct keeper *k, struct client *cl, int status)
{
	static const char *const words[] = {
		[SECOND_NONE - SECOND_NONE] = NULL,
		[SECOND_WINDOW - SECOND_NONE] = WORDS_ALONE,
		[SECOND_FAILED - SECOND_NONE] = "its second start failed",
		[SECOND_STAYED - SECOND_NONE] = "its second start did not exit"
		    " in time, and was stopped",
		[SECOND_HUNG - SECOND_NONE] = "it does not respond",
		[SECOND_SHOWN - SECOND_NONE] = NULL,
	};
	struct info *i = &k->c->info;
	const char *why;

	if (status < SECOND_NONE || status > SECOND_SHOWN)
		return false;
	why = words[status - SECOND_NONE];
	if (status == SECOND_WINDOW && k->state == OWNED &&
	    cl->caller.since == i->since) {
		i->alone = true;
		heal_record(k);
	}
	client_lack(cl, why);
	raise_ask(k, cl, RAISE_UNTAKEN, 0);
	window_answer(k, cl, 0, false);
	return true;
}
