/*
 * phrases.c: a call in words.
 *
 * A table has a row for each call: its phrase, in which % and a letter is an
 * argument.  A call that says nothing to a reader has no row; those whose words
 * hang on an option have a function.  A second table says what a result means.
 */
#include <sys/file.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/core/wire/frame.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

#define STATE_ROOT "/run/o" /* world.c */

/* Text that is put together; what does not fit is left out. */
struct say {
	char *at, *end;
};

static void say(struct say *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct say *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(s->at, (size_t)(s->end - s->at), fmt, args);
	va_end(args);
	s->at = n < s->end - s->at ? s->at + n : s->end - 1;
}

/*
 * Objects.
 */

/* The only slot is not named, two of them without their hash; /proc/PID says whose
 * it is. */
static void
path_say(struct say *s, const char *path)
{
	enum { HASH = 32 };
	size_t n = strlen(STATE_ROOT);
	const char *slot, *file;
	struct proc *p;
	int pid, at = 0;

	if (sscanf(path, "/proc/%d%n", &pid, &at) == 1 &&
	    (p = proc_find_pid(pid))) {
		say(s, "%s (%s)", path, p == now ? "its own" : story_name(p));
		return;
	}
	if (strncmp(path, STATE_ROOT, n) != 0 || (path[n] && path[n] != '/')) {
		say(s, "%s", path);
		return;
	}
	slot = path[n] ? path + n + 1 : "";
	file = strchrnul(slot, '/');
	if (!*slot)
		say(s, "the state root");
	else if (file - slot <= HASH || file[-HASH - 1] != '-')
		say(s, "%s", slot);
	else if (world.keyed)
		say(s, "%.*s%s", (int)(file - slot) - HASH - 1, slot, file);
	else
		say(s, "%s", *file ? file + 1 : "the slot's folder");
}

static void
file_say(struct say *s, const struct file *f)
{
	const struct proc *to;
	char path[PATH_MAX];
	const char *what;

	if (f->kind == &pidfd_kind) {
		say(s, "%s", story_name(f->data));
	} else if (f->kind == &sock_kind) {
		what = sock_words(f, &to);
		if (to)
			say(s, "the connection to %s", story_name(to));
		else
			say(s, "%s", what);
	} else if (f->kind == &pipe_kind) {
		say(s, "a pipe");
	} else if (f->inode && f->inode->fs == FS_ANON) {
		say(s, "a file in memory");
	} else if (f->inode) {
		inode_path(f->inode, path, sizeof(path));
		path_say(s, path);
	} else {
		say(s, "%s", strstr(f->kind->name, "timer") ? "its timer" :
		    strstr(f->kind->name, "signal") ? "its signals" :
		    f->kind->name);
	}
}

static void
fd_say(struct say *s, int fd)
{
	const struct file *f = fd_any(fd);

	if (f)
		file_say(s, f);
	else
		say(s, "descriptor %d, which is not open", fd);
}

/* Who is at the other end. */
static void
peer_say(struct say *s, int fd)
{
	static const char words[] = "the connection to ";
	size_t n = sizeof(words) - 1;
	char *from = s->at;

	fd_say(s, fd);
	if (strncmp(from, words, n) != 0)
		return;
	memmove(from, from + n, strlen(from + n) + 1);
	s->at -= n;
}

/* A path, as the *at functions have it. */
static void
path_at_say(struct say *s, int dir, const char *path)
{
	const struct file *f = path && *path != '/' && dir != AT_FDCWD ?
	    fd_any(dir) : NULL;
	char all[2 * PATH_MAX];

	if (!path || (f && (!*path || !strcmp(path, ".")))) {
		fd_say(s, dir);
	} else if (f && f->inode) {
		inode_path(f->inode, all, PATH_MAX);
		snprintf(all + strlen(all), PATH_MAX, "/%s", path);
		path_say(s, all);
	} else {
		path_say(s, path);
	}
}

static void
pid_say(struct say *s, pid_t pid)
{
	const struct proc *p = pid > 0 ? proc_find_pid(pid) : NULL;

	if (!pid || p == now)
		say(s, "itself");
	else if (p)
		say(s, "%s", story_name(p));
	else if (pid > 0)
		say(s, "%d, which has ended", pid);
	else
		say(s, pid == -1 ? "any" : "its group");
}

