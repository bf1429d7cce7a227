/*
 * engine.c: what all engines have in common.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/text.h"
#include "cli/cluster/engine.h"

enum engine_result
engine_tls(const char *line, const char *cert, struct fault *f)
{
	if (strstr(line, " alert ") && (strstr(line, "certificate") ||
	    strstr(line, "unknown ca"))) {
		fault_more(f, cert ? ": it does not accept the certificate in "
		    : ": it requires a client certificate: cert=FILE and"
		    " key=FILE in the URL", cert, NULL);
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
engine_say(engine_line *line, void *arg, enum engine_level level, ...)
{
	char buf[1024];
	struct text t = text_in(buf, sizeof(buf));
	va_list ap;

	va_start(ap, level);
	text_list(&t, va_arg(ap, const char *), &ap, false);
	va_end(ap);
	line(arg, level, buf);
}
