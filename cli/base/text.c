/*
 * text.c: text put together without stdio, malloc or locale.
 *
 * The launch path and messages use this alone, so that a launch never pays
 * for stdio, and so that a message can be made where malloc must not run.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli/base/text.h"

const char text_next_quoted[] = "", text_next_message[] = "",
    text_next_number[] = "";

struct text
text_in(char *buf, size_t cap)
{
	buf[0] = '\0';
	return (struct text){ .at = buf, .cap = cap };
}

bool
text_is_uri(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return n && !strchr("0123456789+-.", *s) && !strncmp(s + n, "://", 3);
}

const char *
text_word(const char **list, size_t *len)
{
	const char *word;

	if (!*list)
		return NULL;
	word = *list + strspn(*list, " \t");
	*len = strcspn(word, " \t");
	*list = word + *len;
	return *len ? word : NULL;
}

bool
text_among(const char *words, const char *word)
{
	size_t n = strlen(word), len;
	const char *at;

	while ((at = text_word(&words, &len))) {
		if (len == n && !memcmp(at, word, n))
			return true;
	}
	return false;
}

void
text_mem(struct text *t, const void *p, size_t n)
{
	size_t room = t->cap - 1 - t->len;

	if (t->cut)
		return;
	if (n > room) {
		n = room;
		t->cut = true;
	}
	memcpy(t->at + t->len, p, n);
	t->len += n;
	t->at[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_mem(t, s, strlen(s));
}

void
text_list(struct text *t, const char *s, va_list *ap, bool show)
{
	for (; s; s = va_arg(*ap, const char *)) {
		if (s == text_next_number)
			text_num(t, va_arg(*ap, long long));
		else if (s == text_next_quoted)
			text_quoted(t, va_arg(*ap, const char *));
		else if (s == text_next_message)
			text_lines(t, va_arg(*ap, const char *));
		else if (show)
			text_show(t, s, strlen(s));
		else
			text_add(t, s);
	}
}

bool
text_join(char *buf, size_t cap, ...)
{
	struct text t = text_in(buf, cap);
	va_list ap;

	va_start(ap, cap);
	text_list(&t, va_arg(ap, const char *), &ap, false);
	va_end(ap);
	return !t.cut;
}

void
text_all(struct text *t, ...)
{
	va_list ap;

	va_start(ap, t);
	text_list(t, va_arg(ap, const char *), &ap, false);
	va_end(ap);
}

void
text_dots(struct text *t)
{
	if (!t->cut)
		return;
	t->len = t->cap - sizeof("...");
	while (t->len && (t->at[t->len] & 0xc0) == 0x80)
		t->len--; /* no half UTF-8 characters */
	strcpy(t->at + t->len, "...");
	t->len += 3;
}

void
text_num(struct text *t, long long n)
{
	char digits[24];
	size_t at = sizeof(digits);
	unsigned long long u = (unsigned long long)n;

	if (n < 0)
		u = -u;
	do
		digits[--at] = (char)('0' + u % 10);
	while (u /= 10);
	if (n < 0)
		digits[--at] = '-';
	text_mem(t, digits + at, sizeof(digits) - at);
}

void
text_seconds(struct text *t, long long ms)
{
	text_num(t, ms / 1000);
	text_add(t, ".");
	text_num(t, ms / 100 % 10);
	text_num(t, ms / 10 % 10);
	text_num(t, ms % 10);
}

void
text_hex(struct text *t, const unsigned char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (; n; n--, p++) {
		text_mem(t, &hex[*p >> 4], 1);
		text_mem(t, &hex[*p & 15], 1);
	}
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ?
	    c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
text_percent(char *to, size_t cap, const char *from)
{
	int high, low;

	for (; *from && cap > 1; from++, cap--) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		high = hex_value(from[1]);
		low = high < 0 ? -1 : hex_value(from[2]);
		if (low < 0 || (!high && !low)) {
			errno = EINVAL;
			return -1;
		}
		*to++ = (char)(high << 4 | low);
		from += 2;
	}
	*to = '\0';
	if (!*from)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static bool
is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("%+,-./:=@_", c));
}

