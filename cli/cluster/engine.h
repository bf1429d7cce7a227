/*
 * engine.h: what a cluster's store has to do for us, and how it is asked.
 *
 * An engine keeps one record a key: a value, a token that only grows, and a
 * lease that ends by itself, by the store's own clock, when nobody renews it.
 * Everything else (who kills when, what a value says, words for the user) is
 * not the engine's.
 *
 * Units and rules, for all of them:
 * - Times called deadline or until are absolute, in ms of clock_boot()
 *   (CLOCK_BOOTTIME).  No call returns after its deadline, whatever the network
 *   or a name server does: no blocking connect, no getaddrinfo (resolve.h), no
 *   library call without a limit.  A deadline that has passed: ENGINE_DOWN.
 * - One thread, one call at a time; a handle serves one key.
 * - An engine prints nothing, exits never, starts no process but by resolve.h.
 *   It ignores http_proxy and every other environment variable of its library
 *   that could send the request elsewhere.
 * - Strings that come in are the caller's; strings that go out are in storage
 *   that the caller gave, or valid during a callback only.
 * - f is filled in for all results but OK, BUSY and LOST; the line begins with
 *   what went wrong and where ("etcd at 10.0.0.1:2379: ..."), says what to do
 *   where that can be known, and never has a password in it.  Its code is the
 *   caller's business; engines give 0.
 * - Several servers: the engine goes on to the next one within the deadline, a
 *   dead one having no more than half of the time that is left.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/fault.h"

/* Beside a URL's own words, in all of them: ?insecure (plain text to another
 * host), ?user=, ?passfile= (one line, the password; a file of the caller's
 * that nobody else may read), ?ca=, ?cert=, ?key=; as far as the library has
 * no words of its own for these (libpq has). */

enum {
	ENGINE_VALUE = 1024, /* of a value, with its NUL: JSON, UTF-8 */
	ENGINE_LETTERS = 16, /* that are taken at once */
	ENGINE_KEY = 512,    /* of a key, with its NUL: printable ASCII without
	                      * space, quote and backslash; its parts have '/'
	                      * between them ("u/ann/nightly") */
	ENGINE_MAIL = 65536  /* of a letter, with its NUL: JSON, UTF-8 */
};

enum engine_result {
	ENGINE_OK,
	ENGINE_BUSY,   /* acquire: somebody else has it; replied: not yet */
	ENGINE_LOST,   /* it was ours, and the store says that it is not */
	ENGINE_DOWN,   /* no answer by the deadline, no quorum, an answer that
	                * cannot be read: later it may be better */
	ENGINE_DENIED, /* the store refuses us: password, role, certificate */
	ENGINE_SETUP   /* it answers, and cannot do it as it is: no gateway, no
	                * table, another version, a URL that cannot be */
};

/* The record of a key, as the store has it. */
struct engine_found {
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	long long token;
	long long left; /* ms until it ends unless renewed, by the store; -1:
	                 * the store does not tell */
};

/* What acquire brings. */
struct engine_grant {
	long long token; /* > 0; larger than that of each holder before */
	long long until; /* it is ours until then at least: reckoned from a
	                  * moment before the request, with the time to live in
	                  * the answer, which may be another than asked for */
	long long ttl;   /* ms: that time to live */
};

/* A place from which changes are heard.  Poll fd (-1: none) for events, and in
 * any case no later than every ms after the last look (0: no need to); then
 * call heard. */
struct engine_watch {
	int fd;
	short events;
	int every;
};

enum engine_topic {
	TOPIC_KEY,  /* the key's record goes away, or its token changes */
	TOPIC_MAIL, /* a letter for it comes (mail_put) */
	TOPIC_REPLY /* an answer to letters that this handle has put */
};

/* One letter, or its answer; both are in storage of the engine's, and valid
 * until the callback returns. */
typedef void engine_letter(void *arg, const char *id, const char *text);
typedef void engine_record(void *arg, const struct engine_found *found);
/* One line of check or init, for the user; ok: as it should be. */
typedef void engine_line(void *arg, bool ok, const char *text);

struct engine; /* each engine's own */

/* More than a dozen members: the calls of one interface. */
struct engine_calls {
	const char *name;           /* "etcd": as users read it */
	const char *const *schemes; /* of URLs, up to a NULL: "etcd", "etcds" */

	/* Read the URL and the files that it names; nobody is asked yet.
	 * Plain text to another host than this one wants `insecure` in the URL,
	 * and a password in the URL is ENGINE_SETUP: it belongs into passfile.
	 * key: below the URL's prefix (or in its table).  *e: the caller's,
	 * until close; NULL unless OK. */
	enum engine_result (*open)(struct engine **e, const char *url,
	    const char *key, struct fault *f);
	void (*close)(struct engine *e); /* gives nothing back in the store */

