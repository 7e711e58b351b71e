#!/usr/bin/env python3
"""Fails when a page of documentation shows a command, an option, code or a file that does not exist.

    readme_test.py PROGRAM PAGE...      a folder stands for the .md files below it

In fenced blocks marked sh, every line must start with a script of this repository, a verb of PROGRAM with options that its
--help knows, or a plain tool; cpp and cmake blocks must stand, line by line, in tests/consumer, which is compiled and run.
Relative links must lead to a file.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAIN_TOOLS = {"git", "cd", "cmake", "ctest", "python3", "curl", "docker"}
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def commands(block):
    """The commands of a shell block: continued lines joined, prompts and comments dropped."""
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        while words and re.match(r"^\w+=", words[0]):
            words.pop(0)
        if words:
            yield words


def check_program(program, words):
    verb = [word for word in words[1:3] if not word.startswith("-")][:1]
    result = subprocess.run([program, *verb, "--help"], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield f"`cxrnet {' '.join(verb)}` is not a verb"
        return
    known = set(re.findall(r"--[a-z][\w-]*", result.stdout))
    for word in words[1:]:
        option = word.split("=")[0]
        if option.startswith("--") and option not in known:
            yield f"`cxrnet {' '.join(verb)}` has no option {option}"


def check_command(program, words):
    name = words[0]
    if name == "cxrnet" or name.endswith("/cxrnet"):
        yield from check_program(program, words)
    elif name.removeprefix("./").startswith("scripts/"):
        if not os.access(ROOT / name, os.X_OK):
            yield f"{name} is not an executable script"
    elif name not in PLAIN_TOOLS:
        yield f"{name} is not a command that these pages may use"


def check_code(language, block):
    consumer = ROOT / "tests" / "consumer"
    file = consumer / ("consumer.cpp" if language == "cpp" else "CMakeLists.txt")
    lines = {line.strip() for line in file.read_text(encoding="utf-8").splitlines()}
    for line in block.splitlines():
        if line.strip() and line.strip() not in lines:
            yield f"{language} line is not in tests/consumer/{file.name}: {line.strip()}"


def check_page(program, page):
    text = page.read_text(encoding="utf-8")
    for language, block in BLOCK.findall(text):
        if language in {"sh", "bash", "console"}:
            for words in commands(block):
                yield from check_command(program, words)
        elif language in {"cpp", "cmake"}:
            yield from check_code(language, block)
    for target in LINK.findall(BLOCK.sub("", text)):
        if not re.match(r"^\w+:", target) and not (page.parent / target).exists():
            yield f"link to {target}, which does not exist"


def pages(arguments):
    for path in map(pathlib.Path, arguments):
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    failures = 0
    read = list(pages(arguments[1:]))
    for page in read:
        for failure in check_page(arguments[0], page) if page.exists() else ["the page is missing"]:
            print(f"{page.name}: {failure}")
            failures += 1
    print(f"documentation: {len(read)} pages, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
