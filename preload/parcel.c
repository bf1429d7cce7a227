/*
 * parcel.c: a socket that carries an open file (SCM_RIGHTS).
 */
#include <sys/socket.h>

#include <errno.h>

#include "preload/bytes.h"
#include "preload/parcel.h"
#include "preload/sys.h"

int
parcel_look(int fd)
{
	char word[sizeof(PARCEL_WORD)];
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} side;
	struct iovec part = {word, sizeof(word)};
	/* Any socket may be looked at, and CMSG_SPACE would let a second
	 * descriptor in. */
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &side, .msg_controllen = CMSG_LEN(sizeof(int))};
	long n = SYS3(SYS_recvmsg, fd, &m,
	    MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int got = -EINVAL;

	if (n < 0)
		return (int)n;
	if (m.msg_controllen >= CMSG_LEN(sizeof(int)) &&
	    side.head.cmsg_level == SOL_SOCKET &&
	    side.head.cmsg_type == SCM_RIGHTS)
		bytes_copy((char *)&got, (char *)CMSG_DATA(&side.head),
		    sizeof(got));
	if (got >= 0 && (n != sizeof(word) ||
	    !bytes_same(word, PARCEL_WORD, sizeof(word)))) {
		sys_close(got);
		got = -EINVAL;
	}
	return got;
}
