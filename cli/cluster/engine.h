/*
 * engine.h: what a cluster's store has to do for us, and how to ask it.
 *
 * An engine keeps one record per key: a value, a token that only grows, and a
 * lease that ends by the store's own clock unless it is renewed.  All else
 * (when to kill, what a value says, words for the user) is not the engine's
 * business.
 *
 * Units and rules, for all calls:
 *
 * - Times called deadline or until are absolute, in ms of clock_boot()
 *   (CLOCK_BOOTTIME).  No call returns after its deadline, whatever the network
 *   or a name server does: no blocking connect, no getaddrinfo (resolve.h), no
 *   library call without a limit.  A deadline that has passed: ENGINE_DOWN.
 * - One thread, one call at a time; a handle serves one key.
 * - An engine prints nothing, never exits, and starts no process.
 * - Strings passed in stay the caller's; strings passed out are in storage that
 *   the caller gave, or valid during a callback only.
 * - f is filled in for all results but OK, BUSY and LOST.  Its line begins with
 *   what went wrong and where ("etcd at 10.0.0.1:2379: ..."), says what to do
 *   if that is known, and never contains a password.  Engines set its code to
 *   0; the caller chooses the exit code.
 * - Several servers: the engine tries the next one within the deadline; a dead
 *   server gets at most half of the time that is left.
 * - Files that the URL names are read for each connection, the password for
 *   each time that the store asks for it: they may be replaced at any time.
 *   (No deadline ends that where a file system does not answer.)
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"

/* The words (after '?') that each engine's URL may have: insecure (plain text
 * to another host), user=, passfile= (a file whose one line is the password,
 * and which only its owner, the caller or root, may read), ca=, cert=, key=.
 * Where the library has names of its own for these (libpq: sslrootcert=), they
 * work, too. */

enum {
	ENGINE_VALUE = 1024, /* size of a value, with its NUL: JSON, UTF-8 */
	ENGINE_KEY = 512     /* size of a key, with its NUL: printable ASCII
	                      * without space, quote and backslash; its parts
	                      * are separated by '/' ("u/ann/nightly") */
};

/* A lease, and a place in line, are renewed after each third of the time to
 * live. */
enum { LEASE_PARTS = 3 };

/* ms, up to a quarter more or less, by chance: hosts that began together, as cron
 * does at the full hour, must not always ask together. */
long long engine_spread(long long ms);

/* A part of a time to live (ms), say a sixth (parts 6), for a request or a pause: but
 * not less than least, nor more than most (ms). */
long long engine_part(long long ttl, int parts, long long least,
    long long most);

/* Sleep so long, but not beyond the deadline. */
void engine_pause(long long ms, long long deadline);

/* Random bytes in hex, as many as fit into hex with a NUL. */
void engine_random(char *hex, size_t cap);

/* The result of a request to the store. */
enum engine_result {
	ENGINE_OK,
	ENGINE_BUSY,   /* another has the key; heard, noted: nothing */
	ENGINE_LOST,   /* the store says that the key is no longer ours, or that
	                * it is free */
	ENGINE_DOWN,   /* no answer by the deadline, no quorum, an unreadable
	                * answer: a later try may help */
	ENGINE_DENIED, /* the store refuses us: password, role, certificate */
	ENGINE_SETUP   /* the store answers, but lacks what we need: no
	                * table, another version; or the URL is wrong */
};

/* A key's record, as the store has it. */
struct engine_found {
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	long long token;
	bool line;      /* no record, but a place in line.  acquire: the key is
	                 * free, and this one gets it next */
	bool counts;    /* no record, but what release has kept of the last run
	                 * that counts; it has no token */
};

/* What acquire returns. */
struct engine_grant {
	long long token; /* > 0; larger than the token of each earlier holder */
	long long until; /* the key is ours at least until then: the time before
	                  * the request, plus the time to live in the answer,
	                  * which may differ from the one asked for */
	long long ttl;   /* ms: the time to live in the answer */
};

/* How to hear of changes.  Poll fd (-1: none) for input; call heard after that,
 * after each other call on the handle (its answer may have brought the
 * event along), and when `every` ms have passed since the last look (0: never).
 * heard fills it in again. */
