/*
 * leased_words.c: messages that name the holder of a cluster's key.
 */
#include <time.h>

#include "cli/base/clock.h"
#include "cli/core/launch/leased_words.h"
#include "cli/core/slot/instance.h"
#include "cli/base/text.h"
#include "preload/contract.h"

enum { DAY_MS = 86400000, WHEN = 32 };

static const char *
word(const struct fields *b, const char *name)
{
	const char *s = fields_get(b, name);

	return s && *s ? s : "?";
}

/* Another host's time (ms) in our time zone, without the date if less than half
 * a day from now. */
static const char *
when_text(long long ms, char *buf)
{
	time_t at = (time_t)(ms / 1000);
	long long age = clock_wall() - (ms > 0 ? ms : 0);
	struct tm tm;

	if (ms <= 0 || !localtime_r(&at, &tm) || !strftime(buf, WHEN,
	    age < DAY_MS / 2 && age > -DAY_MS / 2 ? "%T" : "%F %T", &tm))
		return "?";
	return buf;
}

const char *
leased_words_who(const struct fields *b, char *buf)
{
	text_join(buf, LEASED_WHO, word(b, "user"), "@", word(b, "host"), NULL);
	return buf;
}

int
leased_words_busy(const struct launch *l, const struct fields *b,
    struct fault *f)
{
	char who[LEASED_WHO], when[WHEN];
	const char *app, *exit;

	app = l->place.slot.app;
	exit = fields_get(b, "exit");
	if (fields_get(b, "done"))
		return fault_set(f, EXIT_BUSY, app, ": ran on ",
		    word(b, "host"), " at ", when_text(fields_num(b, "since",
		    0), when), exit && *exit != '-' ? ", exit " : "", exit &&
		    *exit != '-' ? exit : "", NULL);
	return fault_set(f, EXIT_BUSY, app, ": held by ",
	    leased_words_who(b, who), ", pid ", word(b, "pid"), " (",
	    word(b, "name"), "), since ",
	    when_text(fields_num(b, "since", 0), when), ", token ",
	    word(b, "token"), " (", word(b, "engine"), ")", NULL);
}
