/*
 * etcd_check.c: check everything that can go wrong in an etcd cluster, and
 * print the commands that set it up.
 *
 * Each member is asked alone for its version and its leader.  One that does not
 * answer fails the check, even if the others are a majority.  etcd_init changes
 * nothing: etcd needs no table, and users are for an administrator to create.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"
#include "cli/cluster/record_text.h"

enum { MEMBER_MS = 2000 };

/* Whether a leader of this version, once it is slow and deposed, ends leases
 * that the next leader has renewed: fixed in 3.4.31, 3.5.13 and 3.6
 * (etcd-io/etcd #16822). */
static bool
ends_renewed(const char *version)
{
	static const int mended[] = { [4] = 31, [5] = 13 };
	int major = 0, minor = 0, patch = 0;

	sscanf(version, "%d.%d.%d", &major, &minor, &patch);
	if (major != 3 || minor > 5)
		return major < 3;
	return minor < 4 || patch < mended[minor];
}

/* Whether a member answers and has a leader; report its version. */
static bool
member_check(struct engine *e, int i, long long deadline, engine_line *line,
    void *arg)
{
	long long before = clock_boot(), until = before + MEMBER_MS;
	const struct conn_peer *m = &e->member[i];
	Etcd__StatusRequest q = ETCD__STATUS_REQUEST__INIT;
	union etcd_answer answer;
	bool ok;
	const char *version;
	enum engine_result r;
	struct fault f;

	e->at = i;
	r = etcd_ask_again(e, ETCD_STATUS, &q.base, until < deadline ? until :
	    deadline, &answer, &f);
	if (r != ENGINE_OK) {
		engine_say(line, arg, LEVEL_WRONG, f.line, NULL);
		return false;
	}
	version = answer.status->version;
	ok = *version && answer.status->leader;
	etcd_fault(m, &f, ok ? "version " : "it has no leader: most members are"
	    " down, or cut off");
	if (!ok)
		engine_say(line, arg, LEVEL_WRONG, f.line, NULL);
	else
		engine_say(line, arg, ends_renewed(version) ? LEVEL_WARNING :
		    LEVEL_OK, f.line, version, ", answers within ",
		    TEXT_NUM(clock_boot() - before), " ms",
		    ends_renewed(version) ? "; but a leader that was slow ends"
		    " renewed leases: use 3.4.31, 3.5.13, 3.6 or newer" : NULL,
		    NULL);
	etcd_free(&answer);
	return ok;
}

bool
etcd_check(struct engine *e, long long deadline, engine_line *line, void *arg)
{
	int last = -1;

	for (int i = 0; i < e->members; i++) {
		if (member_check(e, i, deadline, line, arg))
			last = i;
	}
	if (e->members == 1)
		engine_say(line, arg, LEVEL_WARNING, "only one server is"
		    " named: while it is down nothing starts; three survive"
		    " the loss of one", NULL);
	if (last >= 0)
		e->at = last;
	return last >= 0;
}

/* Rights below the prefix: "etcdctl role grant-permission ... PREFIX/v1/WHAT". */
static void
grant_say(const struct engine *e, const char *user, const char *kind,
    const char *whose, engine_line *line, void *arg)
{
	char prefix[ETCD_NAME];

	text_join(prefix, sizeof(prefix), e->key, NULL);
	prefix[e->prefix] = '\0';
	engine_say(line, arg, LEVEL_OK, "etcdctl role grant-permission"
	    " --prefix=true ", user, " readwrite ", prefix, kind, whose, NULL);
}

enum engine_result
etcd_init(struct engine *e, bool make, long long deadline, engine_line *line,
    void *arg, struct fault *f)
{
	static const char *const kinds[] = { "l/", "q/", "w/", "d/", "c/" };
	char whose[ENGINE_KEY];
	const char *user;
	struct record me;

	(void)deadline;
	if (!record_ours(&me, f))
		return ENGINE_SETUP;
	name_prefix(whose, me.user);
	user = e->user ? e->user : me.user;
	if (make || !strcmp(user, "root")) {
		engine_say(line, arg, LEVEL_OK, make ? "# etcd needs no table:"
		    " there is nothing to make" : "# etcd needs no table.  Where"
		    " it has users, root is the administrator: name another"
		    " one, as with ?user=onlyone", NULL);
		return ENGINE_OK;
	}
	engine_say(line, arg, LEVEL_OK, "# etcd needs no table.  Where it has"
	    " users, one for each of the hosts' users, here ", me.user, ":", NULL);
	engine_say(line, arg, LEVEL_OK, "etcdctl role add ", user, NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		grant_say(e, user, kinds[i], whose, line, arg);
		grant_say(e, user, kinds[i], "check/", line, arg);
	}
	engine_say(line, arg, LEVEL_OK, "etcdctl user add ", user, NULL);
	engine_say(line, arg, LEVEL_OK, "etcdctl user grant-role ", user, " ",
	    user, NULL);
	return ENGINE_OK;
}
