/*
 * shell_line_test.c: what a shell has left to do after onlyonectl hold.
 *
 * HOLD stands for `onlyonectl hold job`.
 */
#include <stdio.h>
#include <string.h>

#include "cli/core/ctl/shell_line.h"
#include "tests/unit/tap.h"

static const char *const ends[] = {
    "HOLD", " HOLD ; ", "HOLD\n", "-- HOLD", "HOLD --skip 2>/dev/null",
    "HOLD >>log 2>&1", "HOLD &>log", "HOLD 2>&1 | logger -t job",
    "HOLD || exit", "HOLD || exit 1;", "HOLD && exit 0; work",
    "HOLD && echo ok", "HOLD; echo $?", "HOLD; exit $?", "HOLD\nexit $?",
    "HOLD || logger busy", "HOLD || { logger busy; exit 1; }",
    "HOLD || (logger busy; exit 1)", "HOLD || exit && true",
    "HOLD && true || work", "HOLD; exit $?; work", "HOLD # ; work",
    "cd /srv && HOLD", "cd /srv; work; HOLD", "work & HOLD", "(HOLD)",
    "{ HOLD; } 2>&1", "( HOLD || exit 75 ) <x", "X=1 HOLD",
    "exec 2>&1; HOLD", "HOLD one; HOLD two", "timeout 9 HOLD || exit",
    "\"$BIN/onlyonectl\" hold \"$job\" || exit", "x=$(HOLD); echo \"$x\"",
    "if HOLD; then echo ok; else work; fi", "if ! HOLD; then work; fi",
    "if ! HOLD; then exit 1; fi", "until HOLD; do sleep 1; done",
    "while ! HOLD; do sleep 1; done", "while :; do HOLD && break; work; done",
    "HOLD; rc=$?; [ $rc = 0 ] || exit 1", "[ -e x ] || exit 0; HOLD",
    "case $1 in a) HOLD ;; b) work ;; esac", "case a in (a) HOLD; esac",
    "if [ -e x ]; then HOLD; else work; fi", "g() { HOLD || exit; }; g",
    "function g { HOLD; }\ng", "HOLD; or exit", "HOLD; and echo ok",
    "onlyonectl count job; HOLD", "onlyonectl release job",
    "HOLD; onlyonectl release job",
    "echo onlyonectl hold; HOLD", "[[ -e x && -e y ]] && HOLD",
    "HOLD <<X\nwork\nX\n", "HOLD <<-'X' && echo\n\twork\n\tX\n",
    "HOLD 'a;b' \"c\\\";$(d;e)\" `f;g` ${h:-;i} \\;", "sh -c 'HOLD; work'",
    "H\\\nOLD \\\n --skip", "\"$0\" \"$@\"", "$HOLD", "python3 job.py",
    "true; for i in a b; do HOLD $i; done", "HOLD &",
};

static const char *const goes_on[] = {
    "HOLD; work", "HOLD || exit 0; work", "HOLD && work", "HOLD\nwork",
    "HOLD --skip || exit 0; cd /srv && exec work >>log 2>&1",
    "HOLD || exit 0; exec work", "HOLD && echo ok && work",
    "HOLD || { echo busy; exit 0; }; work", "HOLD; a | b",
    "HOLD && (work)", "HOLD && { work; }", "( HOLD || exit; work )",
    "{ HOLD || exit; work; } 2>&1 | logger", "HOLD || exit && work",
    "if HOLD; then work; fi", "if ! HOLD; then exit; fi; work",
    "if ! HOLD; then exit; else work; fi", "until HOLD; do :; done; work",
    "while ! HOLD; do sleep 1; done\nwork", "HOLD; [ -e x ] && exit; work",
    "while :; do HOLD && break; sleep 1; done; work",
    "HOLD || exit; for i in *; do work $i; done", "HOLD; work &",
    "HOLD || exit; work; onlyonectl release job", "HOLD; X=1 work",
    "HOLD; case $1 in a) work ;; esac", "case $1 in a) HOLD; work ;; esac",
    "g() { HOLD || exit; }; g; work", "function g { HOLD; }; g; work",
    "g() { HOLD || exit; work; }; g", "HOLD; or exit; work",
    "HOLD | cat; work", "HOLD; rc=$?; [ $rc = 0 ] || exit 1; work",
    "HOLD <<X || exit\nX\nwork", "x=$(HOLD) || exit; work", ". ./guard; work",
    ". ./guard; work; onlyonectl release job",
    "source guard", "HOLD && onlyonectl listen job", "timeout 9 HOLD; work",
    "cd /srv\nsh -c 'HOLD || exit'\nwork", "HOLD; echo a#b; work",
    "command onlyonectl hold job; command work", "HOLD || work; work",
    "HOLD; [[ -e x ]] && work", "HOLD; if test -e x; then work; fi",
};

static const char *const unclear[] = {
    "eval \"$x\"", "eval \"$x\"; work", "a; b", "\"$@\"; work",
    "if not HOLD; exit; end", "g; work", "HOLD )", "", "cd /srv && ./job",
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
		ok(got == want, "%d: %zu", (int)want, i);
		if (got != want)
			printf("# %d: %s\n", (int)got, in[i]);
	}
}

int
main(void)
{
	static char deep[1 << 16];

	all(ends, sizeof(ends) / sizeof(*ends), LINE_ENDS);
	all(goes_on, sizeof(goes_on) / sizeof(*goes_on), LINE_GOES_ON);
	all(unclear, sizeof(unclear) / sizeof(*unclear), LINE_UNCLEAR);
	memset(deep, '(', sizeof(deep) - 1);
	ok(shell_line_after(deep) == LINE_UNCLEAR, "a line that is too deep");
	/* Whatever is cut off is read to its end, and no further. */
	for (size_t i = 0; i < sizeof(goes_on) / sizeof(*goes_on); i++)
		for (size_t n = strlen(goes_on[i]); n; n--) {
			char *part = strndup(goes_on[i], n);

			shell_line_after(part);
			free(part);
		}
	return tap_end();
}