struct engine_watch {
	int fd;
	int every;
};

enum engine_note { NOTE_WISH, NOTE_ENDED, NOTE_COUNTS };

typedef void engine_record(void *arg, const struct engine_found *found);
/* One line of check or init, for the user. */
enum engine_level {
	LEVEL_WRONG,
	LEVEL_WARNING, /* it works, but there is something to do */
	LEVEL_OK
};
typedef void engine_line(void *arg, enum engine_level level, const char *text);

struct engine; /* each engine defines its own */

/* More than a dozen members: the calls of one interface. */
struct engine_calls {
	const char *name;           /* as users read it: "etcd" */
	const char *const *schemes; /* of URLs: "etcd", "etcds", NULL */

	/* Read the URL, and see whether its passfile can be read; the store is
	 * not asked yet.  Plain text to another host needs `insecure` in the
	 * URL; a password in the URL is ENGINE_SETUP, since it belongs into
	 * passfile.  key: below the URL's prefix (or in its table); NULL: for
	 * an init that only prints, which needs no password.  *e: the caller's
	 * until close; NULL unless OK. */
	enum engine_result (*open)(struct engine **e, const char *url,
	    const char *key, struct fault *f);
	void (*close)(struct engine *e); /* does not release the key */

	/* The key's full name in the store, for programs that check the token
	 * there: "onlyone/v1/l/u/ann/nightly".  Valid until close. */
	const char *(*stored)(const struct engine *e);

	/* Take the key for ttl seconds with this value, if it is free, and no
	 * place in line is before ours.  BUSY: found is the holder's record, or
	 * that of a place in line, and without a place of ours nothing was
	 * written.  The answer to an earlier request may have been lost: so a
	 * record with exactly our value (it has a nonce) is ours.  After DOWN
	 * the key may be taken or not: release gives it back, and acquire with
	 * the same value tries again.  It may also be taken later, even after
	 * another request was answered. */
	enum engine_result (*acquire)(struct engine *e, int ttl,
	    const char *value, long long deadline, struct engine_grant *grant,
	    struct engine_found *found, struct fault *f);

	/* Stand in line for the key, with the ttl and the value of acquire:
	 * take a place at its end, or look again.  OK: it may be our turn: try
	 * acquire; BUSY: it is not, watch; found is changed if the key has a
	 * holder. Only the one before us wakes us. renew keeps a place, for ttl
	 * each time; without that it is passed over; release gives it up. */
	enum engine_result (*queue)(struct engine *e, int ttl,
	    const char *value, long long deadline, struct engine_found *found,
	    struct fault *f);

	/* Renew for the same time to live.  OK only if the store as a whole,
	 * and not just one member, still says that the record is ours with our
	 * token.  *until is as in a grant.  Without a record: the place in line;
	 * LOST: it was passed over. */
	enum engine_result (*renew)(struct engine *e, long long deadline,
	    long long *until, struct fault *f);

	/* Give the key back; handles that watch it hear of it at once.  value:
	 * how the run ended, for `noted`; NULL: there was no run.  hold > 0:
	 * keep the record so many seconds more with this value, under the same
	 * token; until it expires acquire is BUSY.  counts > 0: the run counts,
	 * for so many seconds, whoever has the key then.  LOST: the key was no
	 * longer ours, and nothing was changed. */
	enum engine_result (*release)(struct engine *e, int hold, int counts,
	    const char *value, long long deadline, struct fault *f);

	/* Remove what release keeps of earlier runs: what counts; and the record
	 * with this token, which does not change any more (0: none).  LOST:
	 * the record is another one, or there is none. */
	enum engine_result (*drop)(struct engine *e, long long token,
	    long long deadline, struct fault *f);

	/* What is noted of the run with this token; BUSY: nothing is.  ENDED: how
	 * it ended (release): its value, at least for as long as its lease would
	 * have lasted, unless another run of the key has ended since.  WISH: the
	 * wish, as long as the record is there.  COUNTS, whatever the token: the
	 * value of the last run that counts. */
	enum engine_result (*noted)(struct engine *e, enum engine_note what,
	    long long token, long long deadline, char text[ENGINE_VALUE],
	    struct fault *f);

