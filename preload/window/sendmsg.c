/*
 * sendmsg.c: what a program writes to its compositor, and the constructor.
 *
 * Every Wayland client library writes to the compositor with sendmsg(2), since
 * it passes descriptors: libwayland (linked, loaded later or static) and other
 * implementations.  The call is passed on unchanged; after it, the bytes that
 * the kernel took are read.
 */
#include <sys/auxv.h>
#include <sys/prctl.h>

#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/dlsym.h"
#include "preload/sys.h"
#include "preload/window/window.h"

struct ours ours;

/* The next library's sendmsg, libc's in general.  If it was not found, or a
 * constructor calls this before ours has run: the system call. */
static ssize_t
next_sendmsg(int fd, const struct msghdr *msg, int flags)
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
		return next_sendmsg(fd, msg, flags);
	l = link_enter(fd);
	n = next_sendmsg(fd, msg, flags);
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

/* Read our variables.  The slot is copied, since the program may change its
 * environment; the environment itself is left as it is. */
static void
environment_read(char **e)
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
window_start(void)
{
	int save = errno;

	if (!environ || getauxval(AT_SECURE))
		return;
	environment_read(environ);
	if (!ours.on)
		return;
	ours.pid = sys_pid();
	ours.seccomp = SYS1(SYS_prctl, PR_GET_SECCOMP);
	SYS3(SYS_prctl, PR_GET_TID_ADDRESS, &ours.leader, 0);
	show_end(); /* the page of our last program, or of an earlier process */
	if (dlsym)
		*(void **)&ours.sendmsg = dlsym(RTLD_NEXT, "sendmsg");
	recvmsg_begin();
	errno = save;
}
