#!/usr/bin/env python3
"""Fails when a deviation from the paper is marked without a record, or recorded without a mark.

    deviations.py ROOT

A record in docs/adr deviates when it has a line "Deviates from the paper: ...". Where it acts, the code says
"// DEVIATION: adr-NNN, reason".
"""
import pathlib
import re
import sys

FOLDERS = ["libs", "apps", "bench"]
SUFFIXES = {".h", ".cpp"}
WORD = re.compile(r"//.*\bDEVIATION\b")
MARKER = re.compile(r"// DEVIATION: adr-(\d{3}), \S")
RECORD = re.compile(r"^Deviates from the paper: \S", re.MULTILINE)


def records(root):
    """Number of each record -> whether it deviates from the paper."""
    found = {}
    for path in sorted((root / "docs" / "adr").glob("[0-9][0-9][0-9]-*.md")):
        found[path.name[:3]] = bool(RECORD.search(path.read_text(encoding="utf-8")))
    return found


def markers(root):
    """(place, number or None) of every line of code that speaks of a deviation."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if WORD.search(line):
                    found = MARKER.search(line)
                    yield f"{path.relative_to(root)}:{number}", found.group(1) if found else None


def failures(known, marked):
    for place, number in marked:
        if number is None:
            yield f"{place}: expected '// DEVIATION: adr-NNN, reason'"
        elif number not in known:
            yield f"{place}: docs/adr has no record {number}"
        elif not known[number]:
            yield f"{place}: record {number} has no line 'Deviates from the paper: ...'"
    used = {number for _, number in marked}
    for number, deviates in known.items():
        if deviates and number not in used:
            yield f"docs/adr/{number}: deviates from the paper, but no '// DEVIATION: adr-{number}, ...' says where"


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0])
    known = records(root)
    marked = list(markers(root))
    found = list(failures(known, marked))
    for failure in found:
        print(failure)
    print(f"deviations: {sum(known.values())} records, {len(marked)} markers, {len(found)} failures")
    return 1 if found or not marked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
