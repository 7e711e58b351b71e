#!/usr/bin/env python3
"""Proves that layering.py finds each kind of violation, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("layering.py")

# name, file, its text, what the report must contain (None: no violation)
CASES = [
    ("a layer includes itself", "libs/nn/src/a.cpp", '#include "cxrnet/nn/unet.h"\n', None),
    ("a layer includes one below", "libs/data/src/a.cpp", '#include "cxrnet/nn/labels.h"\n', None),
    ("the program includes any layer", "apps/cxrnet/main.cpp", '#include "cxrnet/report/html.h"\n', None),
    ("a layer above `minimal` uses OpenCV", "libs/imaging/src/a.cpp", "#include <opencv2/core.hpp>\n", None),
    ("a name in a comment", "libs/nn/src/a.cpp", '// see #include "cxrnet/train/trainer.h"\n', None),
    ("an include upward", "libs/core/src/a.cpp", '\n#include "cxrnet/nn/unet.h"\n', "a.cpp:2: cxrnet/nn/unet.h"),
    ("an include upward in a header", "libs/nn/include/cxrnet/nn/b.h", "#include <cxrnet/data/loader.h>\n", "b.h:1"),
    ("an include upward in a test", "libs/nn/test/c.cpp", '  #  include "cxrnet/train/trainer.h"\n', "c.cpp:1"),
    ("OpenCV in a minimal layer", "libs/data/src/a.cpp", "#include <opencv2/imgproc.hpp>\n", "opencv2/imgproc.hpp"),
    ("DCMTK in a minimal layer", "libs/train/src/a.cpp", '#include "dcmtk/dcmdata/dctk.h"\n', "dcmtk/dcmdata/dctk.h"),
    ("the program's folder is no layer to include", "libs/nn/src/a.cpp", '#include "cxrnet/app/x.h"\n', "app/x.h"),
    ("services do not see each other", "libs/http/src/a.cpp", '#include "cxrnet/dicom/node.h"\n', "dicom/node.h"),
    ("services do not see the pipeline", "libs/dicom/src/a.cpp", '#include "cxrnet/pipeline/p.h"\n', "pipeline/p.h"),
    ("a relative path out of the folder", "libs/nn/src/a.cpp", '#include "../../train/src/x.h"\n', "../../train"),
    ("a header of no layer", "libs/nn/src/a.cpp", '#include "cxrnet/utils/x.h"\n', "unknown layer 'utils'"),
    ("a room enters one that it may", "libs/report/src/case/a.cpp", '#include "page/html.h"\n', None),
    ("a room includes itself", "libs/imaging/src/dicom/a.cpp", '#include "dicom/file.h"\n', None),
    ("a door enters any room", "libs/imaging/src/decode.cpp", '#include "codec/raster.h"\n', None),
    ("a room enters one that it may not", "libs/report/src/case/a.cpp", '#include "study/json.h"\n', "may not enter"),
    ("an arrow back between rooms", "libs/imaging/src/grey/a.h", '#include "dicom/file.h"\n', "may not enter"),
    ("a room sees a door", "libs/study/src/run/a.cpp", '#include "study.h"\n', "is a door"),
    ("a room that is not listed", "libs/study/src/attic/a.cpp", '#include "attic/a.h"\n', "does not list, 'attic'"),
    ("a command joins the list", "apps/cxrnet/commands/data/a.cpp", '#include "commands/commands.h"\n', None),
    ("a command uses the framework", "apps/cxrnet/commands/data/a.cpp", '#include "framework/inputs.h"\n', None),
    ("a command's room enters another", "apps/cxrnet/commands/data/a.cpp", '#include "commands/train/epoch_bar.h"\n',
     "may not enter"),
    ("a folder that is no layer", "libs/utils/src/a.cpp", "int x;\n", "libs/utils is not a layer"),
]


def run(root):
    return subprocess.run([sys.executable, str(SCRIPT), str(root)], capture_output=True, text=True, check=False)


class LayeringTest(unittest.TestCase):
    def test_cases(self):
        for name, file, text, expected in CASES:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / file
                path.parent.mkdir(parents=True)
                path.write_text(text, encoding="utf-8")
                result = run(folder)
                self.assertEqual(result.returncode, 0 if expected is None else 1, result.stdout)
                if expected is not None:
                    self.assertIn(expected, result.stdout)

    def test_an_empty_tree_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run(folder).returncode, 1)


if __name__ == "__main__":
    unittest.main()
