/*
 * contract.h: what the command and the library agree on.
 *
 * The command (onlyone) and the shim (libonlyone.so, preloaded into programs)
 * never call each other; they share names: of environment variables, files in a
 * slot's folder and LD_PRELOAD entries.  These and the exit codes are defined
 * here and nowhere else.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#define ONLYONE_VERSION "0.1"

/* The environment of an instance and of its handlers: the slot's folder and the
 * run (the environment mark), application, key; ENV_PID, for handlers only: its
 * pid.  The run is the instance's start time, from its record: it tells the
 * instance from earlier and later ones in the slot. */
#define ENV_SLOT "ONLYONE_SLOT"
#define ENV_RUN "ONLYONE_RUN"
#define ENV_APP "ONLYONE_APP"
#define ENV_KEY "ONLYONE_KEY"
#define ENV_PID "ONLYONE_PID"

/* For the shim, which removes it: 2 * FD, plus 1 if copies of the program must
 * not keep the lock of --lock-file.  FD is the descriptor of the socket that
 * carries the lock file (parcel.h), or of the file if there is no socket. */
#define ENV_LOCK "ONLYONE_LOCK"

/* For the shim, which removes it: the pid of a process that the command has
 * just turned into its program.  The shim applies no rule to it again. */
#define ENV_PASS "ONLYONE_PASS"

/* COUNT:SINCE of launches whose command is itself a launch (nested.c). */
#define ENV_AGAIN "ONLYONE_AGAIN"

/* Variables that the user sets. */
#define ENV_DIR "ONLYONE_DIR"
#define ENV_DISABLE "ONLYONE_DISABLE"
#define ENV_ENFORCE "ONLYONE_ENFORCE" /* NAME:... programs with an empty rule */

/* The folders of rules, below HOME and of the system.  The name of a rule's
 * file is the name of the program. */
#define SETTINGS_USER "/.config/onlyone"
#define SETTINGS_BELOW "/onlyone" /* below the system's /etc */
#define HANDOVER_USER SETTINGS_USER "/handover"
#define HANDOVER_BELOW SETTINGS_BELOW "/handover"
#define RULES_USER "/.config/onlyone/rules/"
#define RULES_BELOW "/onlyone/rules/" /* below the system's /etc */

/* The shim executes "onlyone ENFORCED FILE ARGV..." for a program that has a
 * rule; FILE is the path that was passed to execve. */
#define ENFORCED "--enforced"

/*
 * The files of a slot's folder.  FILE_PID is a pidfile: the owner's pid in
 * decimal, newline; flock(2) on it is the claim.  FILE_MAPPING is a new inode
 * for each owner: the inode number of the owner's pid namespace in decimal
 * ("0": unknown), newline; the owner's shim maps it and read-locks its byte 0.
 * FILE_HAND is made by the program, for handlers that reach it by a file.
 * FILE_SKIPS counts launches (cli/core/slot/skips.h).  FILE_GATHERS: it has
 * other documents, too (cli/core/slot/gathers.h).  FILE_WAITS: what it waits
 * for before its program begins (cli/core/slot/waits.h).
 */
#define FILE_PID "pid"
#define FILE_SOCK "sock"
#define FILE_INFO "info"
#define FILE_MAPPING "mapping"
#define FILE_HAND "hand"
#define FILE_SKIPS "skipped"
#define FILE_GATHERS "gathers"
#define FILE_WAITS "waits"

/*
 * onlyone adds the shim to LD_PRELOAD as DIR/./libonlyone.so.  The "/./" marks
 * the entry as ours: it is for one exec, and the shim removes it.  An entry
 * DIR/libonlyone.so is the user's, and stays.
 */
#define SHIM_NAME "libonlyone.so"
#define SHIM_MARK "/./" SHIM_NAME

/*
 * On x86-64 there may be a second shim for 32-bit programs, in DIR/i386.  A
 * session has programs of both kinds: its entry is DIR/$LIB/libonlyone.so.
 * Each loader replaces $LIB by its own value (ld.so(8)), where a link leads to
 * its shim.  If $LIB becomes empty, DIR//libonlyone.so is the 64-bit shim.
 */
#define I386_DIR "i386"
#define SHIM_I386 I386_DIR "/" SHIM_NAME
#define LIB_DIR "$LIB"
#define SHIM_LIB LIB_DIR "/" SHIM_NAME

/*
 * The window library, for Wayland clients: it asks the compositor to raise the
 * program's window.  The entry CARRIER_MARK, DIR/././libonlyone.so, loads the
 * shim only to pass the window library on through exec: in children of the
 * instance, and in a program that is not followed through exec.
 */
#define WINDOW_NAME "libonlyone-window.so"
#define WINDOW_MARK "/./" WINDOW_NAME
#define CARRIER_MARK "/." SHIM_MARK

/* Exit codes of our own, sysexits(3) where they fit. */
enum {
	EXIT_NONE = 3,       /* onlyonectl: no such instance */
	EXIT_USAGE = 64,     /* bad command line */
	EXIT_KEY = 65,       /* the key cannot be computed, or is too long */
	EXIT_NOANSWER = 69,  /* no answer, or no handler for the arguments */
	EXIT_SYSTEM = 71,    /* a system call failed */
	EXIT_STATE = 73,     /* the state root cannot be used */
	EXIT_BUSY = 75,      /* already running, or timed out */
	EXIT_LOST = 76,      /* handler result unknown */
	EXIT_DENIED = 77,    /* not permitted */
	EXIT_CANTEXEC = 126, /* COMMAND cannot be executed */
	EXIT_NOTFOUND = 127  /* COMMAND is not found */
};

/* Separates the parts of a key of several parts in ENV_KEY. */
#define KEY_SEPARATOR '\x1f'

/* Longest name or key that is shown in full, in bytes; longer: sha256:HEX. */
#define NAME_SHOWN 4096

#endif