static void
address_say(struct say *s, const struct sockaddr *to)
{
	const struct sockaddr_un *sun = (const void *)to;

	if (to->sa_family != AF_UNIX)
		say(s, "the kernel");
	else if (!strncmp(sun->sun_path, "/proc/", 6))
		say(s, "%s", strrchr(sun->sun_path, '/') + 1);
	else if (sun->sun_path[0])
		path_say(s, sun->sun_path);
	else
		say(s, "the name @%.16s..", sun->sun_path + 1);
}

/*
 * Frames.
 */

static const char *const frame_names[] = {
	[FRAME_ACTIVATE] = "ACTIVATE", [FRAME_QUERY] = "QUERY",
	[FRAME_WATCH] = "WATCH", [FRAME_STREAMS] = "STREAMS",
	[FRAME_FORGET] = "FORGET", [FRAME_WAIT] = "WAIT", [FRAME_TAKE] = "TAKE",
	[FRAME_JOIN] = "JOIN", [FRAME_LISTEN] = "LISTEN",
	[FRAME_ANSWER] = "ANSWER", [FRAME_CLOSE] = "CLOSE", [FRAME_LOG] = "LOG",
	[FRAME_ACCEPTED] = "ACCEPTED", [FRAME_NEED] = "NEED",
	[FRAME_DELIVERED] = "DELIVERED", [FRAME_DONE] = "DONE",
	[FRAME_AGAIN] = "AGAIN", [FRAME_REFUSED] = "REFUSED",
	[FRAME_STATE] = "STATE", [FRAME_ENDED] = "ENDED",
	[FRAME_OFFER] = "OFFER", [FRAME_GO] = "GO", [FRAME_RECORD] = "RECORD",
	[FRAME_EVENTS] = "EVENTS"
};

/* The size of the frame that begins there; 0: none does. */
static size_t
frame_at(const char *at, size_t n)
{
	uint32_t length;

	if (n < FRAME_HEAD || memcmp(at, "1one", 4) != 0)
		return 0;
	memcpy(&length, at + 8, sizeof(length));
	return length <= n - FRAME_HEAD ? FRAME_HEAD + length : 0;
}

/* The frames in n bytes, and what else there is. */
static void
bytes_say(struct say *s, const char *at, size_t n)
{
	enum { FIELDS = 80 };
	uint16_t type;
	size_t size;
	const char *field, *stop;

	for (; (size = frame_at(at, n)); at += size, n -= size) {
		memcpy(&type, at + 6, sizeof(type));
		say(s, " %s", type < sizeof(frame_names) / sizeof(*frame_names) &&
		    frame_names[type] ? frame_names[type] : "?");
		stop = at + size;
		for (field = at + FRAME_HEAD; field < stop &&
		    field < at + FIELDS; field += strlen(field) + 1) {
			if (strncmp(field, "slot=", 5) != 0)
				say(s, " %.24s", field);
		}
	}
	if (n)
		say(s, " %zu bytes", n);
}

/*
 * Calls whose words hang on an option.
 */

static bool
fcntl_say(struct say *s, const long *a)
{
	switch (a[1]) {
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		say(s, ((const struct flock *)a[2])->l_type == F_UNLCK ?
		    "unlocks " : "locks ");
		break;
	case F_GETLK:
	case F_OFD_GETLK:
		say(s, "asks who has locked ");
		break;
	default:
		say(s, "sets or asks flags of ");
		fd_say(s, (int)a[0]);
		return false;
	}
	fd_say(s, (int)a[0]);
	return true;
}

static bool
flock_say(struct say *s, const long *a)
{
	say(s, a[1] & LOCK_UN ? "unlocks " : a[1] & LOCK_SH ?
	    "locks (shared) " : "locks ");
	fd_say(s, (int)a[0]);
	return true;
}

static bool
openat_say(struct say *s, const long *a)
{
	say(s, a[2] & O_EXCL ? "makes " : a[2] & O_CREAT ? "opens or makes " :
	    "opens ");
	path_at_say(s, (int)a[0], (const char *)a[1]);
	return true;
}

