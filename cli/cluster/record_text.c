/*
 * record_text.c: the name of a key in a store, and the value of its record.
 *
 * The name has the user's name, not its number, which differs between hosts.  A
 * byte other than letters, digits and a few signs becomes %XX; an empty part
 * becomes %-, so that no part is empty.
 *
 * The value is one JSON object of less than ENGINE_VALUE bytes.  So long
 * strings are cut, between UTF-8 characters, and a string that is not UTF-8
 * gets '?' for its non-ASCII bytes.  Parsing never fails, whatever another host
 * has written.
 */

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <pwd.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/cluster/record_text.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

/* Copy as much as fits, in whole UTF-8 characters. */
static void
copy_fitting(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	if (n >= cap) {
		n = cap - 1;
		while (n && ((unsigned char)from[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(to, from, n);
	to[n] = '\0';
}

/* Only a user whom no name service knows goes by the number: while one is down,
 * hosts where it answers would have the same user's keys under the name. */
static bool
user_name(char *to, size_t cap, struct fault *f)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwuid(geteuid());
	if (pw && *pw->pw_name)
		copy_fitting(to, cap, pw->pw_name);
	else if (pw || !errno || errno == ENOENT)
		text_join(to, cap, "uid-", TEXT_NUM(geteuid()), NULL);
	else
		fault_errno(f, EXIT_SYSTEM, errno, "cannot look up the name of"
		    " user ", TEXT_NUM(geteuid()), NULL);
	return *to;
}

bool
record_ours(struct record *r, struct fault *f)
{
	memset(r, 0, sizeof(*r));
	if (gethostname(r->host, sizeof(r->host) - 1) < 0)
		strcpy(r->host, "?");
	owner_boot(r->boot);
	r->pid = getpid();
	r->since = clock_wall();
	r->exit = -1;
	engine_random(r->nonce, sizeof(r->nonce));
	return user_name(r->user, sizeof(r->user), f);
}

void
record_name(struct record *r, const char *command)
{
	const char *base = strrchr(command, '/');

	copy_fitting(r->name, sizeof(r->name),
	    base && base[1] ? base + 1 : command);
	/* Each control character would need six bytes in JSON, and a value's
	 * size is limited. */
	for (char *c = r->name; *c; c++) {
		if ((unsigned char)*c < ' ')
			*c = '?';
	}
}

/* Hash folder and pid namespace.  The folder alone does not identify a slot:
 * hosts that are set up alike have the same names.  Nor does the boot id:
 * containers on one machine share it. */
void
record_place(struct record *r, const char *folder)
{
	uint64_t ns = owner_pidns();
	char hex[SHA256_DIGEST_STRING_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)&ns, sizeof(ns));
	SHA256Update(&ctx, (const uint8_t *)folder, strlen(folder));
	SHA256End(&ctx, hex);
	text_join(r->place, sizeof(r->place), hex, NULL);
}

/*
 * As on one host (command.c), but hosts differ: the program counts by its name, and a
 * home is the same one everywhere.  What words name is compared by folder: a file may
 * be there later, or on one host only.
 */

enum { HALF = 8 }; /* hex digits */

/* Whether a word names a file by a relative path. */
static bool
is_relative(const char *word)
{
	return *word && *word != '/' && access(word, F_OK) == 0;
}

/* Whether what the command does depends on the working directory. */
static bool
needs_folder(char *const own[])
{
	const struct interp *in = interp_find(*own);
	const char *value;
	struct command_use u;
	enum use use = in ? interp_use(in, own, &u) : USE_PROGRAM;

	if (use == USE_FOLDER || (use == USE_LINE && in->opts &&
	    !(in->flags & (INTERP_FRONT | INTERP_LINE))))
		return true;
	if (**own != '/' && strchr(*own, '/'))
		return true;
	while (*++own) {
		value = strchr(*own, '=');
		if (is_relative(*own) || (value && is_relative(value + 1)))
			return true;
	}
	return false;
}

/* ctx: SHA2_CTX. */
static void
word_hash(void *ctx, const char *word)
{
	SHA256Update(ctx, (const uint8_t *)word, strlen(word) + 1);
}

static void
words_hash(struct text *t, char *const command[], size_t front)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	char *const *own = command + front;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	interp_front_tell(command, front, word_hash, &ctx);
	if (*own)
		word_hash(&ctx, text_base(*own++));
	for (; *own; own++)
		word_hash(&ctx, *own);
	SHA256End(&ctx, hex);
	text_mem(t, hex, HALF);
}

void
record_line(char line[RECORD_LINE], char *const command[])
{
	size_t front = interp_front(command);
	char cwd[PATH_MAX], hex[SHA256_DIGEST_STRING_LENGTH];
	const char *home = getenv("HOME"), *at = cwd;
	struct text t = text_in(line, RECORD_LINE);

	words_hash(&t, command, front);
	if (!io_cwd(cwd, sizeof(cwd)) || (home && !strcmp(cwd, home)))
		at = "~";
	SHA256Data((const uint8_t *)at, strlen(at), hex);
	text_mem(&t, hex, HALF);
	text_add(&t, command[front] && needs_folder(command + front) ? "+" :
	    "-");
}

bool
record_differs(const char *one, const char *other)
{
	if (!*one || !*other || !strcmp(one, other))
		return false;
	return strncmp(one, other, HALF) || (strncmp(one + HALF, other + HALF,
	    HALF) && (strchr(one, '+') || strchr(other, '+')));
}

/* Add a string; if it is not UTF-8, with '?' for each non-ASCII byte. */
static void
member_put(json_t *j, const char *name, const char *s)
{
	char shown[1024];
	struct text t;
	json_t *value;

	if (!*s)
		return;
	value = json_string(s);
	if (!value) {
		t = text_in(shown, sizeof(shown));
		for (; *s; s++) {
			if ((unsigned char)*s < 0x80)
				text_mem(&t, s, 1);
			else
				text_add(&t, "?");
		}
		value = json_string(shown);
	}
	json_object_set_new(j, name, value);
}

bool
record_make(const struct record *r, char value[ENGINE_VALUE])
{
	json_t *j = json_object();
	size_t n;

	member_put(j, "state", r->done ? "done" : "run");
	member_put(j, "host", r->host);
	member_put(j, "user", r->user);
	json_object_set_new(j, "pid", json_integer(r->pid));
	json_object_set_new(j, "since", json_integer(r->since));
	member_put(j, "name", r->name);
	member_put(j, "boot", r->boot);
	member_put(j, "nonce", r->nonce);
	member_put(j, "place", r->place);
	member_put(j, "line", r->line);
	if (r->done)
		json_object_set_new(j, "ended", json_integer(r->ended));
	if (r->done && r->exit >= 0)
		json_object_set_new(j, "exit", json_integer(r->exit));
	n = json_dumpb(j, value, ENGINE_VALUE - 1, JSON_COMPACT);
	json_decref(j);
	if (!n || n >= ENGINE_VALUE)
		return false;
	value[n] = '\0';
	return true;
}

void
wish_make(char text[WISH], const char *nonce, int kill_ms)
{
	text_join(text, WISH, "stop,", nonce, kill_ms < 0 ? NULL : " ",
	    TEXT_NUM(kill_ms), NULL);
}

const char *
record_when(long long ms, bool brief, char *buf)
{
	enum { HALF_DAY_MS = 43200000 };
	time_t at = (time_t)(ms / 1000);
	struct tm tm;

	brief = brief && llabs(clock_wall() - ms) < HALF_DAY_MS;
	if (ms <= 0 || !localtime_r(&at, &tm) || !strftime(buf, RECORD_WHEN,
	    brief ? "%T" : "%F %T", &tm))
		return "?";
	return buf;
}

static void
member_text(const json_t *j, const char *name, char *to, size_t cap)
{
	const char *s = json_string_value(json_object_get(j, name));

	copy_fitting(to, cap, s ? s : "");
}

static long long
member_number(const json_t *j, const char *name, long long most,
    long long other)
{
	const json_t *member = json_object_get(j, name);
	long long n = json_integer_value(member);

	return json_is_integer(member) && n >= 0 && n <= most ? n : other;
}

void
record_parse(const char *value, struct record *r)
{
	json_t *j = json_loads(value, JSON_REJECT_DUPLICATES, NULL);
	char state[16];

	memset(r, 0, sizeof(*r));
	member_text(j, "state", state, sizeof(state));
	r->done = !strcmp(state, "done");
	member_text(j, "host", r->host, sizeof(r->host));
	member_text(j, "user", r->user, sizeof(r->user));
	member_text(j, "name", r->name, sizeof(r->name));
	member_text(j, "boot", r->boot, sizeof(r->boot));
	member_text(j, "nonce", r->nonce, sizeof(r->nonce));
	member_text(j, "place", r->place, sizeof(r->place));
	member_text(j, "line", r->line, sizeof(r->line));
	r->pid = (int)member_number(j, "pid", INT_MAX, 0);
	r->since = member_number(j, "since", LLONG_MAX, 0);
	r->ended = member_number(j, "ended", LLONG_MAX, 0);
	r->exit = (int)member_number(j, "exit", 255, -1);
	json_decref(j);
}

#define EMPTY "%-"

enum { PART_MOST = 3 * 64, ALL_MOST = ENGINE_KEY - 80 };

static void
part_put(struct text *t, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@+,=-";
	unsigned char c;

	if (!*s)
		text_add(t, EMPTY);
	for (; *s; s++) {
		c = (unsigned char)*s;
		if (strchr(plain, *s)) {
			text_mem(t, s, 1);
		} else {
			text_add(t, "%");
			text_hex(t, &c, 1);
		}
	}
}

/* Hash the application and the parts, each with its NUL, so that different keys
 * never hash the same bytes. */
static void
hash_put(struct text *t, const char *app, const char *const *key, size_t nkey)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	word_hash(&ctx, app);
	for (size_t i = 0; i < nkey; i++)
		word_hash(&ctx, key[i]);
	SHA256Final(sum, &ctx);
	text_hex(t, sum, 20);
}

