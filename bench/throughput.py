#!/usr/bin/python3
"""`cxrnet predict` as a whole beside what its networks take by themselves, run as: scripts/bench throughput --images FOLDER

Files in, JSON and pictures out, against the rate of the model's networks alone on as many workers and threads, in turns; by one worker
with all threads, one image and several at once; most memory while a tenth of the images and all of them are answered, and their rate; and
the first answer of a cold process against the time of one that loads libtorch and ends, plus one image at the networks' rate.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLD_STARTS = 5  # of each round
SUFFIXES = {".png", ".jpg", ".jpeg", ".dcm", ".tif", ".tiff", ".bmp"}


def median_text(values, form):
    return f"{form % statistics.median(values)} ({form % min(values)} to {form % max(values)})"


def copy_images(source, count, folder):
    """`count` copies, going round the images of `source`, since an archive has more than a data set; of two links to one file
    predict would take one."""
    files = sorted(f for f in source.rglob("*") if f.suffix.lower() in SUFFIXES)
    if not files:
        sys.exit(f"bench: expected images below --images, got none in {source}")
    folder.mkdir()
    for i in range(count):
        original = files[i % len(files)]
        shutil.copyfile(original, folder / f"{i:06d}{original.suffix}")
    return folder


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.networks = options.program
        self.cxrnet = Path(options.program).parents[1] / "apps/cxrnet/cxrnet"
        self.model = options.model

    def networks_alone(self, workers, threads_each):
        arguments = [f"--model={self.model}", f"--precision={self.options.precision}", f"--workers={workers}",
                     f"--threads-each={threads_each}", f"--seconds={self.options.seconds}"]
        return float(subprocess.run([self.networks, *arguments], check=True, capture_output=True, text=True).stdout)

    def predict(self, images, *arguments):
        """Seconds and the most memory in megabytes. What was written stays to the end: a file system is slow to make files
        where thousands were just removed."""
        out = tempfile.mkdtemp(dir=self.folder)
        start = time.perf_counter()
        process = subprocess.Popen([self.cxrnet, "predict", images, "--out", out, "--quiet", "--model", self.model,
                                    "--precision", self.options.precision, *arguments], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status != 0:
            sys.exit("bench: expected predict to answer every image, got a refusal; see above")
        answered = len(json.loads((Path(out) / "predictions.json").read_text())["images"])
        asked = len(list(images.iterdir()))
        if answered != asked:
            sys.exit(f"bench: expected an answer to each of {asked} images, got {answered}")
        return seconds, usage.ru_maxrss / 1024

    def libtorch(self):
        """Seconds of a process that loads libtorch and ends."""
        start = time.perf_counter()
        subprocess.run([Path(self.networks).with_name("cxrnet_bench_libtorch")], check=True)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="cxrnet_bench_throughput; scripts/bench gives it")
    parser.add_argument("--images", type=Path, required=True, help="folder with X-rays")
    parser.add_argument("--model", default=Path(__file__).parents[1] / "models/cxrnet-default.safetensors")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="bf16")
    parser.add_argument("--count", type=int, default=1000, help="images of a round")
    parser.add_argument("--archive", type=int, default=10000, help="images of the run that watches memory; 0: none")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="of one thread each")
    parser.add_argument("--batch", type=int, default=4, help="images that the one worker's networks answer at once")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="of the networks alone, each round")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(options, folder)
        few = copy_images(options.images, options.count, folder / "few")
        one = copy_images(options.images, 1, folder / "one")
        side_by_side = (f"--workers={options.workers}", f"--threads={options.workers}")
        one_worker = ("--workers=1", f"--threads={options.workers}")
        alone, whole, one_by_one, together, cold, loading = [], [], [], [], [], []
        for _ in range(options.rounds):
            alone.append(bench.networks_alone(options.workers, 1))
            whole.append(options.count / bench.predict(few, *side_by_side)[0])
            one_by_one.append(options.count / bench.predict(few, *one_worker, "--batch=1")[0])
            together.append(options.count / bench.predict(few, *one_worker, f"--batch={options.batch}")[0])
            for _ in range(COLD_STARTS):
                cold.append(bench.predict(one)[0])
                loading.append(bench.libtorch())
        single = [bench.networks_alone(1, options.workers) for _ in range(options.rounds)]

        print(f"{options.precision}, {options.workers} workers of one thread, {options.count} images a round")
        print(f"networks alone: {median_text(alone, '%.1f')} images/s")
        print(f"predict, files in, JSON and pictures out: {median_text(whole, '%.1f')} images/s")
        shares = [100 * w / n for w, n in zip(whole, alone)]
        print(f"share: {median_text(shares, '%.0f')} %")
        print(f"predict by one worker of {options.workers} threads: {median_text(one_by_one, '%.1f')} images/s one at a time, "
              f"{median_text(together, '%.1f')} with {options.batch} at once")
        expected = statistics.median(loading) + 1 / statistics.median(single)
        print(f"first answer of a cold process: {median_text(cold, '%.2f')} s; loading libtorch "
              f"{median_text(loading, '%.2f')} s plus one image {1000 / statistics.median(single):.0f} ms; "
              f"ratio {statistics.median(cold) / expected:.2f}")
        if options.archive:
            tenth = bench.predict(copy_images(options.images, options.archive // 10, folder / "tenth"), *side_by_side)[1]
            seconds, most = bench.predict(copy_images(options.images, options.archive, folder / "archive"), *side_by_side)
            print(f"most memory: {tenth:.0f} MB for {options.archive // 10} images, {most:.0f} MB for {options.archive} "
                  f"({options.archive / seconds:.1f} images/s, "
                  f"{100 * options.archive / seconds / statistics.median(alone):.0f} % of the networks' rate)")


if __name__ == "__main__":
    main()
