#!/usr/bin/env python3
"""Proves that deviations.py finds each kind of mistake, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("deviations.py")
DEVIATES = "# ADR-019: x\n\nDeviates from the paper: Fig. 2\n"
DECIDES = "# ADR-019: x\n\nStatus: accepted\n"

# name, text of docs/adr/019-x.md (None: no such record), text of libs/nn/src/a.cpp, what the report must contain
CASES = [
    ("a marker with its record", DEVIATES, "// DEVIATION: adr-019, bilinear\n", None),
    ("a marker behind code", DEVIATES, "int a;  // DEVIATION: adr-019, bilinear\n", None),
    ("a number in a string", DEVIATES, 'auto a = "DEVIATION";  // DEVIATION: adr-019, bilinear\n', None),
    ("a marker without a record", None, "// DEVIATION: adr-019, bilinear\n", "a.cpp:1: docs/adr has no record 019"),
    ("a marker of another record", DEVIATES, "// DEVIATION: adr-020, bilinear\n", "docs/adr has no record 020"),
    ("a record without a marker", DEVIATES, "int a;\n", "docs/adr/019: deviates from the paper"),
    ("a marker of a record that deviates from nothing", DECIDES, "// DEVIATION: adr-019, x\n", "has no line"),
    ("a marker without a number", DEVIATES, "// DEVIATION: bilinear\n", "a.cpp:1: expected"),
    ("a marker without a reason", DEVIATES, "// DEVIATION: adr-019\n", "a.cpp:1: expected"),
]


def run(root):
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True, check=False)


class DeviationsTest(unittest.TestCase):
    def test_cases(self):
        for name, record, code, expected in CASES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                root = pathlib.Path(folder)
                (root / "docs" / "adr").mkdir(parents=True)
                (root / "libs" / "nn" / "src").mkdir(parents=True)
                if record is not None:
                    (root / "docs" / "adr" / "019-x.md").write_text(record, encoding="utf-8")
                (root / "libs" / "nn" / "src" / "a.cpp").write_text(code, encoding="utf-8")
                result = run(root)
                self.assertEqual(result.returncode, 0 if expected is None else 1, result.stdout)
                if expected is not None:
                    self.assertIn(expected, result.stdout)

    def test_an_empty_tree_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run(pathlib.Path(folder)).returncode, 1)


if __name__ == "__main__":
    unittest.main()