static bool
mmap_say(struct say *s, const long *a)
{
	if ((int)a[4] < 0) {
		say(s, "maps memory");
		return false;
	}
	say(s, "maps ");
	fd_say(s, (int)a[4]);
	return true;
}

static void
ms_say(struct say *s, const struct timespec *t)
{
	say(s, "%g ms", (double)time_of(t) / 1e6);
}

static void
limit_say(struct say *s, const struct timespec *t)
{
	if (!t)
		return;
	say(s, ", ");
	ms_say(s, t);
	say(s, " at most");
}

/* Those of a poll with events in them, or all; what a pidfd waits for is an end. */
static void
polled_say(struct say *s, const struct pollfd *p, nfds_t n, bool all)
{
	const char *comma = " ";
	const struct file *f;

	for (nfds_t i = 0; i < n; i++) {
		if (p[i].fd < 0 || (!all && !p[i].revents))
			continue;
		f = fd_any(p[i].fd);
		say(s, "%s%s", comma, f && f->kind == &pidfd_kind ?
		    "the end of " : "");
		fd_say(s, p[i].fd);
		comma = ", ";
	}
}

static bool
poll_say(struct say *s, const long *a)
{
	const struct pollfd *p = (const void *)a[0];
	const struct file *f;
	int ms = (int)a[2];

	if (!a[1] && ms >= 0) {
		say(s, "sleeps for %d ms", ms);
		return true;
	}
	say(s, ms ? "waits for" : "looks for");
	polled_say(s, p, (nfds_t)a[1], true);
	if (ms > 0)
		say(s, ", %d ms at most", ms);
	f = a[1] ? fd_any(p->fd) : NULL;
	return !f || f->kind != &null_kind; /* are 0 to 2 open? */
}

static bool
ppoll_say(struct say *s, const long *a)
{
	say(s, "waits for");
	polled_say(s, (const struct pollfd *)a[0], (nfds_t)a[1], true);
	limit_say(s, (const struct timespec *)a[2]);
	return true;
}

static bool
futex_say(struct say *s, const long *a)
{
	bool waits = a[1] == FUTEX_WAIT;

	say(s, waits ? "waits at the page that it shares with a looker" :
	    "wakes who waits at the shared page");
	if (waits)
		limit_say(s, (const struct timespec *)a[3]);
	return waits;
}

static void
signal_say(struct say *s, int sig)
{
	if (!sig)
		say(s, "asks whether there is still ");
	else
		say(s, "sends SIG%s to ", sigabbrev_np(sig));
}

static bool
sent_say(struct say *s, const long *a, const void *bytes, size_t n)
{
	const struct file *f = fd_any((int)a[0]);

	if (f && f->kind != &sock_kind && f->kind != &pipe_kind) {
		say(s, "writes ");
		fd_say(s, (int)a[0]);
		return f->kind != &null_kind;
	}
	say(s, "sends");
	bytes_say(s, bytes, n);
	say(s, " to ");
	peer_say(s, (int)a[0]);
	return true;
}

static bool
send_say(struct say *s, const long *a)
{
	return sent_say(s, a, (const void *)a[1], (size_t)a[2]);
}

static bool
sendmsg_say(struct say *s, const long *a)
{
	const struct msghdr *m = (const void *)a[1];

	sent_say(s, a, m->msg_iov->iov_base, m->msg_iov->iov_len);
	if (m->msg_control && m->msg_controllen)
		say(s, ", with descriptors");
	return true;
}

static bool
received_say(struct say *s, const long *a, long flags)
{
	say(s, flags & MSG_PEEK ? "looks at what came from " : "receives from ");
	peer_say(s, (int)a[0]);
	return true;
}

static bool
recv_say(struct say *s, const long *a)
{
	return received_say(s, a, a[3]);
}

static bool
recvmsg_say(struct say *s, const long *a)
{
	return received_say(s, a, a[2]);
}

static bool
statx_say(struct say *s, const long *a)
{
	say(s, "looks at ");
	path_at_say(s, (int)a[0], (const char *)a[1]);
	return *(const char *)a[1];
}

