#!/usr/bin/python3
"""Training steps of CXR-Net beside the same network in Python PyTorch, run as: scripts/bench training [--architecture resnet50]

Both start from the same weights and train on the same batch: channels-last, bf16 autocast (or f32), Adam, the same threads.
They take turns; a figure is the median of the rounds, least and greatest in brackets. PyTorch runs its Adam in each of its forms
(single operations, multi-tensor ones, on a GPU a fused one, too), and the fastest counts; on a GPU cuDNN tries its kernels for
both, for cxrnet only where it records its step. Before timing, the losses of the untrained networks are compared. The network is
written here a second time, with torchvision's encoders.
"""
import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import torchvision
from torch.nn import functional

INPUT_MEAN, INPUT_DEVIATION = 0.5, 0.25
LEVELS = 5
ADAMS = {"single": {"foreach": False}, "multi-tensor": {"foreach": True}, "fused": {"fused": True}}
WARM_UP_STEPS = 5  # in which libraries choose kernels, and cxrnet records its step


class ConvNorm(torch.nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv = torch.nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False)
        self.bn = torch.nn.BatchNorm2d(channels_out)

    def forward(self, x):
        return functional.leaky_relu_(self.bn(self.conv(x)), 0.1)


class Upsample(torch.nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv = torch.nn.Conv2d(channels_in, 4 * channels_out, 1)

    def forward(self, x):
        return functional.pixel_shuffle(self.conv(x), 2)


class DecoderBlock(torch.nn.Module):
    def __init__(self, channels_in, skip, channels_out):
        super().__init__()
        self.block1 = ConvNorm(channels_out + skip, channels_out)
        self.block2 = ConvNorm(channels_out, channels_out)
        self.upsample = Upsample(channels_in, channels_out)

    def forward(self, x, skip):
        x = self.upsample(x)
        return self.block2(self.block1(torch.cat([x, skip.to(x.dtype)], 1).relu_()))


class Decoder(torch.nn.Module):
    def __init__(self, channels, widths=(256, 128, 64, 32, 16)):
        super().__init__()
        skips = [*channels[-2::-1], 1]
        inputs = [channels[-1], *widths[:-1]]
        for n in range(LEVELS):
            self.add_module(f"level{n}", DecoderBlock(inputs[n], skips[n], widths[n]))
        self.output = torch.nn.Conv2d(widths[-1], 1, 1)

    def forward(self, image, features):
        x = features[-1]
        for n, skip in enumerate([*features[-2::-1], image]):
            x = getattr(self, f"level{n}")(x, skip)
        return self.output(x).float()


class Encoder(torch.nn.Module):
    """torchvision's ResNet for grey images, level by level."""

    def __init__(self, architecture):
        super().__init__()
        self.resnet = torchvision.models.get_model(architecture, weights=None)
        self.resnet.conv1 = torch.nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        del self.resnet.fc

    def forward(self, x):
        net = self.resnet
        levels = [net.relu(net.bn1(net.conv1(x)))]
        x = net.maxpool(levels[0])
        for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
            x = stage(x)
            levels.append(x)
        return levels


class CxrNet(torch.nn.Module):
    def __init__(self, architecture, has_decoder):
        super().__init__()
        channels = [64, 256, 512, 1024, 2048] if architecture == "resnet50" else [64, 64, 128, 256, 512]
        self.encoder = Encoder(architecture)
        self.fc = torch.nn.Linear(channels[-1], 4)
        self.decoder = Decoder(channels) if has_decoder else None

    def classify(self, features):
        return self.fc(features[-1].mean((2, 3))).float()

    def features(self, image):
        return self.encoder((image - INPUT_MEAN) / INPUT_DEVIATION)

    def loss(self, image, target):
        features = self.features(image)
        loss = functional.cross_entropy(self.classify(features), target)
        if self.decoder is None:
            return loss
        representation = self.decoder(image, features).sigmoid()
        return loss + functional.cross_entropy(self.classify(self.features(representation)), target)


def read_safetensors(path):
    data = path.read_bytes()
    header_size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + header_size])
    start = 8 + header_size
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", name
            first, last = entry["data_offsets"]
            values = torch.frombuffer(bytearray(data[start + first:start + last]), dtype=torch.float32)
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class PyTorch:
    def __init__(self, options, folder, adam):
        tensors = read_safetensors(folder / "training.safetensors")
        self.device = options.device
        self.image = tensors.pop("image").to(self.device, memory_format=torch.channels_last)
        self.target = tensors.pop("target").to(self.device)
        self.network = CxrNet(options.architecture, options.representation == "image")
        names = {"encoder.": "encoder.resnet.", "head.fc.": "fc."}
        for old, new in names.items():
            tensors = {new + name[len(old):] if name.startswith(old) else name: t for name, t in tensors.items()}
        missing, unexpected = self.network.load_state_dict(tensors, strict=False)
        assert not unexpected and all("running" in n or "num_batches" in n for n in missing), (missing, unexpected)
        self.network.to(self.device, memory_format=torch.channels_last).train()
        self.adam = torch.optim.Adam(self.network.parameters(), lr=1e-4, **adam)
        self.is_bf16 = options.precision == "bf16"

    def loss(self):
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.is_bf16):
            return self.network.loss(self.image, self.target)

    def seconds(self, steps):
        start = time.perf_counter()
        for _ in range(steps):
            self.adam.zero_grad(set_to_none=True)
            self.loss().backward()
            self.adam.step()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start


