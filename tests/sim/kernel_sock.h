/*
 * kernel_sock.h: what the files about sockets share.
 *
 * What is sent lies in a queue of the receiver, as packets: each has its bytes,
 * the open files that travel with it, and what it costs the sender's buffer.
 */
#ifndef SIM_KERNEL_SOCK_H
#define SIM_KERNEL_SOCK_H

#include <sys/un.h>

#include "tests/sim/kernel.h"

enum {
	RIGHTS = 8,           /* files in one message at most */
	SHUT_IN = 1,
	SHUT_OUT = 2,
	SHUT_ALL = 3
};

struct rights {
	struct file *file[RIGHTS];
	size_t n;
};

struct packet {
	struct packet *next;
	struct sock *from; /* whose buffer it is in; NULL: the kernel */
	size_t charge;     /* what it takes there */
	size_t at, n;
	struct rights rights;
	char data[];
};

struct queue {
	struct packet *first, *last;
};

enum sock_state { ALONE, LISTENS, CONNECTED };

/* More than a dozen members: what a kernel knows of a socket. */
struct sock {
	int family, type;
	enum sock_state state;
	struct inode *inode; /* NULL: not accepted yet */
	struct sock *next;   /* in the list of all */
	uid_t uid;           /* that made it */
	bool closed;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	size_t name_len;     /* of an abstract name, the first NUL too; of a
	                      * path, the last one */
	bool bound;          /* its name is its own, not its listener's */
	struct sock *peer;   /* it may be closed */
	struct proc *peer_proc; /* that made the peer, connected, or listened */
	struct sock *waiting, *waiting_next; /* connections to be accepted */
	int nwaiting, backlog;
	struct queue queue;
	size_t room, used;   /* of its send buffer */
	int shut;
	int error;           /* the next call returns it */
	long long send_limit; /* ns; 0: none */
	bool no_rights;
	unsigned long cursor; /* of a list of sockets: after this key */
	bool listing;
};

/* kernel_message.c */
/* Remove the first packet: its files are closed, the sender has room. */
void queue_drop(struct queue *q);
/* When a call that may block gives up; 0: it may not. */
long long until_make(const struct file *f, int flags, long long limit);
/* Sleep.  0: look again. */
long wait_on(const void *chan, long long until);
long sock_read(struct file *f, void *buf, size_t n);
long sock_write(struct file *f, const void *buf, size_t n);

#endif
