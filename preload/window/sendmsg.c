/*
 * sendmsg.c: what a program writes to its compositor, and how we begin.
 *
 * Every Wayland client library writes to the compositor by sendmsg(2), since
 * descriptors go along: libwayland, whether it is linked, loaded later or
 * static, and those who do without.  The call itself goes on as it came; only
 * then, and only of what the kernel took, is anything looked at.
 */
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/dlsym.h"
#include "preload/sys.h"
#include "preload/window/window.h"

struct ours ours;

/* libc's, or of another library that replaces it; where that was not to be
 * found, or a constructor writes before ours has run, the kernel's. */
static ssize_t
next(int fd, const struct msghdr *msg, int flags)
{
	long n;

	if (ours.sendmsg)
		return ours.sendmsg(fd, msg, flags);
	n = SYS3(SYS_sendmsg, fd, msg, flags);
	if (n >= 0)
		return n;
	errno = (int)-n;
	return -1;
}

__attribute__((visibility("default"))) ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct link *l;
	ssize_t n;

	if (!ours.on)
		return next(fd, msg, flags);
	l = link_enter(fd);
	n = next(fd, msg, flags);
	if (n > 0)
		link_sent(l, fd, msg, (size_t)n);
	if (l)
		link_leave(l);
	return n;
}

static void
slot_keep(const char *slot)
{
	size_t len = bytes_len(slot);

	if (len < sizeof(ours.slot)) {
		bytes_copy(ours.slot, slot, len + 1);
		ours.on = true;
	}
}

/* In what the program passes its environment on to, nothing is told: it is
 * copied here. */
static void
look(char **e)
{
	bool disabled = false;

	for (; *e; e++) {
		if (bytes_begin(*e, ENV_SLOT "="))
			slot_keep(*e + sizeof(ENV_SLOT));
		else if (bytes_begin(*e, ENV_DISABLE "="))
			disabled = (*e)[sizeof(ENV_DISABLE)];
	}
	if (disabled)
		ours.on = false;
}

__attribute__((constructor)) static void
start(void)
{
	int save = errno;

	if (!environ || getauxval(AT_SECURE))
		return;
	look(environ);
	if (!ours.on)
		return;
	ours.pid = sys_pid();
	ours.seccomp = SYS1(SYS_prctl, PR_GET_SECCOMP);
	SYS3(SYS_prctl, PR_GET_TID_ADDRESS, &ours.leader, 0);
	show_end(); /* another program's that had our number, or was us */
	if (dlsym)
		*(void **)&ours.sendmsg = dlsym(RTLD_NEXT, "sendmsg");
	recvmsg_begin();
	errno = save;
}
