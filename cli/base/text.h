/*
 * text.h: text put together without stdio, malloc or locale.
 *
 * A struct text writes into a buffer of the caller's, always NUL-terminated;
 * what does not fit is cut, `cut` says so, and nothing is added after that.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;
	size_t len;
	size_t cap; /* with the NUL; at least 1 */
	bool cut;
};

/* An empty text in buf of cap (>= 1) bytes. */
struct text text_in(char *buf, size_t cap);

/* Put strings and numbers (TEXT_NUM), with NULL after the last one, together in
 * buf of cap (>= 1) bytes.  false: they are cut. */
bool text_join(char *buf, size_t cap, ...) __attribute__((sentinel));

/* The next word of a list with blanks between, its length in *len; NULL: no
 * more.  *list then points behind it, and may be NULL. */
const char *text_word(const char **list, size_t *len);

/* Whether word is in such a list. */
bool text_among(const char *words, const char *word);

/* Whether s is a URI: begins with a scheme (RFC 3986, 3.1), and "://", unlike
 * the name of a file. */
bool text_is_uri(const char *s);

/* Append a string, n bytes, a number. */
void text_add(struct text *t, const char *s);
void text_all(struct text *t, ...) __attribute__((sentinel));
void text_mem(struct text *t, const void *p, size_t n);
void text_num(struct text *t, long long n);
void text_seconds(struct text *t, long long ms); /* as options take them */
void text_hex(struct text *t, const unsigned char *p, size_t n);

/* Copy a string with the byte for each %XX, in at most cap bytes with the NUL; to
 * may be from.  0; -1: EINVAL, one is malformed or %00; ENAMETOOLONG. */
int text_percent(char *to, size_t cap, const char *from);

/* If the text was cut, end it in "...". */
void text_dots(struct text *t);

/* An application's short name: the last part of a path. */
const char *text_base(const char *app);

/* Append s so that a shell reads it back as one word: quoted if need be.
 * Injective: different strings never give the same text. */
void text_shell(struct text *t, const char *s);

/* Append n bytes as vis(3) would show them on one line: what is not
 * printable ASCII becomes \ooo, a backslash \\.  UTF-8 stays. */
void text_show(struct text *t, const char *s, size_t n);

/* Length of the character at s (n > 0 bytes), if text_show leaves it as it is;
 * else 0. */
size_t text_shown(const char *s, size_t n);

/* Append s as typed in a shell: as text_shell if it can be shown on one line,
 * else as $'...', which bash, ksh and zsh read back.  All keys and command
 * lines are shown like this. */
void text_typed(struct text *t, const char *s);

/* Append output of text_typed, from any process: only what cannot be shown is
 * changed, and becomes \ooo. */
void text_quoted(struct text *t, const char *s);

/* The same of a message, whose lines stay. */
void text_lines(struct text *t, const char *s);

/* Among the strings of a message: the next one is output of text_typed; a whole
 * message, whose lines stay; or a number. */
extern const char text_next_quoted[], text_next_message[], text_next_number[];
#define TEXT_QUOTED text_next_quoted
#define TEXT_MESSAGE text_next_message
#define TEXT_NUM(n) text_next_number, (long long)(n)

/* From here on the second line of a message: what to type (say.h). */
#define TEXT_HINT text_next_message, "\n"

/* Append such a list, from s to the NULL; show: the strings by text_show. */
void text_list(struct text *t, const char *s, va_list *ap, bool show);

#endif