void
text_shell(struct text *t, const char *s)
{
	const char *p = s;

	while (is_plain((unsigned char)*p))
		p++;
	if (*s && !*p) {
		text_add(t, s);
		return;
	}
	text_add(t, "'");
	for (p = s; *p; p++) {
		if (*p == '\'')
			text_add(t, "'\\''");
		else
			text_mem(t, p, 1);
	}
	text_add(t, "'");
}

/* Length of the well-formed UTF-8 sequence at s, 0 if there is none. */
static size_t
utf8_length(const unsigned char *s, size_t n)
{
	size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4 || n < need)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates, beyond U+10FFFF, C1 controls. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f) ||
	    (s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return need;
}

/*
 * Invisible characters that reverse others, or end a line (Unicode:
 * Bidi_Control, U+2028, U+2029, the deprecated ones next to them, the byte
 * order mark, tags): a name with them looks like another.
 */
static bool
utf8_hidden(const unsigned char *s, size_t n)
{
	unsigned int c = n == 2 ? s[0] & 0x1fU : n == 3 ? s[0] & 0x0fU :
	    s[0] & 0x07U;

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	return c == 0x061c || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

static void
text_octal(struct text *t, unsigned char c)
{
	char octal[4] = { '\\', (char)('0' + (c >> 6)),
		(char)('0' + (c >> 3 & 7)), (char)('0' + (c & 7)) };

	text_mem(t, octal, sizeof(octal));
}

size_t
text_shown(const char *at, size_t n)
{
	const unsigned char *s = (const unsigned char *)at;
	size_t len;

	if (*s >= ' ' && *s < 0x7f)
		return 1;
	len = utf8_length(s, n);
	return len && !utf8_hidden(s, len) ? len : 0;
}

/* Append n bytes on one line; a backslash becomes the given text. */
static void
text_line(struct text *t, const char *s, size_t n, const char *backslash)
{
	size_t len;

	for (; n; s += len, n -= len) {
		len = text_shown(s, n);
		if (*s == '\\') {
			text_add(t, backslash);
		} else if (len) {
			if (len > t->cap - 1 - t->len)
				t->cut = true; /* no half UTF-8 characters */
			text_mem(t, s, len);
		} else {
			/* Its other bytes follow, escaped one by one. */
			len = 1;
			text_octal(t, (unsigned char)*s);
		}
	}
}

void
text_show(struct text *t, const char *s, size_t n)
{
	text_line(t, s, n, "\\\\");
}

void
text_quoted(struct text *t, const char *s)
{
	text_line(t, s, strlen(s), "\\");
}

void
text_lines(struct text *t, const char *s)
{
	for (size_t n; *s; s += n) {
		n = strcspn(s, "\n");
		text_line(t, s, n, "\\");
		if (s[n]) {
			text_add(t, "\n");
			n++;
		}
	}
}

void
text_typed(struct text *t, const char *s)
{
	const char *p = s;
	size_t n = strlen(s), len;

	for (; n && (len = text_shown(p, n)); p += len)
		n -= len;
	if (!n) {
		text_shell(t, s);
		return;
	}
	text_add(t, "$'");
	for (p = s, n = strlen(s); n; p += len) {
		len = text_shown(p, n);
		if (*p == '\\' || *p == '\'')
			text_add(t, "\\");
		text_line(t, p, len ? len : 1, "\\");
		len = len ? len : 1;
		n -= len;
	}
	text_add(t, "'");
}

const char *
text_base(const char *app)
{
	const char *slash = *app == '/' && !strchr(app, ' ') ?
	    strrchr(app, '/') : NULL;

	return slash && slash[1] ? slash + 1 : app;
}