/*
 * The tables.
 */

/* %f a descriptor, %p a path, %P a folder's descriptor and a path, %a an address
 * (it is the second argument), %q a pid, %o a second path, %O one with its
 * folder, %s what a signal is for (it is the second one), %t a time. */
static const struct phrase {
	const char *call, *text;
	bool (*make)(struct say *s, const long *a);
} phrases[] = {
	{ "accept4", "accepts a connection at %f", NULL },
	{ "access", "looks whether there is %p", NULL },
	{ "bind", "binds %a", NULL },
	{ "chdir", "enters %p", NULL },
	{ "clone", "forks", NULL },
	{ "connect", "connects to %a", NULL },
	{ "execve", "executes %p", NULL },
	{ "faccessat", "looks whether there is %P", NULL },
	{ "fallocate", "makes room in %f", NULL },
	{ "fchdir", "enters %f", NULL },
	{ "fchmodat", "sets the mode of %P", NULL },
	{ "fcntl", NULL, fcntl_say },
	{ "flock", NULL, flock_say },
	{ "fork", "forks", NULL },
	{ "fstatat", "looks at %P", NULL },
	{ "ftruncate", "sets the size of %f", NULL },
	{ "futex", NULL, futex_say },
	{ "getdents64", "lists %f", NULL },
	{ "kill", "%s%q", NULL },
	{ "listen", "listens at %f", NULL },
	{ "lstat", "looks at %p", NULL },
	{ "memfd_create", "makes a file in memory", NULL },
	{ "mkdir", "makes %p", NULL },
	{ "mkdirat", "makes %P", NULL },
	{ "mmap", NULL, mmap_say },
	{ "nanosleep", "sleeps for %t", NULL },
	{ "openat", NULL, openat_say },
	{ "pidfd_open", "gets a pidfd of %q", NULL },
	{ "pidfd_send_signal", "%s%f", NULL },
	{ "poll", NULL, poll_say },
	{ "ppoll", NULL, ppoll_say },
	{ "pread", "reads %f", NULL },
	{ "pwrite", "writes %f", NULL },
	{ "read", "reads %f", NULL },
	{ "readlink", "reads the link %p", NULL },
	{ "readlinkat", "reads the link %P", NULL },
	{ "recv", NULL, recv_say },
	{ "recvfrom", NULL, recv_say },
	{ "recvmsg", NULL, recvmsg_say },
	{ "rename", "renames %p to %o", NULL },
	{ "renameat", "renames %P to %O", NULL },
	{ "renameat2", "renames %P to %O", NULL },
	{ "rmdir", "removes %p", NULL },
	{ "rt_sigqueueinfo", "%s%q", NULL },
	{ "send", NULL, send_say },
	{ "sendmsg", NULL, sendmsg_say },
	{ "setpgid", "gives a process group of its own to %q", NULL },
	{ "setsid", "begins a session of its own", NULL },
	{ "shutdown", "ends %f", NULL },
	{ "stat", "looks at %p", NULL },
	{ "statx", NULL, statx_say },
	{ "symlink", "makes the link %o", NULL },
	{ "unlink", "removes %p", NULL },
	{ "unlinkat", "removes %P", NULL },
	{ "waitid", "waits for children", NULL },
	{ "waitpid", "waits for its child: %q", NULL },
	{ "write", NULL, send_say }
};

static const struct meaning {
	const char *call;
	int error; /* 0: the call succeeds */
	const char *words;
} meanings[] = {
	{ "accept4", EAGAIN, "nobody is waiting" },
	{ "bind", 0, "it is free" },
	{ "bind", EADDRINUSE, "somebody has it" },
	{ "connect", ECONNREFUSED, "nobody listens any more" },
	{ "connect", ENOENT, "nobody listens" },
	{ "fcntl", EACCES, "somebody else has it locked" },
	{ "fcntl", EAGAIN, "somebody else has it locked" },
	{ "flock", EWOULDBLOCK, "somebody else has it locked" },
	{ "futex", EAGAIN, "there is something already" },
	{ "readlink", EINVAL, "it is no link" },
	{ "readlinkat", EINVAL, "it is no link" },
	{ "waitpid", ECHILD, "it has no such child" },
	{ NULL, EAGAIN, "nothing is there yet" },
	{ NULL, EEXIST, "there is one already" },
	{ NULL, EINTR, "a signal came" },
	{ NULL, EINVAL, "no" },
	{ NULL, ENOENT, "it is not there" },
	{ NULL, EPIPE, "the other end is closed" },
	{ NULL, ECONNRESET, "the other end was closed, with bytes unread" },
	{ NULL, ENOTDIR, "it is no folder" },
	{ NULL, ERESTART, "a signal came" },
	{ NULL, ESRCH, "there is no such process" },
	{ NULL, ETIMEDOUT, "the time is over" }
};

