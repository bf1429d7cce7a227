/*
 * frame.c: one message on an instance's socket.
 */
#include <errno.h>
#include <string.h>

#include "cli/core/wire/frame.h"

static const char magic[4] = { '1', 'o', 'n', 'e' };

enum frame_result
frame_parse(const char *at, size_t n, struct frame *f)
{
	uint16_t version, type;
	uint32_t len;

	/* Garbage shows in its first bytes: do not wait for the rest. */
	if (n && memcmp(at, magic, n < sizeof(magic) ? n : sizeof(magic)))
		return FRAME_GARBAGE;
	if (n < FRAME_HEAD)
		return FRAME_PART;
	memcpy(&version, at + 4, sizeof(version));
	memcpy(&type, at + 6, sizeof(type));
	memcpy(&len, at + 8, sizeof(len));
	if (version != FRAME_VERSION)
		return FRAME_ODD;
	if (len > FRAME_LIMIT)
		return FRAME_GARBAGE;
	if (n - FRAME_HEAD < len)
		return FRAME_PART;
	if (!fields_valid(at + FRAME_HEAD, len))
		return FRAME_GARBAGE;
	f->type = type;
	f->body.at = at + FRAME_HEAD;
	f->body.len = len;
	f->size = FRAME_HEAD + len;
	return FRAME_WHOLE;
}

size_t
frame_size(const char *at, size_t n)
{
	uint32_t len;

	if (n < FRAME_HEAD)
		return 0;
	memcpy(&len, at + 8, sizeof(len));
	return FRAME_HEAD + (size_t)len;
}

size_t
frame_begin(struct buf *b, enum frame_type type)
{
	uint16_t version = FRAME_VERSION, kind = (uint16_t)type;
	char head[FRAME_HEAD] = { 0 };
	size_t start = b->len;

	memcpy(head, magic, sizeof(magic));
	memcpy(head + 4, &version, sizeof(version));
	memcpy(head + 6, &kind, sizeof(kind));
	buf_add(b, head, sizeof(head));
	return start;
}

int
frame_end(struct buf *b, size_t start)
{
	size_t len = b->len - start - FRAME_HEAD;
	uint32_t len32 = (uint32_t)len;

	if (b->failed || len > FRAME_LIMIT) {
		errno = b->failed ? ENOMEM : E2BIG;
		return -1;
	}
	memcpy(b->at + start + 8, &len32, sizeof(len32));
	return 0;
}
