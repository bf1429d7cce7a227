/*
 * entry.c: our entry in the list of LD_PRELOAD.
 *
 * An entry is removed together with the separator after it, or, at the end of
 * the list, the one before it.  Everything else stays byte for byte.  If the
 * list has only our entry, a colon after it tells whether the variable existed:
 * `DIR/./libonlyone.so:` was put in front of an empty variable; without the
 * colon the variable was not set.
 */
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/entry.h"

#define LEN(literal) (sizeof(literal) - 1)

static bool
is_separator(char c)
{
	return c == ':' || c == ' ';
}

/* Length of the list entry at s. */
static size_t
entry_length(const char *s)
{
	size_t n = 0;

	while (s[n] && !is_separator(s[n])) {
		BYTES_LOOP();
		n++;
	}
	return n;
}

static bool
ends_with(const char *s, size_t n, const char *tail, size_t k)
{
	return n >= k && bytes_same(s + n - k, tail, k);
}

static bool
is_marked(const char *s, size_t n)
{
	return ends_with(s, n, SHIM_MARK, LEN(SHIM_MARK));
}

static bool
marked_window(const char *s, size_t n)
{
	return ends_with(s, n, WINDOW_MARK, LEN(WINDOW_MARK));
}

const char *
entry_find(const char *value, size_t *len)
{
	const char *s = value;

	for (;;) {
		*len = entry_length(s);
		if (is_marked(s, *len))
			return s;
		if (!s[*len])
			return NULL;
		s += *len + 1;
	}
}

unsigned int
entry_how(const char *value)
{
	unsigned int how = 0;
	const char *s = value;
	size_t n;

	for (;; s += n + 1) {
		n = entry_length(s);
		if (marked_window(s, n))
			how |= ENTRY_WINDOW;
		else if (is_marked(s, n) &&
		    !ends_with(s, n, CARRIER_MARK, LEN(CARRIER_MARK)))
			how |= ENTRY_SHIM;
		if (!s[n])
			return how;
	}
}

enum entry_left
entry_scrub(char *value)
{
	enum entry_left left = ENTRY_CLEAN;
	const char *s = value;
	char *to = value;
	size_t n;

	/* Without an entry of ours write nothing: value may be read-only. */
	if (!entry_find(value, &n) && !entry_how(value))
		return ENTRY_CLEAN;
	for (;; s += n + 1) {
		n = entry_length(s);
		if (!is_marked(s, n) && !marked_window(s, n)) {
			to = bytes_copy(to, s, n + (s[n] != '\0'));
		} else if (s[n]) {
			left = ENTRY_REST;
		} else if (to == value) {
			left = ENTRY_UNSET;
		} else {
			left = ENTRY_REST;
			to--;
		}
		if (!s[n])
			break;
	}
	*to = '\0';
	return left;
}

const char *
entry_plain(const char *value, size_t *len)
{
	const char *s = value;

	for (;;) {
		*len = entry_length(s);
		if (*s == '/' && !is_marked(s, *len) &&
		    ends_with(s, *len, "/" SHIM_NAME, LEN("/" SHIM_NAME)))
			return s;
		if (!s[*len])
			return NULL;
		s += *len + 1;
	}
}

bool
entry_others(const char *value)
{
	const char *s = value;
	size_t n;

	for (;;) {
		n = entry_length(s);
		if (n && !ends_with(s, n, "/" SHIM_NAME, LEN("/" SHIM_NAME)) &&
		    !marked_window(s, n))
			return true;
		if (!s[n])
			return false;
		s += n + 1;
	}
}

size_t
entry_index(char *const *envp)
{
	size_t i, at = (size_t)-1;

	for (i = 0; envp[i]; i++)
		if (bytes_begin(envp[i], ENTRY_NAME))
			at = i;
	return at == (size_t)-1 ? i : at;
}

/* Whether the list has the ASan runtime: it aborts if not loaded first. */
static bool
has_asan(const char *value)
{
	for (; *value; value++)
		if (bytes_begin(value, "libasan.") ||
		    bytes_begin(value, "libclang_rt.asan"))
			return true;
	return false;
}

/* Whether path is an absolute path of the shim that ld.so takes literally. */
static bool
is_literal(const char *path)
{
	const char *s;

	for (s = path; *s && *s != '$' && !is_separator(*s); s++)
		BYTES_LOOP();
	return *path == '/' && !*s &&
	    ends_with(path, (size_t)(s - path), "/" SHIM_NAME,
	    LEN("/" SHIM_NAME));
}

/* The length of the folder in a path of the shim, without the "/." that
 * SHIM_MARK and CARRIER_MARK add to it. */
static size_t
folder_length(const char *shim, size_t len)
{
	size_t n = len - LEN("/" SHIM_NAME);

	while (ends_with(shim, n, "/.", LEN("/.")))
		n -= LEN("/.");
	return n;
}

size_t
entry_home(const char *shim, size_t len)
{
	size_t n = folder_length(shim, len);

	if (ends_with(shim, n, "/" LIB_DIR, LEN("/" LIB_DIR)))
		return n - LEN("/" LIB_DIR);
#ifdef SHIM_32
	if (ends_with(shim, n, "/" I386_DIR, LEN("/" I386_DIR)))
		return n - LEN("/" I386_DIR);
#endif
	return n;
}

bool
entry_sibling(char *buf, size_t cap, const char *shim)
{
#ifdef SHIM_32
	static const char tail[] = "/" SHIM_NAME;
#else
	static const char tail[] = "/" SHIM_I386;
#endif
	size_t n = entry_home(shim, bytes_len(shim));

	if (n + sizeof(tail) > cap)
		return false;
	bytes_copy(bytes_copy(buf, shim, n), tail, sizeof(tail));
	return true;
}

size_t
entry_plan(char *buf, size_t cap, const char *shim, unsigned int how,
    char *const *envp, size_t *at)
{
	const char *mark = how & ENTRY_SHIM ? SHIM_MARK : CARRIER_MARK;
	const char *old = NULL;
	size_t dir, need;
	char *to;

	*at = entry_index(envp);
	if (envp[*at])
		old = envp[*at] + LEN(ENTRY_NAME);
	if (!is_literal(shim) || (old && has_asan(old)))
		return 0;
	dir = folder_length(shim, bytes_len(shim));
	need = LEN(ENTRY_NAME) + dir + bytes_len(mark) + 1;
	if (how & ENTRY_WINDOW)
		need += 1 + dir + LEN(WINDOW_MARK);
	if (old)
		need += 1 + bytes_len(old);
	if (need > cap)
		return need;
	to = bytes_copy(buf, ENTRY_NAME, LEN(ENTRY_NAME));
	to = bytes_copy(to, shim, dir);
	to = bytes_copy(to, mark, bytes_len(mark));
	if (how & ENTRY_WINDOW) {
		*to++ = ':';
		to = bytes_copy(to, shim, dir);
		to = bytes_copy(to, WINDOW_MARK, LEN(WINDOW_MARK));
	}
	*to = '\0';
	if (old) {
		bytes_copy(to + 1, old, bytes_len(old) + 1);
		if (entry_scrub(to + 1) != ENTRY_UNSET)
			*to = ':';
	}
	return need;
}
