/*
 * refuse.c: a program for which the kernel refuses some calls, as the filter of
 * a service or a container does (seccomp).
 *
 *	refuse ERROR CALL[,CALL...] PROGRAM [ARG...]
 *
 * ERROR is EPERM, ENOSYS, or what RestrictAddressFamilies= gives, EAFNOSUPPORT.
 * All that the program starts is refused the same.  Some are parts of a call:
 * "netlink", of socket(2) that family; "record_lock", of fcntl(2) the locks of open
 * files.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned int call;
} calls[] = {
#ifdef SYS_poll /* ARM64 has none */
	{ "poll", SYS_poll },
#endif
#ifdef SYS_select
	{ "select", SYS_select },
#endif
#ifdef SYS_epoll_wait
	{ "epoll_wait", SYS_epoll_wait },
#endif
	{ "ppoll", SYS_ppoll }, { "pselect6", SYS_pselect6 },
	{ "epoll_create1", SYS_epoll_create1 },
	{ "epoll_pwait", SYS_epoll_pwait }, { "signalfd4", SYS_signalfd4 },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
	{ "pidfd_getfd", SYS_pidfd_getfd }, { "openat2", SYS_openat2 },
	{ "statx", SYS_statx }, { "close_range", SYS_close_range },
	{ "ioctl", SYS_ioctl }, { "statfs", SYS_statfs },
	{ "fstatfs", SYS_fstatfs },
	{ "waitid", SYS_waitid }, { "inotify_init1", SYS_inotify_init1 },
}, errors[] = {
	{ "EPERM", EPERM }, { "ENOSYS", ENOSYS }, { "EACCES", EACCES },
	{ "EAFNOSUPPORT", EAFNOSUPPORT }, { "ENOMEM", ENOMEM },
	{ "ENOLCK", ENOLCK }, { "EIO", EIO }, { "EINVAL", EINVAL },
};

/* Of a call what has this value as an argument. */
static const struct {
	const char *name;
	unsigned int call, arg, value;
} parts[] = {
	{ "netlink", SYS_socket, 0, AF_NETLINK },
	{ "record_lock", SYS_fcntl, 1, F_OFD_SETLK },
	{ "record_lock", SYS_fcntl, 1, F_OFD_SETLKW },
};

static struct sock_filter code[128];
static unsigned short n;

static void
add(struct sock_filter one)
{
	code[n++] = one;
}

static void
load(size_t at)
{
	add((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)at));
}

/* If what was loaded is this, the next instruction is next. */
static void
equals(unsigned int value)
{
	add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
}

static int
refuse(const char *name, unsigned int error)
{
	struct sock_filter no = BPF_STMT(BPF_RET | BPF_K,
	    SECCOMP_RET_ERRNO | error);

	bool found = false;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (strcmp(name, parts[i].name))
			continue;
		load(offsetof(struct seccomp_data, nr));
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    parts[i].call, 0, 3));
		load(offsetof(struct seccomp_data, args) + 8 * parts[i].arg);
		equals(parts[i].value);
		add(no);
		found = true;
	}
	if (found)
		return 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(name, calls[i].name))
			continue;
		load(offsetof(struct seccomp_data, nr));
		equals(calls[i].call);
		add(no);
		return 0;
	}
	fprintf(stderr, "refuse: %s is no call that is known\n", name);
	return -1;
}

int
main(int argc, char *argv[])
{
	struct sock_fprog all = { .filter = code };
	unsigned int error = 0;

	for (size_t i = 0; argc > 3 && i < sizeof(errors) / sizeof(*errors); i++)
		error = strcmp(argv[1], errors[i].name) ? error : errors[i].call;
	if (!error)
		return 64;
	for (char *name = strtok(argv[2], ","); name; name = strtok(NULL, ",")) {
		if (refuse(name, error) < 0)
			return 64;
	}
	add((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	all.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0)
		execvp(argv[3], argv + 3);
	perror("refuse");
	return 1;
}