static const char *
meaning(const char *call, long r)
{
	const struct meaning *m;
	int error = r < 0 && r > -4096 ? (int)-r : 0;

	for (m = meanings; m < meanings + sizeof(meanings) / sizeof(*m); m++) {
		if (m->error == error && (!m->call || !strcmp(m->call, call)))
			return m->words;
	}
	return error ? strerrorname_np(error) : NULL;
}

static void
expand(struct say *s, const char *text, const long *a)
{
	for (; *text; text++) {
		if (*text != '%') {
			say(s, "%c", *text);
			continue;
		}
		switch (*++text) {
		case 'f':
			fd_say(s, (int)a[0]);
			break;
		case 'p':
			path_at_say(s, AT_FDCWD, (const char *)a[0]);
			break;
		case 'P':
			path_at_say(s, (int)a[0], (const char *)a[1]);
			break;
		case 'o':
			path_at_say(s, AT_FDCWD, (const char *)a[1]);
			break;
		case 'O':
			path_at_say(s, (int)a[2], (const char *)a[3]);
			break;
		case 'a':
			address_say(s, (const struct sockaddr *)a[1]);
			break;
		case 's':
			signal_say(s, (int)a[1]);
			break;
		case 't':
			ms_say(s, (const struct timespec *)a[0]);
			break;
		case 'q':
			pid_say(s, (pid_t)a[0]);
		}
	}
}

static const struct phrase *
phrase_of(const char *call)
{
	const struct phrase *p = phrases;

	for (; p < phrases + sizeof(phrases) / sizeof(*p); p++) {
		if (!strcmp(p->call, call))
			return p;
	}
	return NULL;
}

bool
phrase_make(const char *call, const long *arg, char *text, size_t cap)
{
	struct say s = { text, text + cap };
	const struct phrase *p = phrase_of(call);

	*text = '\0';
	if (!p)
		say(&s, "%s", call);
	else if (p->make)
		return p->make(&s, arg);
	else
		expand(&s, p->text, arg);
	return p;
}

/* What came: who has connected, the child, frames, what is ready. */
static void
came_say(struct say *s, const char *call, const long *a, long r)
{
	const struct file *f = fd_any((int)a[0]);

	if (!strcmp(call, "accept4")) {
		say(s, ": it is ");
		fd_say(s, (int)r);
	} else if (!strcmp(call, "flock") && !(a[1] & LOCK_UN)) {
		say(s, ": it is free");
	} else if (!strcmp(call, "fork") || !strcmp(call, "clone")) {
		say(s, " ");
		pid_say(s, (pid_t)r);
	} else if (strstr(call, "poll") && a[1]) {
		say(s, r ? ": there is" : ": nothing");
		polled_say(s, (const struct pollfd *)a[0], (nfds_t)a[1], false);
	} else if (!strncmp(call, "re", 2) && f && f->kind == &sock_kind) {
		say(s, r ? ":" : ": the end");
		bytes_say(s, strcmp(call, "recvmsg") ? (const char *)a[1] :
		    ((const struct msghdr *)a[1])->msg_iov->iov_base, (size_t)r);
	}
}

void
phrase_result(const char *call, const long *arg, long r, char *text,
    size_t cap)
{
	struct say s = { text, text + cap };
	const char *words = meaning(call, r);

	*text = '\0';
	if (words)
		say(&s, ": %s", words);
	else if (!phrase_of(call))
		say(&s, " = %ld", r);
	else
		came_say(&s, call, arg, r);
}
