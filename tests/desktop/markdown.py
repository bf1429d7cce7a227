"""markdown.py: what desktop-table has found, as the tables of
cli/windows/PROGRAMS.md.

The signs are explained there; capital letters are faults, and then the exit status
is 1.  A ? is a program that could not be tried.
"""
import os

from screen import SCREENS

SIGNS = {"ok": "o", "raised": "r", "each": "d", "new": "n", "again": "a",
         "asks": "q", "itself": "x", "-": "", "no entry": "", "LOST": "L", "TWO": "T",
         "HUNG": "H", "WRONG": "W", "BEHIND": "B", "FLASH": "F",
         "NEW": "N"}
FAULTS = set("LTHWBFN?")
HEADS = {"prefix": "b", "menu": "me", "rule": "ru", "terminal": "te",
         "same": "s", "none": "n", "at once": "2", "closed": "cl",
         "crashed": "cr", "tray": "tr", "-d": "-d", "unsaved": "un"}
WIDTHS = [14, 1] + [2] * len(HEADS) + [4, 4]


def read(folder, on):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".%s.tsv" % on):
            with open(os.path.join(folder, name), encoding="utf-8") as got:
                yield got.readline().rstrip("\n").split("\t")


def line(cells):
    return "  ".join(c.ljust(w) for c, w in zip(cells, WIDTHS)).rstrip()


def table(lines, situations):
    """True if each word has a sign."""
    print("```")
    print(line(["program", ""] + list(HEADS.values()) + ["own", "ours"]))
    good, odd = True, []
    for name, own, *words in lines:
        if len(words) != len(situations) + 2:
            odd.append("%s: %s" % (name, " ".join(words)))
            continue
        got = dict(zip(situations, words))
        good = good and all(SIGNS.get(w, "?") not in FAULTS
                            for w in got.values())
        times = words[-2:] if own == "yes" else ["", ""]
        print(line([name, "*" if own == "yes" else ""] +
                   [SIGNS.get(got[h], "?") for h in HEADS] +
                   [t if t != "0.00" else "" for t in times]))
    print("```")
    for text in odd:
        print("\n" + text)
    return good and not odd


def show(folder, situations):
    good = True
    for on in ("x11", "sway", "kwin"):
        lines = list(read(folder, on))
        if lines:
            print("\n## %s\n" % SCREENS[on].name)
            good = table(lines, situations) and good
    return 0 if good else 1
