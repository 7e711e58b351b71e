#!/usr/bin/env python3
"""Fails when a file includes a header of a layer above its own, when a room of a layer includes one that it may not enter,
or when a layer of the preset `minimal` includes a library that a bare training machine does not have.

    layering.py ROOT        ROOT holds libs/<layer>/ and apps/
"""
import pathlib
import re
import sys

# Bottom to top; layers of one row do not see each other.
ROWS = [
    ["core"],
    ["nn"],
    ["data"],
    ["metrics"],
    ["explain"],
    ["train"],
    ["engine"],
    ["imaging"],
    ["pipeline"],
    ["study"],
    ["report"],
    ["http", "dicom"],
    ["app"],
]
RANK = {layer: rank for rank, row in enumerate(ROWS) for layer in row}

# The services take their work as injected handlers (docs/adr/002).
HIDDEN = {("http", "pipeline"), ("dicom", "pipeline")}

# Rooms: the folders below a layer's src/ (and the program's commands/), each with the rooms that it may enter. Files beside
# them are the layer's doors and may enter all; no room sees a door. One line each in the layer's design page.
ROOMS = {
    "libs/imaging/src": {
        "bounds": [],
        "grey": ["bounds"],
        "codec": ["bounds", "grey"],
        "dicom": ["bounds", "grey", "dicom/codec"],
        "dicom/codec": ["bounds"],
        "input": ["bounds"],
        "picture": ["bounds"],
        "phantom": [],
    },
    "libs/study/src": {
        "run": [],
        "stages": ["run"],
        "figures": ["run", "stages"],
        "plan": ["run", "stages", "figures"],
        "document": [],
    },
    "libs/report/src": {
        "page": [],
        "case": ["page"],
        "evaluation": ["page"],
        "card": ["page"],
        "study": ["page", "evaluation"],
        "figures": ["page", "study"],
    },
    "apps/cxrnet/commands": {
        "diagnose": [],
        "data": [],
        "train": [],
        "measure": [],
        "ship": [],
        "shell": [],
    },
}
# The list of all commands is what each of them includes to join it.
OPEN_DOORS = {"commands/commands.h"}

MINIMAL = {"core", "nn", "data", "metrics", "explain", "train"}
NOT_MINIMAL = re.compile(r"^(opencv2?|dcmtk|gdcm|oneapi|onnx|spdlog|fmt|openssl|sqlite3|prometheus|httplib)[./\w-]*")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
PROJECT_HEADER = re.compile(r"^cxrnet/(\w+)/")
SUFFIXES = {".h", ".cpp", ".cu", ".inc"}


def violation(layer, header):
    """Why a file of `layer` may not include `header`, or None."""
    if ".." in pathlib.PurePosixPath(header).parts:
        return "leaves its folder; include by the path below include/"
    if layer in MINIMAL and NOT_MINIMAL.match(header):
        return "is not there in the preset `minimal`"
    match = PROJECT_HEADER.match(header)
    if match is None or match[1] == layer:
        return None
    other = match[1]
    if other not in RANK:
        return f"belongs to an unknown layer '{other}'"
    if (layer, other) in HIDDEN:
        return f"belongs to '{other}', which '{layer}' never sees"
    if RANK[other] >= RANK[layer]:
        return f"belongs to '{other}', which is not below '{layer}'"
    return None


def room_violation(path, header):
    """Why the file `path` (relative to the root) may not include the private `header`, or None."""
    for base, rooms in ROOMS.items():
        if not path.is_relative_to(base):
            continue
        room = path.relative_to(base).parent.as_posix()
        if room == ".":
            return None  # a door
        if room not in rooms:
            return f"is included by a room that {base} does not list, '{room}'"
        if header in OPEN_DOORS or header.startswith("cxrnet/"):
            return None
        name = pathlib.PurePosixPath(header)
        if base == "apps/cxrnet/commands":
            if not name.is_relative_to("commands"):
                return None  # the framework
            name = name.relative_to("commands")
        other = name.parent.as_posix()
        if other == ".":
            return f"is a door, which the room '{room}' does not see"
        if other != room and other not in rooms[room]:
            return f"belongs to the room '{other}', which '{room}' may not enter"
    return None


def source_files(root):
    """(layer, path) of every source file below libs/ and apps/."""
    for path in sorted(root.glob("libs/*/**/*")):
        if path.suffix in SUFFIXES:
            yield path.relative_to(root / "libs").parts[0], path
    for path in sorted(root.glob("apps/**/*")):
        if path.suffix in SUFFIXES:
            yield "app", path


def check(root):
    """All violations below `root`, as "file:line: why", and the number of files read."""
    found, files = [], 0
    for layer, path in source_files(root):
        files += 1
        name = path.relative_to(root)
        if layer not in RANK:
            found.append(f"{name}:1: folder libs/{layer} is not a layer of the design")
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            reason = violation(layer, match[1])
            if reason is None and match[0].rstrip().endswith('"'):
                reason = room_violation(name, match[1])
            if reason:
                line = text.count("\n", 0, match.start(1)) + 1
                found.append(f"{name}:{line}: {match[1]} {reason}")
    return found, files


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found, files = check(pathlib.Path(arguments[0]))
    for line in found:
        print(line)
    if files == 0:
        print("layering: expected source files below libs/ and apps/, got none")
        return 1
    print(f"layering: {files} files, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
