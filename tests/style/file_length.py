#!/usr/bin/env python3
"""Fails when a source file is longer than the style allows.

    file_length.py ROOT [MAXIMUM=400]
"""
import pathlib
import sys

FOLDERS = ["libs", "apps", "bench", "fuzz", "tests", "tools", "scripts", "cmake"]
SUFFIXES = {".h", ".cpp", ".cu", ".py", ".cmake", ".txt", ".js", ".css", ""}


def is_golden(path):
    """Committed outputs of other programs lie in test/data; nobody keeps them short."""
    return "test/data/" in path.as_posix()


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0])
    maximum = int(arguments[1]) if len(arguments) == 2 else 400
    paths = [path for folder in FOLDERS for path in sorted((root / folder).glob("**/*"))]
    files = [path for path in paths if path.is_file() and path.suffix in SUFFIXES and not is_golden(path)]
    too_long = 0
    for path in files:
        lines = path.read_bytes().count(b"\n")
        if lines > maximum:
            too_long += 1
            print(f"{path.relative_to(root)}: expected at most {maximum} lines, got {lines}; split it by subject")
    print(f"file length: {len(files)} files, {too_long} too long")
    return 1 if too_long or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
