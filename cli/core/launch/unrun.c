/*
 * unrun.c: what a launch says and returns if its command is not run, because
 * something else is running, or has run.
 */
#include "cli/base/say.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/meet/messages.h"
#include "preload/contract.h"

int
unrun_code(const struct launch *l)
{
	return l->o->must_deliver &&
	    !(policy_of(l->o)->flags & POLICY_FAILS) ? EXIT_NOANSWER : EXIT_BUSY;
}

int
unrun_skipped(const struct launch *l, const char *more, struct fault *f)
{
	if (l->o->must_deliver) {
		f->code = EXIT_NOANSWER;
		return -1;
	}
	say_note(TEXT_MESSAGE, f->line, TEXT_QUOTED, more, WORDS_NOT_RUN, NULL);
	return policy_of(l->o)->same;
}

int
unrun_failed(const struct launch *l, struct fault *f)
{
	if (f->code != EXIT_BUSY)
		return -1;
	f->minor = true;
	if (policy_skips(l->o)) { /* the next may be another job */
		fault_bare(f);
		fault_more(f, WORDS_NOT_RUN, NULL);
		f->code = unrun_code(l);
	}
	return -1;
}

int
unrun_elsewhere(struct launch *l, struct fault *f)
{
	if (l->o->overdue_ms) {
		fault_bare(f);
		fault_more(f, "; --overdue cannot tell for how long",
		    NULL);
	}
	if (policy_skips(l->o)) {
		(l->o->overdue_ms ? say_note : say_more)(TEXT_MESSAGE,
		    f->line, NULL);
		return policy_of(l->o)->same;
	}
	if (policy_of(l->o)->flags & POLICY_FAILS) {
		f->code = EXIT_BUSY;
		f->minor = true;
	}
	return -1;
}
