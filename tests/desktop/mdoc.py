"""mdoc.py: what desktop-table has found, as tables of onlyone-desktop(7).

Where a word has no sign here, something went wrong that belongs into no manual: it is
printed as it is, and the exit status is 1.
"""
import os

SIGNS = {"ok": "o", "raised": "r", "each": "d", "new": "n", "again": "a",
         "asks": "q", "itself": "x", "-": "", "no entry": "", "LOST": "L", "TWO": "T",
         "HUNG": "H", "WRONG": "W", "BEHIND": "B", "FLASH": "F",
         "NEW": "N"}
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
        good = good and all(w in SIGNS for w in got.values())
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
            print('.\\" ' + on)
            good = table(lines, situations) and good
    return 0 if good else 1
