#!/usr/bin/env python3
"""Runs scripts/mutate on a small tree whose "compiler" and test program are stand-ins: what it kills, refuses and leaves alone."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "mutate"
SOURCE = "RATE = 1 / 2\nLIMIT = 5.0\nUNTESTED = 7\n"
TABLE = '''[[mutant]]
name = "{name}"
rule = "a rule"
file = "libs/train/src/rates.py"
old = \'\'\'{old}\'\'\'
new = \'\'\'{new}\'\'\'
test = "{test}"
filter = "{filter}"
'''

# Compiles libs/train/src/rates.py into a program that speaks as GoogleTest does. Each call is noted.
BUILDER = r'''#!/usr/bin/env python3
import os, pathlib, sys, time
with open(pathlib.Path(__file__).parent / "builds", "a") as builds:
    builds.write(sys.argv[1] + "\n")
source = pathlib.Path("libs/train/src/rates.py").read_text()
try:
    compile(source, "rates.py", "exec")
except SyntaxError as problem:
    sys.exit(f"rates.py:1: error: {problem.msg}")
program = pathlib.Path("build/dev/libs/train/cxrnet_train_test")
program.parent.mkdir(parents=True, exist_ok=True)
program.write_text("#!/usr/bin/env python3\nimport sys\n" + source + """
TESTS = {"Rates.Half": lambda: RATE == 0.5, "Rates.Limit": lambda: LIMIT == 5.0, "Broken.Always": lambda: False}
if "--gtest_list_tests" in sys.argv:
    print("Running main() from gtest_main.cc\\nRates.\\n  Half\\n  Limit\\nBroken.\\n  Always")
    sys.exit()
