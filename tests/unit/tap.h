/*
 * tap.h: the Test Anything Protocol, as far as unit tests need it, and what
 * several parts of them share.
 *
 * A program is a list of parts (plain_test.c, rights_test.c).  Each makes its
 * claims with ok() and is(); the plan comes at the end.
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define FAILS(call, e) (errno = 0, (call) < 0 && errno == (e))

struct part {
	const char *name;
	void (*run)(void);
};

/* Those of the program, the last one without a name. */
extern const struct part tap_parts[];

void aside_part(void), elf_part(void), entry_part(void), fate_part(void);
void fields_part(void);
void frame_part(void);
void identity_part(void), info_part(void), look_part(void), mapping_part(void);
void number_part(void), owner_part(void), path_part(void), reader_part(void);
void root_part(void), sentence_part(void), shell_line_part(void);
void slot_part(void);
void template_part(void), text_part(void), way_part(void), words_part(void);

/* One claim; the name is a printf format, without '#'. */
__attribute__((format(printf, 2, 3))) bool ok(bool held, const char *name, ...);

/* Claim that two strings are the same; if not, print what was got. */
__attribute__((format(printf, 3, 4))) bool is(
    const char *got, const char *want, const char *name, ...);

/* What is no claim failed, as errno says. */
_Noreturn void bail(const char *what);

/* The part's own folder, its path; it is removed when the part is over.  It is
 * the working folder at first. */
const char *scratch(void);

/* The path of that name in it, until the fourth one asked for behind it. */
const char *at(const char *name);

/* A file of that name in it (or in the folder dir), instead of any other. */
void file_write(const char *name, const void *at, size_t n, mode_t mode);
void file_write_at(
    int dir, const char *name, const void *at, size_t n, mode_t mode);

/* What children do; not for ever, should this program end early. */
_Noreturn void wait_killed(void);

/* A child that does that, and its end. */
pid_t child_make(void);
void child_end(pid_t pid);

#endif