void
name_prefix(char name[ENGINE_KEY], const char *user)
{
	struct text t = text_in(name, PART_MOST);

	text_add(&t, "u/");
	if (!user)
		return;
	part_put(&t, user);
	text_add(&t, "/");
}

void
name_key(char name[ENGINE_KEY], const char *user, const char *app,
    const char *const *key, size_t nkey)
{
	struct text t;
	size_t n, cut;

	name_prefix(name, user);
	n = strlen(name);
	t = text_in(name + n, ALL_MOST - n);
	part_put(&t, app);
	for (size_t i = 0; i < nkey; i++) {
		text_add(&t, "/");
		part_put(&t, key[i]);
	}
	if (!t.cut)
		return;
	/* No other name contains '#' (part_put). */
	cut = t.len > PART_MOST ? PART_MOST : t.len;
	/* Not within %XX. */
	for (size_t i = 1; i <= 2 && i < cut; i++) {
		if (t.at[cut - i] == '%')
			cut -= i;
	}
	t.at[cut] = '\0';
	n += cut;
	t = text_in(name + n, ENGINE_KEY - n);
	text_add(&t, "#");
	hash_put(&t, app, key, nkey);
}

const char *
name_part(const char **at, char part[NAME_PART])
{
	const char *s = *at;
	size_t n = s ? strcspn(s, "/#") : 0;
	char coded[ENGINE_KEY];

	if (!s)
		return NULL;
	memcpy(coded, s, n);
	coded[n] = '\0';
	/* It may be another program's name. */
	if (!strcmp(coded, EMPTY))
		*part = '\0';
	else if (text_percent(part, NAME_PART, coded) < 0)
		strcpy(part, coded);
	if (s[n] == '#')
		strcat(part, "...");
	s += strcspn(s, "/");
	*at = *s ? s + 1 : NULL;
	return part;
}

void
name_shown(struct text *t, const char *name, int first, int last)
{
	char part[NAME_PART];

	for (int i = 0; i <= last && name_part(&name, part); i++) {
		if (i > first)
			text_add(t, " ");
		if (i >= first)
			text_typed(t, part);
	}
}
