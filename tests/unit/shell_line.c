/*
 * shell_line.c: what a shell has left to do after onlyonectl hold.
 *
 * HOLD stands for `onlyonectl hold job`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/core/ctl/ctl.h"
#include "tests/unit/tap.h"

static const char *const ends[] = {
    "HOLD", " HOLD ; ", "HOLD\n", "-- HOLD", "HOLD --skip 2>/dev/null",
    "HOLD >>log 2>&1", "HOLD &>log", "HOLD || exit", "HOLD || exit 1;",
    "HOLD && exit 0; work", "HOLD && echo ok", "HOLD; echo $?",
    "HOLD; exit $?", "HOLD ||\n exit 1\n", "HOLD || logger busy",
    "HOLD || exit && true", "HOLD && true || work", "cd /srv; work; HOLD",
    "work & HOLD", "X=1 HOLD", "exec 2>&1; HOLD", "HOLD one; HOLD two",
    "timeout 9 HOLD || exit", "\"$BIN/onlyonectl\" hold \"$job\" || exit",
    "[ -e x ] || exit 0; HOLD", "[[ -e x && -e y ]] && HOLD",
    ". ./env; HOLD", "onlyonectl count job; HOLD", "onlyonectl release job",
    "HOLD 'a;b' \"c\\\";d\" \\;", "sh -c 'HOLD; work'", "{ HOLD; }",
    "HOLD || { logger busy; exit 1; }", "HOLD || { work; } || work",
    "if HOLD; then echo ok; fi", "if [ -e x ]; then HOLD; fi",
    "if HOLD; then exit; fi; work", "{ HOLD && exit; }; work",
};

static const char *const goes_on[] = {
    "HOLD; work", "HOLD || exit 0; work", "HOLD && work", "HOLD\nwork",
    "HOLD --skip || exit 0; cd /srv && exec work >>log 2>&1",
    "HOLD && echo ok && work", "HOLD || exit && work",
    "HOLD || logger busy; work", "HOLD; X=1 work", "HOLD; work &",
    "HOLD && work >log.$(date +%F)", "HOLD; work | cat", "HOLD; echo a#b; work",
    "HOLD || exit; work; onlyonectl release job", "timeout 9 HOLD; work",
    "cd /srv\nsh -c 'HOLD || exit'\nwork", "HOLD && onlyonectl listen job",
    "HOLD || work; work", "HOLD 'a b' || exit; . ./work",
    "HOLD || { logger busy; exit 1; }; work", "{ HOLD; work; }",
    "HOLD || { echo busy | logger; exit; } >&2\nwork",
    "{ HOLD || { exit; }; }; work", "HOLD || { exit; } && { work; }",
    "if HOLD; then work; fi", "if HOLD\nthen\n\twork\nelse exit\nfi",
    "if HOLD >&2; then :; fi; work", "if [ -e x ]; then HOLD; fi; work",
};

static const char *const unclear[] = {
    "", "work", "cd /srv && ./job", "$HOLD", "$HOLD || exit; work",
    "eval \"HOLD && work\"", ". ./guard; work", "{ HOLD; } & work",
    "! HOLD || work", "(HOLD || exit; work)", "work | { echo; HOLD; }; work",
    "if HOLD; then :; else work; fi", "HOLD || if work; then exit; fi; work",
    "if ! HOLD; then exit; fi; work", "if HOLD; then :; fi | work",
    "HOLD || { { exit; }; exit; }; work", "HOLD || (exit); work",
    "x=$(HOLD); echo \"$x\"",
    "HOLD | logger", "work | HOLD", "work |& HOLD", "HOLD &", "HOLD & work",
    "HOLD # ; work", "HOLD <<X\nwork\nX\n", "HOLD; rc=$?; [ $rc = 0 ]; work",
    "HOLD; for i in a b; do work $i; done", "HOLD \"$(hostname)\"; work",
    "HOLD; or exit; work", "HOLD 'x; work", "g() { HOLD; }; g; work",
    "until HOLD; do sleep 1; done; work", "echo `HOLD`; work",
};

static void
all(const char *const *in, size_t n, enum shell_line want)
{
	char text[256], *out;
	enum shell_line got;

	for (size_t i = 0; i < n; i++) {
		out = text;
		for (const char *s = in[i]; *s; s++)
			if (!strncmp(s, "HOLD", 4) && (s == in[i] ||
			    s[-1] != '$')) {
				out = stpcpy(out, "onlyonectl hold job");
				s += 3;
			} else {
				*out++ = *s;
			}
		*out = '\0';
		got = shell_line_after(text);
		ok(got == want, "%d of line %zu", (int)want, i);
	}
}

void
shell_line_part(void)
{
	all(ends, COUNT(ends), LINE_ENDS);
	all(goes_on, COUNT(goes_on), LINE_GOES_ON);
	all(unclear, COUNT(unclear), LINE_UNCLEAR);
	/* Whatever is cut off is read to its end, and no further. */
	for (size_t i = 0; i < COUNT(goes_on); i++)
		for (size_t n = strlen(goes_on[i]); n; n--) {
			char *part = strndup(goes_on[i], n);

			shell_line_after(part);
			free(part);
		}
}
