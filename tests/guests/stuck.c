/*
 * stuck.c: a process that hangs inside execve, like one with an open file on a
 * server that does not answer.
 *
 * execve closes close-on-exec descriptors with a kernel lock taken
 * (exec_update_lock) for which readers of /proc/PID/maps, environ, exe and
 * others wait.  Closing a file on FUSE waits until the server has answered
 * FLUSH, and this server never does.
 *
 *   stuck serve SOCKET SECONDS      the server.  It ends after SECONDS, or with
 *                                   its parent, and so does every wait for it.
 *                                   It mounts in its own mount namespace;
 *                                   $FUSE_DEVICE is /dev/fuse.  SOCKET exists
 *                                   when it is ready.
 *   stuck exec SOCKET PROGRAM...    execute PROGRAM with such a file open: hang
 *
 * The server appends "PID stuck" to $GUEST_LOG for each process that hangs.
 */
#include <errno.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "note.h"

enum { FILE_NODE = 2, REQUEST = 1 << 17 };

#define PLACE "/mnt"

static void
die(const char *what)
{
	fprintf(stderr, "stuck: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* Root in a user namespace of our own, if we are not root. */
static void
world_enter(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)) < 0)
		die("unshare");
	if (uid) {
		put("/proc/self/setgroups", "deny");
		snprintf(map, sizeof(map), "0 %d 1", (int)uid);
		put("/proc/self/uid_map", map);
		snprintf(map, sizeof(map), "0 %d 1", (int)gid);
		put("/proc/self/gid_map", map);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("private mounts");
}

static int
address(struct sockaddr_un *sun, const char *path)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path, sizeof(sun->sun_path), "%s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* A descriptor along a socket: sent if it is not -1, else received. */
static int
pass(int sock, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} side = { .head = { .cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) } };
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &side, .msg_controllen = sizeof(side) };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&side.head), &fd, sizeof(fd));
		/* Others of the user may have too many on their way. */
		while (sendmsg(sock, &m, MSG_NOSIGNAL) != 1) {
			if (errno != ETOOMANYREFS)
				return -1;
			poll(NULL, 0, 10);
		}
		return 0;
	}
	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1 ||
	    m.msg_controllen < sizeof(side.head))
		return -1;
	memcpy(&fd, CMSG_DATA(&side.head), sizeof(fd));
	return fd;
}

/* Open the file for whoever asks: never in the server, which would wait for
 * itself.  None is closed here, since that is a FLUSH too. */
static void
files_open(const char *path)
{
	char other[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct sockaddr_un sun;
	int sock, one, fd;

	/* It is there when it is ready. */
	snprintf(other, sizeof(other), "%s.new", path);
	sock = address(&sun, other);
	if (bind(sock, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    listen(sock, 64) < 0 || chmod(other, 0666) < 0 ||
	    rename(other, path) < 0)
		die(path);
	for (;;) {
		one = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
		fd = one < 0 ? -1 : open(PLACE "/file", O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			pass(one, fd);
		close(one);
	}
}

static void
answer(int fuse, uint64_t unique, int err, const void *body, size_t size)
{
	struct {
		struct fuse_out_header head;
		char body[256];
	} out = { .head = { .len = (uint32_t)(sizeof(out.head) +
		(err ? 0 : size)), .error = err, .unique = unique } };

	if (!err && size)
		memcpy(out.body, body, size);
	if (write(fuse, &out, out.head.len) < 0 && errno != ENOENT)
		die("answer");
}

static struct fuse_attr
attributes(uint64_t node)
{
	struct fuse_attr a = { .ino = node, .nlink = 1, .mode = node ==
		FILE_NODE ? S_IFREG | 0666 : S_IFDIR | 0755 };

	return a;
}

static void
serve(int fuse, unsigned int opener)
{
	static char request[REQUEST];
	const struct fuse_in_header *in = (const void *)request;
	struct fuse_init_out init = { .major = 7, .minor = 31,
		.max_write = 65536 };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE,
		.entry_valid = 1000, .attr_valid = 1000,
		.attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr_valid = 1000 };
	struct fuse_open_out opened = { .fh = 1 };

	for (;;) {
		if (read(fuse, request, sizeof(request)) < 0) {
			if (errno == ENODEV)
				return;
			continue;
		}
		switch (in->opcode) {
		case FUSE_INIT:
			answer(fuse, in->unique, 0, &init, sizeof(init));
			break;
		case FUSE_LOOKUP:
			answer(fuse, in->unique, 0, &entry, sizeof(entry));
			break;
		case FUSE_GETATTR:
			attr.attr = attributes(in->nodeid);
			answer(fuse, in->unique, 0, &attr, sizeof(attr));
			break;
		case FUSE_OPEN:
		case FUSE_OPENDIR:
			answer(fuse, in->unique, 0, &opened, sizeof(opened));
			break;
		case FUSE_FLUSH:
			if (in->pid == opener)
				answer(fuse, in->unique, 0, NULL, 0);
			else
				note((pid_t)in->pid, "stuck");
			break;
		case FUSE_FORGET:
		case FUSE_BATCH_FORGET:
		case FUSE_INTERRUPT:
			break;
		default:
			answer(fuse, in->unique, -ENOSYS, NULL, 0);
		}
	}
}

static int
server(const char *path, const char *seconds)
{
	const char *device = getenv("FUSE_DEVICE");
	char options[128];
	int fuse, opener;

	/* Whatever happens to the test: with our end all goes on. */
	alarm((unsigned int)atoi(seconds));
	signal(SIGPIPE, SIG_IGN);
	/* The device is opened in the user namespace that mounts. */
	world_enter();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fuse = open(device ? device : "/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse < 0)
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,"
	    "group_id=0,allow_other", fuse);
	if (mount("stuck", PLACE, "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		die("mount");
	opener = fork();
	if (opener == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fuse);
		files_open(path);
	}
	if (opener < 0)
		die("fork");
	serve(fuse, (unsigned int)opener);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct sockaddr_un sun;
	int sock;

	if (argc == 4 && !strcmp(argv[1], "serve"))
		return server(argv[2], argv[3]);
	if (argc < 4 || strcmp(argv[1], "exec") != 0) {
		errno = EINVAL;
		die("serve SOCKET SECONDS, exec SOCKET PROGRAM...");
	}
	sock = address(&sun, argv[2]);
	if (connect(sock, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    pass(sock, -1) < 0)
		die(argv[2]);
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
