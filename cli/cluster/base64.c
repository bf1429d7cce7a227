/*
 * base64.c: base64 for keys and values in etcd's JSON.
 */
#include <netinet/in.h>

#include <resolv.h>
#include <string.h>

#include "cli/cluster/base64.h"

void
base64_put(struct buf *b, const void *p, size_t n)
{
	size_t room = (n + 2) / 3 * 4 + 1;
	int len;

	if (buf_room(b, room) < 0)
		return;
	len = b64_ntop(p, n, b->at + b->len, room);
	if (len > 0)
		b->len += (size_t)len;
}

long
base64_get(const char *text, char *out, size_t cap)
{
	int n;

	/* b64_pton would skip blanks. */
	if (!cap || text[strcspn(text, " \t\r\n\v\f")])
		return -1;
	n = b64_pton(text, (unsigned char *)out, cap);
	if (n < 0 || (size_t)n >= cap)
		return -1;
	out[n] = '\0';
	return n;
}