def share_of_convolutions(peer):
    """Share of the operators' own time in a step of PyTorch's that its convolutions take, gradients included."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        peer.seconds(1)
    rows = profile.key_averages()
    convolutions = {"aten::mkldnn_convolution", "aten::convolution_backward"}
    return sum(r.self_cpu_time_total for r in rows if r.key in convolutions) / sum(r.self_cpu_time_total for r in rows)


class Cxrnet:
    def __init__(self, options, folder):
        names = ("architecture", "representation", "precision", "device", "size", "batch", "threads")
        arguments = [f"--{name}={getattr(options, name)}" for name in names]
        arguments.append("--cuda-graphs" if options.cuda_graphs else "--no-cuda-graphs")
        self.process = subprocess.Popen([options.program, *arguments, f"--folder={folder}"], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == "ready\n", "our half did not start"

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def loss(self):
        return self.ask("loss")

    def seconds(self, steps):
        return self.ask(steps)


def summary(times, batch):
    ms = sorted(1000 * t / batch for t in times)
    return f"{statistics.median(ms):.3g} ms an image ({ms[0]:.3g} to {ms[-1]:.3g})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="cxrnet_bench_training; scripts/bench gives it")
    parser.add_argument("--architecture", choices=("resnet34", "resnet50"), default="resnet50")
    parser.add_argument("--representation", choices=("image", "none"), default="image",
                        help="image: the paper's network, both passes; none: its first encoder alone")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="bf16")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: beside eager PyTorch on the same card")
    parser.add_argument("--cuda-graphs", action=argparse.BooleanOptionalAction, default=True,
                        help="on a GPU cxrnet records its step and replays it")
    parser.add_argument("--size", type=int, default=224, help="pixels, a multiple of 32")
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=1, help="in each round")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = Cxrnet(options, folder)
        peers = {name: PyTorch(options, folder, adam) for name, adam in ADAMS.items()
                 if options.device == "cuda" or name != "fused"}
        losses = [ours.loss(), peers["single"].loss().item()]
        tolerance = 1e-3 if options.precision == "f32" else 3e-2
        if abs(losses[0] - losses[1]) > tolerance * losses[1]:
            sys.exit(f"bench: expected equal losses of equal networks, got {losses}")
        contenders = {"cxrnet": ours, **peers}
        times = {contender: [] for contender in contenders}
        for runner in contenders.values():
            runner.seconds(WARM_UP_STEPS if options.device == "cuda" else options.steps)
        for _ in range(options.rounds):
            for contender, runner in contenders.items():
                times[contender].append(runner.seconds(options.steps) / options.steps)
        ours.process.stdin.close()
        share = share_of_convolutions(peers["single"]) if options.device == "cpu" else None

    print(f"CXR-Net {options.architecture}, representation {options.representation}, {options.size} px, batch "
          f"{options.batch}, {options.precision}, {options.device}, {options.threads} threads; losses {losses[0]:.4f} and {losses[1]:.4f}")
    print(f"cxrnet: {summary(times['cxrnet'], options.batch)}")
    for adam in peers:
        print(f"PyTorch {torch.__version__}, {adam} Adam: {summary(times[adam], options.batch)}")
    if share is not None:
        print(f"PyTorch's convolutions, which both share: {100 * share:.0f} % of its step")
    fastest = min(peers, key=lambda peer: statistics.median(times[peer]))
    ratios = sorted(theirs / own for theirs, own in zip(times[fastest], times["cxrnet"]))
    print(f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}): PyTorch's time, with its {fastest} Adam, over cxrnet's")


if __name__ == "__main__":
    main()
