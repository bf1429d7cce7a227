/*
 * run.c: one run of onlyone, from the options to exec or to the answer.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/core/launch/documents.h"
#include "cli/core/launch/fork.h"
#include "cli/core/launch/launch.h"
#include "cli/core/launch/run.h"
#include "cli/base/say.h"
#include "preload/contract.h"

int
run_launch(struct launch *l, struct fault *f)
{
	int status;

	if (l->o->background && background_begin(&l->born, &status, f) != 0)
		return status;
	return launch_begin(l, f) < 0 ? -1 : run_begun(l, f);
}

int
run_begun(struct launch *l, struct fault *f)
{
	const char *off = getenv(ENV_DISABLE);

	if (off && !strcmp(off, "1") && !l->o->dry_run)
		return unprotected_run(l, f);
	if (l->id.whole && !l->o->app)
		say_more("the application is the whole command line; use"
		    " --app=NAME for a name", NULL);
	l->key.nsteps = l->o->nkey;
	memcpy(l->key.steps, l->o->key, l->key.nsteps * sizeof(*l->key.steps));
	return l->o->per_document ? documents_run(l, f) : launch_one(l, f);
}
