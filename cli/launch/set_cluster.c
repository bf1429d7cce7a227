/*
 * set_cluster.c: the options that say how many hosts an instance is one of.
 */
#include <stddef.h>

#include "cli/cluster/talk.h"
#include "cli/launch/options.h"
#include "cli/launch/set_cluster.h"
#include "cli/option_value.h"
#include "preload/contract.h"

#define PROGRAM "onlyone"

enum { TTL = 15 };

const char *const set_scopes[] = { "user", "session", "display", "cluster",
	NULL };
const char *const set_losts[] = { "term", "kill", "stop", "warn", NULL };
const char *const set_downs[] = { "fail", "local", NULL };

/* One in the cluster is also one for its user on this host. */
int
set_scope(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	int i = option_word(f, PROGRAM, "--scope", value, set_scopes);

	if (i < 0)
		return -1;
	o->cluster.on = i > SCOPE_DISPLAY;
	o->terms.cluster = o->cluster.on;
	o->scope = o->cluster.on ? SCOPE_USER : (enum scope)i;
	return 0;
}

int
set_cluster(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->cluster.url = value;
	return *value ? 0 : fault_set(f, EXIT_USAGE, "--cluster: the URL is"
	    " empty; see onlyone --help", NULL);
}

int
set_ttl(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "--ttl", value, 1, TALK_TTL_MOST,
	    &o->cluster.ttl);
}

int
set_hold(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_number(f, PROGRAM, "--hold", value, 0, TALK_HOLD_MOST,
	    &o->cluster.hold);
}

int
set_grace(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	return option_seconds(f, PROGRAM, "--grace", value,
	    &o->cluster.grace_ms);
}

int
set_on_lost(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	o->cluster.lost = option_word(f, PROGRAM, "--on-lost", value,
	    set_losts);
	return o->cluster.lost < 0 ? -1 : 0;
}

int
set_cluster_activate(void *into, const char *value, struct fault *f)
{
	struct options *o = into;

	(void)value;
	(void)f;
	o->cluster.mail = true;
	return 0;
}

int
set_on_down(void *into, const char *value, struct fault *f)
{
	struct options *o = into;
	int i = option_word(f, PROGRAM, "--on-down", value, set_downs);

	o->cluster.local = i == 1;
	return i < 0 ? -1 : 0;
}

int
set_cluster_check(const struct options *o, struct fault *f)
{
	const struct cluster_terms *c = &o->cluster;

	if (!c->on && (c->url || c->ttl || c->hold || c->grace_ms >= 0 ||
	    c->lost || c->local || c->mail))
		return fault_set(f, EXIT_USAGE, "--cluster, --ttl, --grace,"
		    " --hold, --on-lost, --on-down and --cluster-activate are"
		    " for --scope=cluster; see onlyone --help", NULL);
	if (c->on && (o->max > 1 || o->adopt || o->on_error_run))
		return fault_set(f, EXIT_USAGE, "--scope=cluster does not go"
		    " with -j, --adopt or --on-error=run; see onlyone --help",
		    NULL);
	if (c->grace_ms > 500 * (c->ttl ? c->ttl : TTL))
		return fault_set(f, EXIT_USAGE, "--grace is more than half of"
		    " --ttl: it would be spent while all is well; see onlyone"
		    " --help", NULL);
	return 0;
}
