#!/usr/bin/python3
"""What each verb keeps beside busy neighbours, run as: scripts/bench busy

A neighbour is a process that computes all the time. A fair share is what a scheduler gives that treats all threads alike: beside one
neighbour on two cores, two of three threads, so two thirds of what the verb does alone. In turns: alone, beside one, beside two. The
seconds of a start with a single image are taken off, so that the rates are those of the work. --policy compares settings of how OpenMP's
threads wait (docs/adr/031): the program's own, and those that a user may give through OMP_WAIT_POLICY and GOMP_SPINCOUNT.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLICIES = {
    "own": {},
    "active": {"OMP_WAIT_POLICY": "active"},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "spin-1000": {"GOMP_SPINCOUNT": "1000"},
    "spin-10000": {"GOMP_SPINCOUNT": "10000"},
    "spin-300000": {"GOMP_SPINCOUNT": "300000"},
}
VERBS = ["predict", "predict-one-worker", "segment", "explain", "evaluate", "prepare", "train"]
DEFAULT_MODEL = Path(__file__).resolve().parents[1] / "models" / "cxrnet-default.safetensors"
NEIGHBOUR = "while True: pass"


class Verb:
    """A verb at two amounts of work; the difference is the work without the start."""

    def __init__(self, name, bench):
        self.name = name
        self.bench = bench

    def arguments(self, amount, out):
        bench, images = self.bench, self.bench.images(amount)
        model = ["--model", str(bench.options.model)]
        manifest = ["--data", str(bench.manifest(amount))]
        return {
            "predict": ["predict", str(images), "--out", out, *model],
            "predict-one-worker": ["predict", str(images), "--out", out, "--workers", "1", *model],
            "segment": ["segment", str(images), "--out", out, *model],
            "explain": ["explain", str(images), "--out", out, *model],
            "evaluate": ["evaluate", *manifest, "--out", out, *model],
            "prepare": ["prepare", str(bench.manifest(amount)), "--out", out, "--size", "224", "--segmenter", str(bench.options.model)],
            "train": ["train", str(bench.shards()), "--out", out, "--architecture", "resnet34", "--width", "0.5",
                      "--epochs", str(amount)],
        }[self.name]

    def amounts(self):
        """Epochs of a training; persons for each finding else."""
        return (1, 4) if self.name == "train" else (1, self.bench.options.count)

    def work(self, amount):
        """Images that an amount stands for."""
        if self.name == "train":
            return amount * len(list(self.bench.images(self.bench.options.training_count).iterdir()))
        return len(list(self.bench.images(amount).iterdir()))

    def seconds(self, policy, amount):
        out = tempfile.mkdtemp(dir=self.bench.folder)
        command = [self.bench.program, *self.arguments(amount, str(Path(out) / "out")), "--quiet"]
        start = time.perf_counter()
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
                                env={**os.environ, **POLICIES[policy]})
        elapsed = time.perf_counter() - start
        shutil.rmtree(out)
        if result.returncode != 0:
            sys.exit(f"bench: {self.name}: expected status 0, got {result.returncode}: {result.stderr.strip()[-500:]}")
        return elapsed

    def rate(self, policy):
        few, many = self.amounts()
        start = self.seconds(policy, few)
        return (self.work(many) - self.work(few)) / max(1e-9, self.seconds(policy, many) - start)


class Neighbours:
    def __init__(self, count):
        self.count = count

    def __enter__(self):
        self.processes = [subprocess.Popen([sys.executable, "-c", NEIGHBOUR]) for _ in range(self.count)]

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.program = str(options.program)
        self.made = {}

    def run(self, *arguments):
        subprocess.run([self.program, *arguments, "--quiet"], check=True, stdout=subprocess.DEVNULL)

    def phantoms(self, amount):
        if amount not in self.made:
            self.made[amount] = self.folder / f"phantoms-{amount}"
            self.run("phantom", "--out", str(self.made[amount]), "--count", str(amount))
        return self.made[amount]

    def images(self, amount):
        return self.phantoms(amount) / "images"

    def manifest(self, amount):
        return self.phantoms(amount) / "manifest.csv"

    def shards(self):
        if "shards" not in self.made:
            self.made["shards"] = self.folder / "shards"
            self.run("prepare", str(self.manifest(self.options.training_count)), "--out", str(self.made["shards"]),
                     "--size", "128", "--arm", "original")
        return self.made["shards"]


def fair_share(threads, neighbours, cores):
    """Of what `threads` do alone on `cores`, when `neighbours` further threads want as much each."""
    each = min(1.0, cores / (threads + neighbours))
    return threads * each / min(threads, cores)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="the program; scripts/bench gives it")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="default: the one in models/")
    parser.add_argument("--verbs", default=",".join(VERBS), help="of " + ", ".join(VERBS))
    parser.add_argument("--policy", default="own", help="of " + ", ".join(POLICIES) + "; several by commas are run in turns")
    parser.add_argument("--neighbours", default="0,1,2", help="numbers of busy processes")
    parser.add_argument("--count", type=int, default=16, help="phantoms of each finding in a run")
    parser.add_argument("--training-count", type=int, default=24, help="the same for training")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def main():
    options = parse_arguments()
    cores = len(os.sched_getaffinity(0))
    neighbours = [int(n) for n in options.neighbours.split(",")]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        for name in options.verbs.split(","):
            verb = Verb(name, bench)
            rates = {(policy, count): [] for policy in options.policy.split(",") for count in neighbours}
            verb.seconds("own", verb.amounts()[0])  # makes the data, and warms the file cache
            for _ in range(options.rounds):
                for (policy, count), values in rates.items():
                    with Neighbours(count):
                        values.append(verb.rate(policy))
            for (policy, count), values in rates.items():
                alone = statistics.median(rates[(policy, 0)]) if (policy, 0) in rates else None
                kept = statistics.median(values) / alone if alone else None
                rows.append({"verb": name, "policy": policy, "neighbours": count, "rate": statistics.median(values),
                             "rates": values, "kept": kept, "fair": fair_share(cores, count, cores)})
                row = rows[-1]
                if not options.json:
                    share = f"{row['kept']:.2f} of alone, {row['kept'] / row['fair']:.2f} of a fair share" if kept else ""
                    print(f"{name:20} {policy:12} {count} neighbours  {row['rate']:7.2f}/s "
                          f"({min(values):.2f} to {max(values):.2f})  {share}", flush=True)
    if options.json:
        json.dump({"schema": "cxrnet.bench.busy/1", "cores": cores, "rows": rows}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
