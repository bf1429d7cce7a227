/*
 * killat_calls.c: the calls that are known, and with what they can fail.
 */
#include <sys/syscall.h>

#include <string.h>

#include "tests/chaos/killat.h"

/* What a call can fail with, though nobody has made a mistake.  (Not that the
 * peer is gone, ECONNRESET: then nothing comes after it.) */
static const struct call calls[] = {
#define CALL(name, errors) { SYS_##name, #name, errors }
	CALL(accept4, "EMFILE ENFILE ENOMEM EINTR ECONNABORTED"),
	CALL(access, "ENOMEM EACCES EIO"),
	CALL(bind, "ENOMEM ENOSPC EACCES"),
	CALL(chdir, "ENOMEM EACCES EIO"),
	CALL(clock_nanosleep, "EINTR"),
	CALL(clone, "EAGAIN ENOMEM"),
	CALL(close, "EIO EINTR"),
	CALL(connect, "EAGAIN ENOMEM EINTR"),
	CALL(dup, "EMFILE"),
	CALL(dup2, "EINTR"),
	CALL(execve, "ENOMEM EACCES EIO"),
	CALL(faccessat, "ENOMEM EACCES EIO"),
	CALL(faccessat2, "ENOMEM EACCES EIO"),
	CALL(fchdir, "ENOMEM EACCES EIO"),
	CALL(fchmod, "EIO EPERM"),
	CALL(fchmodat, "EIO EPERM"),
	CALL(flock, "EINTR ENOLCK ENOMEM"),
	CALL(fstat, "ENOMEM EIO"),
	CALL(fstatfs, "ENOMEM EIO"),
	CALL(ftruncate, "EIO ENOSPC"),
	CALL(getcwd, "ENOMEM ENOENT EACCES"),
	CALL(getdents64, "ENOMEM EIO"),
	CALL(getsockopt, "ENOMEM"),
	CALL(linkat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(memfd_create, "EMFILE ENFILE ENOMEM"),
	CALL(mkdirat, "ENOMEM ENOSPC EACCES"),
	CALL(mmap, "ENOMEM"),
	CALL(mprotect, "ENOMEM"),
	CALL(nanosleep, "EINTR"),
	CALL(newfstatat, "ENOMEM EACCES EIO"),
	CALL(open, "EMFILE ENFILE ENOMEM EACCES EIO"),
	CALL(openat, "EMFILE ENFILE ENOMEM EACCES EIO"),
	CALL(pidfd_open, "EMFILE ENFILE ENOMEM"),
	CALL(pidfd_send_signal, "EPERM"),
	CALL(pipe2, "EMFILE ENFILE"),
	CALL(poll, "ENOMEM EINTR"),
	CALL(ppoll, "ENOMEM EINTR"),
	CALL(pread64, "EIO EINTR"),
	CALL(preadv, "EIO EINTR"),
	CALL(pwrite64, "ENOSPC EIO EINTR"),
	CALL(read, "EIO EINTR"),
	CALL(readlink, "ENOMEM EACCES EIO"),
	CALL(readlinkat, "ENOMEM EACCES EIO"),
	CALL(recvfrom, "ENOMEM EINTR"),
	CALL(recvmsg, "ENOMEM EINTR"),
	CALL(rename, "ENOMEM ENOSPC EACCES EIO"),
	CALL(renameat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(renameat2, "ENOMEM ENOSPC EACCES EIO"),
	CALL(sendmsg, "ENOMEM EINTR EPIPE ETOOMANYREFS"),
	CALL(sendto, "ENOMEM EINTR EPIPE"),
	CALL(setsockopt, "ENOMEM"),
	CALL(signalfd4, "EMFILE ENFILE ENOMEM"),
	CALL(socket, "EMFILE ENFILE ENOMEM EACCES"),
	CALL(statx, "ENOMEM EACCES EIO"),
	CALL(symlinkat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(unlinkat, "ENOMEM EACCES EIO"),
	CALL(vfork, "EAGAIN ENOMEM"),
	CALL(wait4, "EINTR"),
	CALL(waitid, "EINTR"),
	CALL(write, "ENOSPC EIO EINTR"),
#undef CALL
};

bool
has_error(const struct call *c, const char *error)
{
	size_t n = strlen(error);

	for (const char *at = c->errors; (at = strstr(at, error)); at += n) {
		if ((at == c->errors || at[-1] == ' ') &&
		    (at[n] == ' ' || !at[n]))
			return true;
	}
	return false;
}

const struct call *
call_find(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

int
error_number(const char *name)
{
	for (int e = 1; e < 134; e++) {
		if (strerrorname_np(e) && !strcmp(strerrorname_np(e), name))
			return e;
	}
	return 0;
}