pattern = sys.argv[1].removeprefix("--gtest_filter=")
chosen = [name for name in TESTS if name == pattern or name.startswith(pattern.rstrip("*")) and pattern.endswith("*")]
bad = [name for name in chosen if not TESTS[name]()]
for name in bad: print(f"[  FAILED  ] {name} (0 ms)")
print(f"[  PASSED  ] {len(chosen) - len(bad)} tests.")
sys.exit(1 if bad else 0)
""")
program.chmod(0o755)
'''


def table(name="half", old="RATE = 1 / 2", new="RATE = 1 / 3", test="train", filter="Rates.*"):
    return TABLE.format(name=name, old=old, new=new, test=test, filter=filter)


class Mutate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "checkout"
        self.source = self.root / "libs" / "train" / "src" / "rates.py"
        self.source.parent.mkdir(parents=True)
        self.source.write_text(SOURCE, encoding="utf-8")
        (self.root / "tests" / "mutants").mkdir(parents=True)
        self.builder = self.folder / "builder"
        self.builder.write_text(BUILDER, encoding="utf-8")
        self.builder.chmod(0o755)

    def write(self, *tables, area="train"):
        (self.root / "tests" / "mutants" / f"{area}.toml").write_text("\n".join(tables), encoding="utf-8")

    def command(self, *arguments):
        return [sys.executable, SCRIPT, "--root", self.root, "--builder", self.builder, *arguments]

    def mutate(self, *arguments):
        process = subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False)
        return process.returncode, process.stdout + process.stderr

    def builds(self):
        return (self.folder / "builds").read_text(encoding="utf-8").splitlines()

    def test_a_caught_mutant_is_killed_and_the_checkout_is_left_alone(self):
        self.write(table())
        status, output = self.mutate()
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"killed +\d+ s  train/half: Rates.Half\n")
        self.assertIn("1 of 1 mutants killed, 0 not, 0 not tried", output)
        self.assertEqual(self.source.read_text(encoding="utf-8"), SOURCE)
        copy = self.root / "build" / "mutate" / "tree-0" / "libs" / "train" / "src" / "rates.py"
        self.assertEqual(copy.read_text(encoding="utf-8"), SOURCE)
        self.assertEqual(self.builds(), ["cxrnet_train_test"] * 2)  # as it is, and the mutant

    def test_what_proves_nothing_fails(self):
        rows = {  # a mutant, what is said of it
            "survivor": (table("survivor", "UNTESTED = 7", "UNTESTED = 8"), "SURVIVED"),
            "other-tests": (table("other-tests", filter="Rates.Limit"), "SURVIVED"),
            "no-build": (table("no-build", new="RATE = ("), "NO BUILD"),
            "no-test": (table("no-test", filter="Rats.*"), "PROVES NOTHING"),
            "always-fails": (table("always-fails", filter="Broken.*"), "PROVES NOTHING"),
        }
        self.write(table(), *(text for text, _ in rows.values()))
        status, output = self.mutate()
        self.assertEqual(status, 1)
        self.assertIn("1 of 6 mutants killed, 5 not, 0 not tried", output)
        for name, (_, outcome) in rows.items():
            with self.subTest(name):
                self.assertRegex(output, rf"(?m)^{outcome} +\d+ s  train/{name}: ")
        self.assertRegex(output, r"(?m)^killed +\d+ s  train/half: ")

    def test_tables_are_checked_before_anything_is_built(self):
        rows = {
            "absent text": (table(old="RATE = 9"), "exactly once in libs/train/src/rates.py, got 0 times"),
            "text that stands twice": (table(old=" = "), "got 3 times"),
            "no change": (table(new="RATE = 1 / 2"), "another text than old"),
            "unknown program": (table(test="trian"), "expected one of core nn"),
            "unknown file": (table().replace("rates.py", "rats.py"), "libs/train/src/rats.py does not exist"),
            "missing field": (table().replace('rule = "a rule"\n', ""), "nothing for rule"),
            "unknown field": (table() + 'why = "x"\n', "unknown ones why"),
            "equal names": (table() + table(), "another one than an earlier"),
            "other table": ("[mutants]\n", "expected [[mutant]] tables"),
            "no TOML": ("[[mutant", "train.toml"),
        }
        for name, (text, message) in rows.items():
            with self.subTest(name):
                self.write(text)
                for arguments in ((), ("--check",)):
                    status, output = self.mutate(*arguments)
                    self.assertEqual(status, 1, output)
                    self.assertIn(message, output)
        self.assertFalse((self.folder / "builds").exists())

    def test_filters_are_held_against_the_tests_of_a_build(self):
        self.write(table(), table("limit", "LIMIT = 5.0", "LIMIT = 4.0", filter="*-Rates.Half:Broken*"))
        self.mutate()
        build = self.root / "build" / "mutate" / "tree-0" / "build" / "dev"
        self.assertEqual(self.mutate("--check", "--build", build)[0], 0)
        self.write(table(filter="Rates.H"), table("none", "LIMIT = 5.0", "LIMIT = 4.0", filter="Rates.*-*"))
        status, output = self.mutate("--check", "--build", build)
        self.assertEqual(status, 1)
        self.assertIn("got none for Rates.H\n", output)
        self.assertIn("got none for Rates.*-*\n", output)

    def test_names_areas_and_patterns_choose(self):
        self.write(table(), table("limit", "LIMIT = 5.0", "LIMIT = 4.0"))
        self.write(table("half", "UNTESTED = 7", "UNTESTED = 8"), area="other")
        rows = {("train",): {"train/half", "train/limit"}, ("half",): {"train/half", "other/half"}, ("train/limit",): {"train/limit"},
                ("*/half", "limit"): {"train/half", "other/half", "train/limit"}, (): {"train/half", "train/limit", "other/half"}}
        for words, expected in rows.items():
            with self.subTest(words):
                status, output = self.mutate("--list", *words)
                self.assertEqual(status, 0)
                self.assertEqual({line.split()[0] for line in output.splitlines()}, expected)
        self.assertNotEqual(self.mutate("--list", "nothing")[0], 0)

    def test_changed_chooses_by_file_table_and_tests(self):
        self.write(table(), table("limit", "LIMIT = 5.0", "LIMIT = 4.0", test="nn"))
        other = self.root / "libs" / "train" / "src" / "other.py"
        other.write_text("OTHER = 1\n", encoding="utf-8")
        self.write(table("other", "OTHER = 1", "OTHER = 2").replace("rates.py", "other.py"), area="other")
        for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")):
            subprocess.run(["git", "-C", self.root, *words], check=True)

        def names():
            status, output = self.mutate("--list", "--changed", "HEAD")
            self.assertEqual(status, 0, output)
            return {line.split()[0] for line in output.splitlines()}

        self.assertEqual(names(), set())
        other.write_text("OTHER = 1\n#\n", encoding="utf-8")
        self.assertEqual(names(), {"other/other"})
        self.write(table(), table("limit", "LIMIT = 5.0", "LIMIT = 3.0", test="nn"))
        self.assertEqual(names(), {"other/other", "train/limit"})
        test = self.root / "libs" / "train" / "test" / "rates_test.py"
        test.parent.mkdir()
        test.write_text("", encoding="utf-8")
        self.assertEqual(names(), {"other/other", "train/limit", "train/half"})
        self.assertNotEqual(self.mutate("--list", "--changed", "nowhere")[0], 0)

    def test_a_later_run_sees_what_changed_in_the_checkout(self):
        self.write(table())
        self.assertEqual(self.mutate()[0], 0)
        self.source.write_text(SOURCE.replace("RATE = 1 / 2", "RATE = 2 / 4"), encoding="utf-8")
        self.write(table(old="RATE = 2 / 4"))
        status, output = self.mutate()
        self.assertEqual(status, 0, output)

    def test_an_interrupted_run_says_what_was_not_tried(self):
        self.write(table(new="RATE = 1 / 3\nimport time; time.sleep(60)"), table("limit", "LIMIT = 5.0", "LIMIT = 4.0"))
        process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))  # as in the background
        copy = self.root / "build" / "mutate" / "tree-0" / "libs" / "train" / "src" / "rates.py"
        end = time.monotonic() + 30
        while time.monotonic() < end and not (copy.exists() and "sleep" in copy.read_text(encoding="utf-8")):
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("0 of 2 mutants killed, 0 not, 2 not tried", output)
        self.assertEqual(self.source.read_text(encoding="utf-8"), SOURCE)
        self.assertEqual(copy.read_text(encoding="utf-8"), SOURCE)

    def test_two_runs_in_one_tree_do_not_mix(self):
        self.write(table(new="RATE = 1 / 3\nimport time; time.sleep(60)"))
        first = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end and not (self.folder / "builds").exists():
            time.sleep(0.05)
        status, output = self.mutate()
        first.terminate()
        first.wait(timeout=30)
        self.assertNotEqual(status, 0)
        self.assertIn("another run is under way", output)

    def test_several_copies_share_the_programs(self):
        self.write(table(), table("limit", "LIMIT = 5.0", "LIMIT = 4.0"))
        status, output = self.mutate("--jobs", "3")
        self.assertEqual(status, 0, output)
        self.assertIn("2 of 2 mutants killed", output)


if __name__ == "__main__":
    unittest.main()
