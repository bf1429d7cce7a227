/*
 * contract.h: what the command and the library agree on.
 *
 * The launcher and the shim never call each other: they meet in names only.
 * Names of variables, of the files of a slot folder and of the injected
 * LD_PRELOAD entry, and the exit codes, stand here and nowhere else.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#define ONLYONE_VERSION "0.1"

/* Environment of an instance; ENV_PID is for its handlers only. */
#define ENV_SLOT "ONLYONE_SLOT"
#define ENV_APP "ONLYONE_APP"
#define ENV_KEY "ONLYONE_KEY"
#define ENV_PID "ONLYONE_PID"

/* Of an instance that is one in its cluster: a number that grows with each
 * holder, and the key as the store has it. */
#define ENV_TOKEN "ONLYONE_TOKEN"
#define ENV_STORED "ONLYONE_CLUSTER_KEY"

/* For the shim alone: the descriptor of --lock-file, or of the socket in which
 * that lies (parcel.h); twice that, and 1 more where nobody is to inherit. */
#define ENV_LOCK "ONLYONE_LOCK"

/* For the shim alone: the process of this pid, and no other, is not to be
 * enforced again, since the command has just made it what it is. */
#define ENV_PASS "ONLYONE_PASS"

/* How often a launch has executed its command in place of itself (again.c). */
#define ENV_AGAIN "ONLYONE_AGAIN"

/* Environment that steers us. */
#define ENV_DIR "ONLYONE_DIR"
#define ENV_CLUSTER "ONLYONE_CLUSTER" /* the cluster's URL */
#define ENV_DISABLE "ONLYONE_DISABLE"
#define ENV_ENFORCE "ONLYONE_ENFORCE" /* NAME:... have a rule, without a file */

/* Where rules lie, below HOME and in the system; a file is named as the
 * program. */
#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#define RULES_USER "/.config/onlyone/rules/"
#define RULES_SYSTEM SYSCONFDIR "/onlyone/rules/"

/* The shim calls the command: onlyone ENFORCED FILE ARGV..., FILE being what
 * the kernel was told to execute. */
#define ENFORCED "--enforced"

/*
 * Files of a slot folder.  FILE_PID is a plain pidfile: decimal, newline;
 * flock(2) on it is the claim.  FILE_IMAGE is a new inode for each owner; it
 * holds the inode number of the owner's pid namespace, decimal, newline
 * ("0\n": not known), and the owner's shim keeps a read lock on its byte 0.
 * FILE_HAND is the program's: by it documents are handed over (handover.h).
 */
#define FILE_PID "pid"
#define FILE_SOCK "sock"
#define FILE_INFO "info"
#define FILE_IMAGE "image"
#define FILE_HAND "hand"

/*
 * The shim is injected under a spelling of its own, DIR/./libonlyone.so:
 * whoever meets it knows that we put it there, for one exec.  An entry
 * spelled plainly is the user's and stays.
 */
#define SHIM_NAME "libonlyone.so"
#define SHIM_MARK "/./" SHIM_NAME

/*
 * On x86-64 there may be a second one, for programs of 32 bits, in a folder
 * of its own.  For a session, whose programs are of both kinds, there are links
 * to each by what the loader for it makes of $LIB (ld.so(8)); and wherever that
 * is made nothing of, DIR//libonlyone.so is the first.
 */
#define I386_DIR "i386"
#define SHIM_I386 I386_DIR "/" SHIM_NAME
#define LIB_DIR "$LIB"
#define SHIM_LIB LIB_DIR "/" SHIM_NAME

/*
 * Beside it, for a Wayland client whose windows may be raised: the library
 * that asks for its window.  In what the instance starts, and in it where it
 * is not followed, the shim is there only to pass that on, and spelled so.
 */
#define WINDOW_NAME "libonlyone-window.so"
#define WINDOW_MARK "/./" WINDOW_NAME
#define CARRIER_MARK "/." SHIM_MARK

/* Exit codes of our own, sysexits(3) where they fit. */
enum {
	EXIT_NONE = 3,       /* no such instance (onlyonectl) */
	EXIT_USAGE = 64,     /* bad command line */
	EXIT_KEY = 65,       /* no key, and --strict-key */
	EXIT_NOANSWER = 69,  /* nobody answered, or nobody took it */
	EXIT_SYSTEM = 71,    /* the system refused something */
	EXIT_STATE = 73,     /* the state folder cannot be used */
	EXIT_BUSY = 75,      /* already running, or timed out */
	EXIT_LOST = 76,      /* a handler had it, its end is unknown */
	EXIT_DENIED = 77,    /* not permitted */
	EXIT_CANTEXEC = 126, /* found, but cannot be executed */
	EXIT_NOTFOUND = 127  /* no such command */
};

/* Between the parts of a tuple in ENV_KEY. */
#define KEY_SEPARATOR '\x1f'

/* Longest application name and key shown as they are; longer: sha256:HEX. */
#define NAME_SHOWN 4096

#endif
