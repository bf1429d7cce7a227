#!/usr/bin/python3
"""history.py BOOK...: reads what observers and launches have recorded, and says whether
it is as it has to be; else a line for each fault, and it exits with 1.

A BOOK is the observer's (guests/observer.c), of one key, which is what comes after its
last dot.  Beside it may be, each without that key,

    .launches  how each launch ended (wanting.py); each has a word of its own
    .fenced    KEY TOKEN: what the store let through, in its order
    .excused   FROM TO HOST: a time (CLOCK_BOOTTIME) in which that host was stopped as a
               whole ("-": in which the store may have ended any lease), so that two may
               have run until a moment after it (onlyone-cluster(1), LIMITS)

What must hold:

    TWO    an instance begins when no process of another one is left, and the one before
           has given its last sign of life; unless that one is excused
    TOKEN  instances that begin later have larger tokens
    AGAIN  one launch begins at most one instance
    LATE   what the store lets through is of an instance, and never of an older one than
           something that it has let through before; of each key there is something
    LOST   a launch that exits with 0 has run it to its end, unless it was told to do
           without (--skip) or to report another one (--join)
    WRONG  a launch that says that another has it (75), or that the store does not answer
           (69), has not run it; and there are no other failures than those, the loss of
           the lease (76), and signals: there is enough of all (71) on this machine
"""
import collections
import os
import sys

Run = collections.namedtuple("Run", "began last state host pid token word")
# The moment in seconds: until the next renewal, at most (wanting.py, LEASE).
AFTER = 2 * int(os.environ.get("ONLYONE_TEST_SLOW", "1"))

faults, counts = [], collections.Counter()


def lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line.split() for line in file if line.strip()]


def excuse(one, run, excused):
    """Why something of one, which began before, may be left when run begins; or None."""
    for begun, to, host in excused:
        until = to + AFTER
        # The lease of one that waited is as old as its place in line.
        left = host in ("-", one.host) and \
            one.began <= (until if host == "-" else to) and \
            begun <= run.began <= until and not (
                one.state == "ended" and one.last < begun)
        # One that had taken the key, and had not begun yet, when its host was stopped.
        late = host == run.host and begun <= run.began <= until and run.last <= until
        if left and one.last <= until or late:
            return "after a store's trouble" if host == "-" else "after a host's pause"
    return None


def two_at_once(key, runs, excused):
    """Of a "MET" there is a second line."""
    before = []
    for run in runs:
        rivals = [one for one in before if one.last > run.began]
        if run.state in ("TWO", "MET") or rivals:
            why = next(filter(None, (
                excuse(one, run, excused) for one in rivals or before)), None)
            if why:
                counts["two " + why] += 1
            else:
                faults.append("TWO %s: %s began at %.6f beside %s; before: %s" % (
                    key, run.word, run.began,
                    " ".join(one.word for one in rivals) or "processes",
                    ", ".join("%s %.6f to %.6f (%s)" % (
                        one.word, one.began, one.last, one.state)
                        for one in before[-3:])))
                counts["overlaps"] += 1
        if run.state != "MET":
            before.append(run)
    return before


def tokens_grow(key, runs, excused):
    known = [run for run in runs if run.token != "-"]
    for one, run in zip(known, known[1:]):
        if int(run.token) <= int(one.token) and excuse(one, run, excused) is None:
            faults.append("TOKEN %s: %s has %s, and %s after it %s" % (
                key, one.word, one.token, run.word, run.token))


def fence_holds(book, runs_of):
    largest = collections.Counter()
    for key, token in lines(book + ".fenced"):
        counts["writes"] += 1
        if token not in [run.token for run in runs_of.get(key, [])]:
            faults.append("LATE %s: a write of %s, which did not run" % (key, token))
        if int(token) < largest[key]:
            faults.append("LATE %s: %s wrote after %d" % (key, token, largest[key]))
        largest[key] = max(largest[key], int(token))
    for key in set(runs_of) - set(largest) if largest else ():
        faults.append("LATE %s: nothing was written" % key)


def launches_right(book, runs_of):
    if not os.path.exists(book + ".launches"):
        return
    for key, runs in runs_of.items():
        for word, n in collections.Counter(run.word for run in runs).items():
            if n > 1:
                faults.append("AGAIN %s: %s began %d times" % (key, word, n))
        if any(run.token == "-" for run in runs):
            faults.append("TOKEN %s: one has none" % key)
    for _, _, key, word, policy, status in lines(book + ".launches"):
        counts["launches"] += 1
        counts["status " + status] += 1
        ran = [run.state for run in runs_of.get(key, []) if run.word == word]
        if status == "0" and ran != ["ended"] and (
                ran or policy not in ("--skip", "--join")):
            faults.append("LOST %s: %s (%s)" % (key, word, policy))
        if status in ("69", "75") and ran or \
                0 < int(status) < 129 and status not in ("69", "75", "76"):
            faults.append("WRONG %s: %s (%s) exited with %s" % (key, word, policy, status))


def main(books):
    runs_of, base = {}, ""
    for book in books:
        base, _, key = book.rpartition(".")
        excused = [(float(begun), float(to), host)
                   for begun, to, host in lines(base + ".excused")]
        runs = sorted(Run(float(began), float(last), *rest)
                      for began, last, *rest in lines(book))
        runs_of[key] = two_at_once(key, runs, excused)
        tokens_grow(key, runs_of[key], excused)
        counts["instances"] += len(runs_of[key])
    fence_holds(base, runs_of)
    launches_right(base, runs_of)
    said = ["%d instances, %d overlaps" % (counts.pop("instances"), counts.pop("overlaps", 0))]
    said += ["%s: %d" % count for count in sorted(counts.items())]
    print(", ".join(said))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(bool(faults))


main(sys.argv[1:])
