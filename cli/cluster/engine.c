/*
 * engine.c: what all engines have in common.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/engine.h"

enum engine_result
engine_tls(const char *line, struct fault *f)
{
	if (strstr(line, " alert ") && (strstr(line, "certificate") ||
	    strstr(line, "unknown ca"))) {
		fault_more(f, ": it requires a client certificate:"
		    " cert=FILE and key=FILE in the URL", NULL);
		return ENGINE_DENIED;
	}
	if (strstr(line, "issuer certificate") ||
	    strstr(line, "self-signed certificate") ||
	    strstr(line, "self signed certificate"))
		fault_more(f, ": ca=FILE in the URL has to name the authority"
		    " that has issued it", NULL);
	else if (strstr(line, "set private key"))
		fault_more(f, ": key=FILE has to fit the certificate in"
		    " cert=FILE, without a passphrase", NULL);
	return strstr(line, "certificate") || strstr(line, "private key") ?
	    ENGINE_SETUP : ENGINE_DOWN;
}

long long
engine_spread(long long ms)
{
	return ms - ms / 4 + arc4random_uniform((uint32_t)ms / 2 + 1);
}

long long
engine_part(long long ttl, int parts, long long least, long long most)
{
	const long long ms = ttl / parts;

	return ms < least ? least : ms < most ? ms : most;
}

void
engine_pause(long long ms, long long deadline)
{
	long long until = clock_boot() + engine_spread(ms);

	clock_earlier(&until, deadline);
	clock_sleep(1000L * clock_boot_left(until));
}

void
engine_random(char *hex, size_t cap)
{
	struct text t = text_in(hex, cap);
	unsigned char one;

	for (size_t i = 0; i < (cap - 1) / 2; i++) {
		arc4random_buf(&one, 1);
		text_hex(&t, &one, 1);
	}
}

enum engine_level
engine_level(bool ok)
{
	return ok ? LEVEL_OK : LEVEL_WRONG;
}

void
engine_say(engine_line *line, void *arg, enum engine_level level,
    const char *a, const char *b, const char *c)
{
	char buf[1024];

	text_join(buf, sizeof(buf), a, b, c, NULL);
	line(arg, level, buf);
}

enum engine_result
engine_trial(const struct engine_calls *calls, struct engine *e, int ttl,
    const char *value, long long deadline, engine_line *line, void *arg,
    struct fault *f)
{
	enum { AGAIN_US = 20000 };
	long long until, before = clock_boot();
	struct engine_found found;
	struct engine_grant grant;
	enum engine_result r;
	char ms[24], s[24];

	/* If another check has the key, that is soon over. */
	while ((r = calls->acquire(e, ttl, value, deadline, &grant, &found,
	    f)) == ENGINE_BUSY && clock_boot() < deadline)
		clock_sleep(AGAIN_US);
	if (r == ENGINE_OK)
		r = calls->renew(e, deadline, &until, f);
	if (r == ENGINE_OK)
		r = calls->wish(e, grant.token, value, deadline, f);
	if (r == ENGINE_OK)
		r = calls->release(e, 0, value, deadline, f);
	if (r == ENGINE_BUSY || r == ENGINE_LOST)
		fault_set(f, 0, "the key of this check was changed meanwhile:"
		    " is another clock at work there?", NULL);
	if (r != ENGINE_OK) {
		line(arg, LEVEL_WRONG, f->line);
		return r;
	}
	engine_say(line, arg, LEVEL_OK, "a key was taken, renewed and given"
	    " back within ", say_num(ms, clock_boot() - before), " ms");
	engine_say(line, arg, engine_level(grant.ttl == ttl * 1000LL),
	    "a lease lasts ", say_num(s, grant.ttl / 1000), " s");
	return r;
}
