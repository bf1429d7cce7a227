"""mdoc.py: what desktop-table has found, as tables of onlyone-desktop(7).

The signs are explained there; capital letters are faults, and then the exit status
is 1.  A ? is a program that could not be tried.
"""
import os

from screen import SCREENS

SIGNS = {"ok": "o", "raised": "r", "each": "d", "new": "n", "again": "a",
         "asks": "q", "itself": "x", "-": "", "no entry": "", "LOST": "L", "TWO": "T",
         "HUNG": "H", "WRONG": "W", "BEHIND": "B", "FLASH": "F",
         "NEW": "N"}
FAULTS = "LTHWBFN?"
HEADS = {"prefix": "b", "menu": "me", "rule": "ru", "terminal": "te",
         "same": "s", "none": "n", "at once": "2", "closed": "cl",
         "crashed": "cr", "tray": "tr", "-d": "-d", "unsaved": "un"}


def read(folder, on):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".%s.tsv" % on):
            with open(os.path.join(folder, name), encoding="utf-8") as got:
                yield got.readline().rstrip("\n").split("\t")


def table(lines, situations):
    """True if each word has a sign."""
    print('.Bl -column "subtitleeditor" "yes" %s "0.00" "0.00"' % " ".join(
        '"%s"' % HEADS[h] for h in HEADS))
    print(".It Sy program Ta \\& Ta " + " Ta ".join(
        "Sy " + HEADS[h].replace("-", r"\-") for h in HEADS) +
        " Ta Sy own Ta Sy ours")
    good = True
    for name, own, *words in lines:
        if len(words) != len(situations) + 2:
            print('.\\" %s: %s' % (name, " ".join(words)))
            good = False
            continue
        got = dict(zip(situations, words))
        good = good and all(SIGNS.get(w, "?") not in FAULTS
                            for w in got.values())
        times = words[-2:] if own == "yes" else ["", ""]
        print(".It " + " Ta ".join(
            [name.replace("-", r"\-"), "*" if own == "yes" else r"\&"] +
            [SIGNS.get(got[h], "?") or r"\&" for h in HEADS] +
            [t if t not in ("", "0.00") else r"\&" for t in times]))
    print(".El")
    return good


def show(folder, situations):
    good = True
    for on in ("x11", "sway", "kwin"):
        lines = list(read(folder, on))
        if lines:
            print(".Pp\n%s:" % SCREENS[on].name)
            good = table(lines, situations) and good
    return 0 if good else 1
