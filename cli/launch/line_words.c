/*
 * line_words.c: what a launch says that waits in line.
 */
#include "cli/launch/line_words.h"
#include "cli/say.h"
#include "cli/wire/frame.h"
#include "preload/contract.h"

void
line_words_place(const struct lines *lines)
{
	char place[24];
	const struct line *line = NULL;

	for (int i = 0; i < lines->n && !line; i++) {
		if (lines->at[i].accepted)
			line = &lines->at[i];
	}
	if (line)
		say_note("waiting for ", line->who, ", at place ",
		    say_num(place, line->ahead + 1), " of the queue", NULL);
}

int
line_words_busy(const struct lines *lines, const struct launch *l,
    struct fault *f)
{
	bool replaces = l->o->policy == POLICY_REPLACE;
	const char *who = NULL;

	for (int i = 0; i < lines->n && replaces; i++) {
		if (lines->at[i].asks)
			return fault_set(f, EXIT_BUSY, lines->at[i].who,
			    ": " CLOSED_QUESTION_WHY, NULL);
	}
	for (int i = 0; i < lines->n && !who; i++) {
		if (*lines->at[i].who)
			who = lines->at[i].who;
	}
	return fault_set(f, EXIT_BUSY, who ? who : l->place.slot.app,
	    replaces ? " is still running; --kill-after=SEC kills it" :
	    " is still running", NULL);
}