	/* Leave a wish (less than ENGINE_VALUE bytes) for the holder of the
	 * key, if its token is this.  It stays as long as the record does, and
	 * a later wish replaces it.  LOST: no record has that token. */
	enum engine_result (*wish)(struct engine *e, long long token,
	    const char *text, long long deadline, struct fault *f);

	/* Read the record, as the store as a whole has it.  LOST: no record. */
	enum engine_result (*look)(struct engine *e, long long deadline,
	    struct engine_found *found, struct fault *f);

	/* All records whose key begins with prefix, and what counts; line: and
	 * all places in line for such keys, which a holder may still have.
	 * Their tokens give the order. */
	enum engine_result (*list)(struct engine *e, const char *prefix,
	    bool line, long long deadline, engine_record *each, void *arg,
	    struct fault *f);

	/*
	 * Hear of changes; the next watch replaces the last.  What a handle
	 * hears of depends on its state:
	 * - it has the key: a wish (noted tells); LOST: the record is gone;
	 * - it has a place in line: it may be our turn (queue tells);
	 * - else: the record has ended, is held back, or has another token.
	 * A change after the last answer to this handle is heard even if it
	 * came before this call.  heard: OK: something may have changed, look;
	 * the first after a watch of the holder is that, or LOST; BUSY: nothing
	 * yet; DOWN: the connection is lost: look, and watch again.  After
	 * acquire and queue watch again, too: the state may be another.  heard
	 * never waits.
	 */
	enum engine_result (*watch)(struct engine *e, long long deadline,
	    struct engine_watch *w, struct fault *f);
	enum engine_result (*heard)(struct engine *e, struct engine_watch *w,
	    struct fault *f);

	/* Check what can be wrong with servers, tables, versions, time limits
	 * and clocks: a line for each.  Whether a key can be tried: the handle
	 * then serves one for that, "check/...". */
	bool (*check)(struct engine *e, long long deadline, engine_line *line,
	    void *arg);

	/* Print what an administrator has to run once (SQL, or commands that
	 * create a user and a role); make: run it, as the user of the URL. */
	enum engine_result (*init)(struct engine *e, bool make,
	    long long deadline, engine_line *line, void *arg, struct fault *f);
};

/* Declare the calls that an engine has in files of their own. */
#define ENGINE_PART(name, call) \
	__typeof__(*((struct engine_calls *)0)->call) name##_##call
#define ENGINE_PARTS(name) \
	ENGINE_PART(name, open); \
	ENGINE_PART(name, close); \
	ENGINE_PART(name, queue); \
	ENGINE_PART(name, watch); \
	ENGINE_PART(name, heard); \
	ENGINE_PART(name, check); \
	ENGINE_PART(name, init)

/* Classify a TLS library's error message.  DENIED: the server refuses our
 * certificate, or wants one and got none (f gets advice); SETUP: a certificate
 * or a key is bad, and waiting will not help; else DOWN.  cert: the file of ours;
 * NULL: none. */
enum engine_result engine_tls(const char *line, const char *cert,
    struct fault *f);

/* Say a line, of strings as in fault_set. */
void engine_say(engine_line *line, void *arg, enum engine_level level, ...)
    __attribute__((sentinel));

/* OK or WRONG. */
enum engine_level engine_level(bool ok);

extern const struct engine_calls engine_etcd;
extern const struct engine_calls engine_postgresql;

/* The engine for a URL, by its scheme; NULL: none.  Our environment loses what
 * is not for its library. */
#define ENGINE_NONE "the cluster's URL must begin with etcd://, etcds://" \
	" or postgresql://, and onlyone-cluster be built with support for it"
const struct engine_calls *engine_of(const char *url);

/* The same, and its handle for this key (open).  false: f, a bad URL (64), or no
 * memory, or no library (71). */
bool engine_open(const struct engine_calls **calls, struct engine **e,
    const char *url, const char *key, struct fault *f);

#endif
