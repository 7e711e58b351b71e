"""The mutants of tests/mutants/*.toml: read, checked and chosen. scripts/mutate applies them."""
import collections
import fnmatch
import re
import subprocess
import tomllib

FIELDS = ("name", "rule", "file", "old", "new", "test", "filter")
LAYERS = ("core", "nn", "data", "metrics", "explain", "train", "engine", "imaging", "pipeline", "study", "report")
PROGRAMS = {name: f"libs/{name}" for name in LAYERS} | {name: "apps/cxrnet" for name in ("app", "cli", "images")}

Mutant = collections.namedtuple("Mutant", ("area",) + FIELDS)


def target_of(mutant):
    return f"cxrnet_{mutant.test}_test"


def label(mutant):
    return f"{mutant.area}/{mutant.name}"


def table_problems(root, area, table):
    """What is wrong with one table; nothing: it can be applied."""
    wrong = [field for field in FIELDS if not isinstance(table.get(field), str) or not table[field].strip()]
    wrong = [field for field in wrong if field != "new" or not isinstance(table.get("new"), str)]  # new may be empty
    unknown = sorted(set(table) - set(FIELDS))
    if wrong or unknown:
        return [f"expected the fields {', '.join(FIELDS)}, got none or nothing for {', '.join(wrong) or 'none'}"
                f" and unknown ones {', '.join(unknown) or 'none'}"]
    problems = []
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", table["name"]):
        problems.append("name: expected lower-case-words-with-dashes")
    if table["test"] not in PROGRAMS:
        problems.append(f"test: expected one of {' '.join(PROGRAMS)}, got {table['test']}")
    if table["old"] == table["new"]:
        problems.append("new: expected another text than old")
    path = root / table["file"]
    if not path.is_file():
        return problems + [f"file: {table['file']} does not exist"]
    count = path.read_text(encoding="utf-8").count(table["old"])
    if count != 1:
        problems.append(f"old: expected exactly once in {table['file']}, got {count} times")
    return problems


def parse_tables(text):
    tables = tomllib.loads(text)
    unknown = set(tables) - {"mutant"}
    if unknown or not isinstance(tables.get("mutant"), list):
        raise ValueError("expected [[mutant]] tables and nothing else")
    return tables["mutant"]


def read_mutants(root):
    """All mutants in the order of the layers, and what is wrong with the tables."""
    mutants, problems, seen = [], [], set()
    for file in sorted((root / "tests" / "mutants").glob("*.toml")):
        try:
            tables = parse_tables(file.read_text(encoding="utf-8"))
        except (ValueError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{file.name}: {error}")
            continue
        for position, table in enumerate(tables, 1):
            name = f"{file.stem}/{table.get('name', position)}"
            found = table_problems(root, file.stem, table)
            if name in seen:
                found.append("name: expected another one than an earlier mutant's")
            seen.add(name)
            problems += [f"{name}: {problem}" for problem in found]
            if not found:
                mutants.append(Mutant(file.stem, *(table[field] for field in FIELDS)))
    order = list(PROGRAMS)
    mutants.sort(key=lambda mutant: (order.index(mutant.test), mutant.file, mutant.area, mutant.name))
    return mutants, problems


def chosen(mutants, patterns):
    """The mutants that the patterns name; a pattern that names none is an error."""
    if not patterns:
        return mutants
    wanted = set()
    for pattern in patterns:
        found = [mutant for mutant in mutants
                 if any(fnmatch.fnmatchcase(text, pattern) for text in (mutant.area, mutant.name, label(mutant)))]
        if not found:
            raise SystemExit(f"scripts/mutate: expected an area or a name of tests/mutants, got '{pattern}'; see --list")
        wanted.update(found)
    return [mutant for mutant in mutants if mutant in wanted]


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)


def changed_since(root, mutants, commit):
    diff = git(root, "diff", "--name-only", "--relative", commit)
    if diff.returncode != 0:
        raise SystemExit(f"scripts/mutate: expected a commit after --changed, got '{commit}'")
    files = set(diff.stdout.splitlines()) | set(git(root, "ls-files", "--others", "--exclude-standard").stdout.splitlines())

    def is_new(mutant):
        before = git(root, "show", f"{commit}:./tests/mutants/{mutant.area}.toml")
        try:
            tables = parse_tables(before.stdout) if before.returncode == 0 else []
        except (ValueError, tomllib.TOMLDecodeError):
            tables = []
        return {field: getattr(mutant, field) for field in FIELDS} not in tables

    def concerns(mutant):
        tests = PROGRAMS[mutant.test] + "/test/"
        return mutant.file in files or any(file.startswith(tests) for file in files) or is_new(mutant)

    return [mutant for mutant in mutants if concerns(mutant)]


def listed_tests(program):
    output = subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
    tests, suite = [], ""
    for line in output.splitlines():
        words = line.split("#")[0].rstrip()
        if line.startswith("  "):
            tests.append(suite + words.strip())
        elif words.endswith("."):
            suite = words
    return tests


def matches(gtest_filter, test):
    def any_of(patterns):
        return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), test)
                   for pattern in patterns.split(":") if pattern)

    positive, _, negative = gtest_filter.partition("-")
    return any_of(positive or "*") and not any_of(negative)


def filter_problems(build, mutants):
    """Filters that select no test of a program that stands in the build folder."""
    tests = {}
    for mutant in mutants:
        program = build / PROGRAMS[mutant.test] / target_of(mutant)
        if mutant.test not in tests:
            tests[mutant.test] = listed_tests(program) if program.exists() else None
        if tests[mutant.test] is not None and not any(matches(mutant.filter, test) for test in tests[mutant.test]):
            yield f"{label(mutant)}: filter: expected a test of {program.name}, got none for {mutant.filter}"