	/* The key as the store calls it, for whoever checks the token there:
	 * "onlyone/v1/l/u/ann/nightly"; until close. */
	const char *(*stored)(const struct engine *e);

	/* Take the key for ttl seconds with this value, if nobody has it.
	 * BUSY: found is who has it.  An earlier answer may have got lost: a
	 * record whose value is ours, byte by byte (it has a nonce), is ours.
	 * On DOWN it may have been taken or not; release gives it back, and
	 * acquire with the same value tries again. */
	enum engine_result (*acquire)(struct engine *e, int ttl,
	    const char *value, long long deadline, struct engine_grant *grant,
	    struct engine_found *found, struct fault *f);

	/* Again for that time.  OK only if the store as a whole, and not one
	 * member by itself, still says that it is ours with our token; *until
	 * is as in a grant. */
	enum engine_result (*renew)(struct engine *e, long long deadline,
	    long long *until, struct fault *f);

	/* Give it back: whoever waits hears it at once.  hold > 0: it is kept
	 * for so many seconds more with this value, under the same token, and
	 * ends then by itself; a later acquire is BUSY until then.  LOST: it
	 * was not ours any more, and nothing was changed. */
	enum engine_result (*release)(struct engine *e, int hold,
	    const char *value, long long deadline, struct fault *f);

	/* Another value for the record that is ours, under the same token. */
	enum engine_result (*describe)(struct engine *e, const char *value,
	    long long deadline, struct fault *f);

	/* Read the key as the store as a whole has it.  LOST: no record. */
	enum engine_result (*look)(struct engine *e, long long deadline,
	    struct engine_found *found, struct fault *f);

	/* All records whose key begins with prefix, in the order of keys. */
	enum engine_result (*list)(struct engine *e, const char *prefix,
	    long long deadline, engine_record *each, void *arg,
	    struct fault *f);

	/* Hear of changes from now on, one topic a handle; the next call of
	 * watch takes the place of the last.  Whatever changed between an
	 * acquire that was BUSY, or mail_put, and this call is heard too.
	 * heard: OK: something may have changed, look; BUSY: nothing yet;
	 * DOWN: the connection is gone: watch again.  It never waits. */
	enum engine_result (*watch)(struct engine *e, enum engine_topic topic,
	    long long deadline, struct engine_watch *w, struct fault *f);
	enum engine_result (*heard)(struct engine *e, struct engine_watch *w,
	    struct fault *f);

	/*
	 * Letters to whoever holds the key.  put: kept ttl seconds; id (16
	 * bytes) is made up by the engine, and differs from all others.
	 * LOST: nobody holds the key.
	 * drop: one that is to be taken no more; LOST: it has been.
	 * take: those that wait, in order of arrival, each of them once: taken
	 * is gone, so that none is acted upon twice; a few, and BUSY if more
	 * wait: there is something else to do.  (holder)
	 * reply: the answer, kept 10 s. (holder)
	 * replied: it, by the callback, and it is gone; BUSY: not yet.
	 */
	enum engine_result (*mail_put)(struct engine *e, int ttl,
	    const char *text, char id[16], long long deadline, struct fault *f);
	enum engine_result (*mail_drop)(struct engine *e, const char *id,
	    long long deadline, struct fault *f);
	enum engine_result (*mail_take)(struct engine *e, long long deadline,
	    engine_letter *each, void *arg, struct fault *f);
	enum engine_result (*mail_reply)(struct engine *e, const char *id,
	    const char *text, long long deadline, struct fault *f);
	enum engine_result (*mail_replied)(struct engine *e, const char *id,
	    long long deadline, engine_letter *each, void *arg,
	    struct fault *f);

	/* Look at everything that can be wrong: servers, versions, rights (by a
	 * key "check/..." of its own, which is taken and given back), time
	 * limits, clocks.  A line for each; OK if all is as it should be. */
	enum engine_result (*check)(struct engine *e, int ttl,
	    long long deadline, engine_line *line, void *arg, struct fault *f);

	/* What an administrator has to run once (SQL, or commands that make a
	 * user and a role), as lines; make: do it, as the user of the URL. */
	enum engine_result (*init)(struct engine *e, bool make,
	    long long deadline, engine_line *line, void *arg, struct fault *f);
};

/* What a TLS library's words for a failure mean: DENIED (f gets a way out) where
 * the server refuses our certificate, or misses it; SETUP where a certificate
 * or a key will be no better in a moment; DOWN. */
enum engine_result engine_tls(const char *line, struct fault *f);

extern const struct engine_calls engine_etcd;
extern const struct engine_calls engine_postgresql;

#endif
