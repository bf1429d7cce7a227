/*
 * holder.c: the process that has the key, from the job's birth to its own end.
 *
 * It forks the job first (job.c).  Then it takes the key (take.c), and keeps it
 * until the run or the lease ends (keep.c).
 */
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/cluster/hold.h"
#include "preload/contract.h"

/* Put the key's name and our record together.  ONLYONE_KEY has byte 0x1f between
 * the parts. */
static bool
names_make(struct hold *h, struct fault *f)
{
	const char **parts, *key = getenv(ENV_KEY);
	char *all = strdup(key ? key : ""), *at = all;
	size_t n = 0;

	/* There is at most one part more than characters. */
	parts = calloc(key ? strlen(key) + 1 : 1, sizeof(*parts));
	if (!parts || !all) {
		free(parts);
		free(all);
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "the key", NULL);
		return false;
	}
	while (key && at)
		parts[n++] = strsep(&at, (char[]){ KEY_SEPARATOR, '\0' });
	name_key(h->key, h->mine.user, h->app, parts, n);
	record_name(&h->mine, *h->command);
	record_place(&h->mine, h->slot);
	strcpy(h->mine.line, h->line);
	h->mine.pid = h->launch;
	free(parts);
	free(all);
	return true;
}

static void
key_explain(const struct hold *h, const char *url)
{
	struct fault said;

	fault_set(&said, 0, h->app, ": its key in the cluster is ",
	    h->calls->stored(h->engine), ", at ", url, NULL);
	launch_tell(h, WORD_NOTE, said.line);
}

/* Take the key.  false: the launch was told how to exit. */
static bool
key_take(struct hold *h)
{
	struct word w = { .what = WORD_EXIT, .status = -1 };
	struct fault f = { 0 }, ignored;
	const char *url = cluster_config_url(h->o->store, &f);

	if (url && record_ours(&h->mine, &f) && names_make(h, &f) &&
	    engine_open(&h->calls, &h->engine, url, h->key, &f)) {
		if (h->o->explain)
			key_explain(h, url);
		metrics_begin(&h->page->metrics, h->o->metrics, h->key,
		    h->calls->name);
		if (h->o->metrics && h->calls->open(&h->counter, url, h->key,
		    &ignored) != ENGINE_OK)
			h->counter = NULL;
		if (take_key(h, &w.status, &f))
			return true;
	}
	h->page->metrics.waiting = false;
	figures_tell(h);
	/* Without a status there is a fault. */
	if (w.status < 0) {
		w.status = f.code;
		w.minor = f.minor;
		word_send(h->talk, &w, f.line);
	} else {
		word_send(h->talk, &w, NULL);
	}
	return false;
}

void
holder_run(struct hold *h)
{
	struct word w = { .what = WORD_BORN, .pid = getpid() };
	struct fault f;
	sigset_t all;

	h->sweep.root = w.pid;
	memset(h->sweep.ours, 0, sizeof(h->sweep.ours));
	sweep_ours(&h->sweep, w.pid);
	h->job = cgroup_fork(&h->sweep.cgroup);
	if (h->job == 0)
		job_run(h);
	w.job = h->job;
	sigfillset(&all);
	h->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->job < 0 || h->signals < 0) {
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start the program",
		    NULL);
		w = (struct word){ .what = WORD_EXIT, .status = f.code };
		word_send(h->talk, &w, f.line);
		_exit(0);
	}
	/* What the caller has opened is the job's. */
	io_keep(3, (int[]){ h->talk, h->signals, h->dog.word, h->dog.pidfd,
	    h->sweep.cgroup.above, h->sweep.cgroup.dir }, 6);
	background_be(h, "onlyone-keep");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	point_reach("cluster-born");
	word_send(h->talk, &w, NULL);
	if (key_take(h)) {
		keep_key(h);
	} else {
		kill(h->job, SIGKILL);
		IO_RETRY(waitpid(h->job, NULL, 0));
	}
	dog_tell(h, WORD_OVER);
	if (h->calls) {
		h->calls->close(h->counter);
		h->calls->close(h->engine);
	}
	cgroup_remove(&h->sweep.cgroup);
	_exit(0);
}
