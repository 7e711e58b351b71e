#!/usr/bin/env python3
"""Runs scripts/train-all with a stand-in for the program: which steps it takes, where it stops and goes on.

What the steps do is tested where they are built; here the stand-in notes each command and writes what the next step asks for.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENCODERS = ["alexnet", "vgg16", "vgg19", "resnet34", "resnet50", "inception_v3"]
ARMS = ["segmented", "original"]
STAND_IN = r"""#!/usr/bin/env python3
import json, pathlib, sys

here = pathlib.Path(__file__).parent
verb, arguments = sys.argv[1], sys.argv[2:]
with open(here / "calls.jsonl", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\n")
out = pathlib.Path(arguments[arguments.index("--out") + 1])
once = here / "once.json"  # {"folder": status}: how a training ends the first time, without a model
endings = json.loads(once.read_text()) if once.exists() else {}
if verb == "train" and out.name in endings:
    status = endings.pop(out.name)
    once.write_text(json.dumps(endings))
    out.mkdir(parents=True, exist_ok=True)
    (out / "last.safetensors").write_text("")
    sys.exit(status)
if verb in ("calibrate", "card"):
    out.write_text("")
    sys.exit(0)
out.mkdir(parents=True, exist_ok=True)
(out / {"prepare": "dataset.json", "train": "model.safetensors", "evaluate": "evaluation.json"}[verb]).write_text(
    json.dumps({"accuracy": 0.75, "intervals": {"accuracy": [0.7, 0.8]}}))
if verb == "train":
    (out / "epochs.csv").write_text("epoch,is_best,validation_accuracy,validation_macro_f1\n1,1,0.5,0.4\n2,1,0.6,0.55\n3,0,0.9,0.5\n")
"""


class TrainAll(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.program = self.folder / "cxrnet"
        self.program.write_text(STAND_IN, encoding="utf-8")
        self.program.chmod(0o755)
        self.manifest = "manifest.csv"
        self.out = self.folder / "out"

    def run_script(self, *arguments):
        """The finished process, and the verb and product's name of each command it gave."""
        calls = self.folder / "calls.jsonl"
        calls.unlink(missing_ok=True)
        process = subprocess.run(
            [ROOT / "scripts" / "train-all", self.manifest, self.out, "--program", self.program, *arguments],
            capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self.commands = [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []
        steps = []
        for command in self.commands:
            product = pathlib.Path(command[command.index("--out") + 1])
            steps.append((command[0], str(product.relative_to(self.out))))
        return process, steps

    def products(self):
        """Every product's bytes, without what is made anew each time."""
        return {path: path.read_bytes() for path in self.out.rglob("*") if path.is_file() and path.suffix != ".md"}

    def end(self, **endings):
        (self.folder / "once.json").write_text(json.dumps({name.replace("__", "-"): status for name, status in endings.items()}))

    def command_of(self, product):
        return next(command for command in self.commands if command[command.index("--out") + 1].endswith("/" + product))

    def test_the_model_alone(self):
        process, steps = self.run_script()
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertEqual(steps, [("prepare", "lungs"), ("train", "segmenter"), ("prepare", "segmented"), ("train", "plain"),
                                 ("train", "selecting"), ("calibrate", "model.safetensors"), ("evaluate", "test"),
                                 ("card", "card.md")])
        self.assertNotIn("--teachers", self.command_of("plain"))
        self.assertFalse((self.folder / "out" / "encoders.md").exists())
        process, steps = self.run_script()
        self.assertEqual(steps, [("card", "card.md")])

    def test_every_encoder_on_both_arms(self):
        process, steps = self.run_script("--teachers", "resnet50, vgg16,resnet50", "--encoders", "all", "--encoder-epochs", "7")
        self.assertEqual(process.returncode, 0, process.stderr)
        trained = [name for verb, name in steps if verb == "train"]
        self.assertEqual(trained[:5], ["segmenter", "segmented-resnet50", "segmented-vgg16", "plain", "selecting"])
        names = {f"{arm}-{encoder}" for arm in ARMS for encoder in ENCODERS}
        self.assertEqual(sorted(trained), sorted({"segmenter", "plain", "selecting"} | names))  # each once
        self.assertEqual({name for verb, name in steps if verb == "evaluate"}, {"test"} | {f"{name}/test" for name in names})
        for arm in ARMS:
            for encoder in ENCODERS:
                command = self.command_of(f"{arm}-{encoder}")
                self.assertEqual(command[1], str(self.folder / "out" / arm))
                self.assertEqual(command[command.index("--architecture") + 1], encoder)
                self.assertEqual(command[command.index("--epochs") + 1], "7")
                rate = float(command[command.index("--learning-rate") + 1])
                self.assertEqual(rate, 1.4e-4 if encoder.startswith("vgg") else 1e-3)
        teachers = self.command_of("plain")
        self.assertEqual(teachers[teachers.index("--teachers") + 1].split(","),
                         [str(self.folder / "out" / f"segmented-{name}" / "model.safetensors") for name in ("resnet50", "vgg16")])
        rows = (self.folder / "out" / "encoders.md").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(rows), 2 + 12)
        self.assertEqual(rows[2], "| alexnet | segmented | 3 | 0.600 | 0.550 | 0.750 (0.700–0.800) |")

    def test_shards_and_measurements_keep_to_their_side(self):
        self.run_script("--split-column", "paper_split", "--allow-leak", "--encoders", "alexnet")
        for command in self.commands:
            if command[0] in ("prepare", "evaluate"):
                side = "--side" if command[0] == "prepare" else "--split"
                self.assertEqual(command[command.index(side) + 1], "train" if command[0] == "prepare" else "test")
                self.assertEqual(command[command.index("--split-column") + 1], "paper_split")
                self.assertIn("--allow-leak", command)

    def test_data_and_training_in_turns(self):
        arguments = ("--teachers", "resnet34", "--encoders", "resnet34,alexnet", "--jobs", "2")
        turns = []
        for turn in range(8):
            kind = ("data", "training")[turn % 2]
            process, steps = self.run_script(*arguments, "--only", kind)
            self.assertEqual(process.returncode, 0, process.stderr)
            self.assertLessEqual({verb for verb, _ in steps},
                                 {"prepare", "evaluate", "calibrate", "card"} if kind == "data" else {"train", "card"})
            turns.append([name for verb, name in steps])
            if "done" in process.stdout:
                break
        self.assertEqual(turns[:3], [["lungs"], ["segmenter"], ["segmented", "original"]])
        self.assertEqual(turns[3][:3], ["segmented-resnet34", "plain", "selecting"])
        self.assertEqual(sorted(turns[3][3:]), ["original-alexnet", "original-resnet34", "segmented-alexnet"])
        self.assertEqual(turns[4][0], "model.safetensors")
        self.assertEqual(len(turns), 5)

    def test_an_arm_may_travel_alone(self):
        arguments = ("--encoders", "alexnet", "--only")
        for kind in ("data", "training", "data"):
            self.run_script(*arguments, kind)
        (self.folder / "out" / "original").rename(self.folder / "left_behind")
        process, _ = self.run_script(*arguments, "training")
        self.assertIn('"shards of the arm original" is due', process.stdout)
        (self.folder / "left_behind").rename(self.folder / "out" / "original")
        (self.folder / "out" / "segmented").rename(self.folder / "left_behind")
        _, steps = self.run_script(*arguments, "training")
        self.assertEqual(steps, [("train", "original-alexnet")])

    def test_goes_on_where_a_training_stopped(self):
        self.end(plain=0, original__alexnet=143)
        arguments = ("--encoders", "alexnet")
        process, steps = self.run_script(*arguments)
        self.assertEqual((process.returncode, steps[-1]), (0, ("train", "plain")))
        self.assertIn('stopped in "plain classifier"; the same command goes on there', process.stdout)
        process, steps = self.run_script(*arguments)
        self.assertEqual((process.returncode, steps[0], steps[-1]), (0, ("train", "plain"), ("train", "original-alexnet")))
        self.assertIn("--resume", self.commands[0])
        process, steps = self.run_script(*arguments)
        self.assertEqual((process.returncode, steps[0]), (0, ("train", "original-alexnet")))
        self.assertIn("done", process.stdout)

    def test_products_of_other_options_or_data_are_refused_or_made_anew(self):
        manifest = self.folder / "manifest.csv"
        manifest.write_text("path,label\n", encoding="utf-8")
        self.manifest = str(manifest)
        arguments = ("--encoders", "alexnet")
        self.assertEqual(self.run_script(*arguments)[0].returncode, 0)
        everything = [name for verb, name in self.run_script(*arguments, "--program", self.program)[1]]
        self.assertEqual(everything, ["card.md"])  # the same options, nothing is made again
        before = self.products()
        rows = [  # what is changed, the step that it concerns first, what is said of it
            (("--jpeg-quality", "80"), "shards of the arm segmented", ["was: --jpeg-quality 95", "now: --jpeg-quality 80"]),
            (("--epochs", "9"), "segmenter", ["was: --epochs 8", "now: --epochs 1"]),
            (("--limits", "Adults alone."), "selecting network", ["now: --limits Adults alone."]),
            (("--batch-size", "64"), "plain classifier", ["was: --batch-size 32", "now: --batch-size 64"]),
            (("--encoder-epochs", "3"), "alexnet, segmented", ["was: --epochs 40", "now: --epochs 3"]),
        ]
        for changed, step, said in rows:
            with self.subTest(changed=changed):
                process, steps = self.run_script(*arguments, *changed)
                self.assertEqual((process.returncode, steps), (2, []), process.stdout)
                for words in [f'"{step}" was made otherwise', "--restart", *said]:
                    self.assertIn(words, process.stderr)
                self.assertEqual(self.products(), before)
        manifest.write_text("path,label\na.png,healthy\n", encoding="utf-8")
        process, steps = self.run_script(*arguments)
        self.assertEqual((process.returncode, steps), (2, []))
        self.assertIn('"shards for the segmenter" was made otherwise', process.stderr)
        self.assertIn("was: data manifest.csv: ", process.stderr)
        manifest.write_text("path,label\n", encoding="utf-8")

        process, steps = self.run_script(*arguments, "--encoder-epochs", "3", "--restart")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn('"alexnet, segmented" is made anew:\n  was: --epochs 40\n  now: --epochs 3', process.stdout)
        self.assertEqual([name for _, name in steps],
                         ["segmented-alexnet", "original-alexnet", "card.md", "segmented-alexnet/test", "original-alexnet/test"])
        self.assertIn("--restart", self.command_of("segmented-alexnet"))
        recipe = (self.folder / "out" / "recipe.txt").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len([line for line in recipe if line.endswith("/segmented-alexnet")]), 1)
        process, steps = self.run_script(*arguments, "--encoder-epochs", "3")
        self.assertEqual([name for _, name in steps], ["card.md"])

        self.assertEqual(self.run_script(*arguments, "--encoder-epochs", "3", "--epochs", "10", "--restart")[0].returncode, 0)
        made = [name for _, name in self.run_script(*arguments, "--encoder-epochs", "3", "--epochs", "40", "--restart")[1]]
        self.assertEqual(sorted(made), sorted(["segmenter", "segmented", "plain", "selecting", "original", "segmented-alexnet",
                                               "original-alexnet", "model.safetensors", "test", "card.md",
                                               "segmented-alexnet/test", "original-alexnet/test"]))  # all but the first shards

    def test_a_training_under_way_is_not_gone_on_with_under_other_options(self):
        self.end(plain=143)
        self.run_script()
        process, steps = self.run_script("--batch-size", "16")
        self.assertEqual((process.returncode, steps), (2, []))
        self.assertIn('"plain classifier" was made otherwise', process.stderr)
        process, steps = self.run_script("--batch-size", "16", "--restart")
        self.assertEqual(steps[0], ("train", "plain"))
        self.assertIn("--restart", self.commands[0])
        self.assertNotIn("--resume", self.commands[0])

    def test_what_nobody_noted_is_not_reused(self):
        (self.folder / "out" / "segmenter").mkdir(parents=True)
        (self.folder / "out" / "segmenter" / "model.safetensors").write_text("of unknown origin")
        process, steps = self.run_script()
        self.assertEqual((process.returncode, steps), (2, [("prepare", "lungs")]))
        self.assertIn("nobody noted how it was made", process.stderr)

    def test_out_may_move_and_an_evaluation_that_was_cut_off_is_made_again(self):
        self.run_script()
        evaluation = self.folder / "out" / "test" / "evaluation.json"
        evaluation.write_text(json.dumps({"complete": False}, indent=2))
        self.assertEqual(self.run_script()[1], [("evaluate", "test"), ("card", "card.md")])
        (self.folder / "out").rename(self.folder / "elsewhere")
        self.out = self.folder / "elsewhere"
        process, steps = self.run_script()
        self.assertEqual((process.returncode, steps), (0, [("card", "card.md")]), process.stderr)

    def test_a_failure_is_its_own(self):
        self.end(segmented__alexnet=1)
        process, steps = self.run_script("--teachers", "alexnet")
        self.assertEqual((process.returncode, steps[-1]), (1, ("train", "segmented-alexnet")))
        self.end(segmented__alexnet=1)
        process, steps = self.run_script("--teachers", "alexnet,vgg16,resnet34")
        self.assertEqual((process.returncode, steps[-1]), (1, ("train", "segmented-alexnet")))  # no other is begun
        process, steps = self.run_script("--encoders", "resnet50,resnet18")
        self.assertEqual((process.returncode, steps), (2, []))
        self.assertIn("got 'resnet18'", process.stderr)
        process, _ = self.run_script("--encoder", "alexnet")
        self.assertEqual(process.returncode, 2)
        self.assertIn("--encoders LIST", process.stderr)


if __name__ == "__main__":
    unittest.main()
