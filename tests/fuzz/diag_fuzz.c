/*
 * diag_fuzz.c: what the kernel answers to sock_diag: datagrams of any bytes,
 * and one that is as it should be among others, with any name.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>

#include "cli/core/slot/name_lock.h"
#include "tests/fuzz/fuzz.h"

enum { NAME = 41 };

/* Add a socket of this name; its length. */
static size_t
socket_put(char *at, unsigned int inode, uint32_t uid, const char *name,
    size_t len)
{
	struct nlmsghdr *h = (void *)at;
	struct unix_diag_msg *m = NLMSG_DATA(h);
	struct rtattr *a = (void *)(m + 1);

	m->udiag_ino = inode;
	a->rta_type = UNIX_DIAG_NAME;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), name, len);
	a = (void *)((char *)a + RTA_ALIGN(a->rta_len));
	a->rta_type = UNIX_DIAG_UID;
	a->rta_len = RTA_LENGTH(sizeof(uid));
	memcpy(RTA_DATA(a), &uid, sizeof(uid));
	h->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	h->nlmsg_len = (uint32_t)((char *)a + RTA_ALIGN(a->rta_len) - at);
	return NLMSG_ALIGN(h->nlmsg_len);
}

static void
told(const uint8_t *data, size_t size)
{
	static const char ours[NAME] = "\0onlyone/0123456789abcdef0123456789abcde";
	_Alignas(8) char text[1024] = "", other[NAME] = "";
	struct diag d;
	size_t len;
	bool end;

	memcpy(other, data, size < NAME ? size : NAME);
	len = socket_put(text, 7, 1001, other, NAME);
	if (!memcmp(other, ours, NAME))
		return;
	MUST(diag_parse(text, len, ours, NAME, &d, &end) == DIAG_NONE);
	len += socket_put(text + len, 8, 1000, ours, NAME);
	MUST(diag_parse(text, len, ours, NAME, &d, &end) == DIAG_FOUND);
	MUST(d.inode == 8 && d.uid == 1000 && !end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = aligned_alloc(8, (size + 8) & ~(size_t)7);
	struct diag d;
	bool end;

	memcpy(text, data, size);
	diag_parse(text, size, "\0onlyone/", 9, &d, &end);
	free(text);
	told(data, size);
	return 0;
}
