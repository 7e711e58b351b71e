"""Answers and times one batch by Python PyTorch, for `cxrnet bench`.

    python3 torchscript.py FOLDER THREADS N HEIGHT WIDTH MODE

FOLDER holds model.pt and image.f32. MODE is f32, the TorchScript frozen and optimised for inference,
or bf16, the TorchScript under autocast; images are channels-last. Prints "ready VERSION"; then, for each line "run K" on standard input, the seconds
that K runs took; for "answer", "done" once every output lies in FOLDER as output<i>.f32.
"""
import contextlib
import pathlib
import sys
import time


def main():
    import torch

    folder, threads, *shape, mode = sys.argv[1:]
    folder = pathlib.Path(folder)
    n, height, width = map(int, shape)
    torch.set_num_threads(int(threads))
    network = torch.jit.load(str(folder / "model.pt")).eval()
    if mode == "f32":
        network = torch.jit.optimize_for_inference(torch.jit.freeze(network))
    numbers = torch.frombuffer(bytearray((folder / "image.f32").read_bytes()), dtype=torch.float32)
    image = numbers.view(n, 1, height, width).to(memory_format=torch.channels_last)
    context = torch.autocast("cpu", dtype=torch.bfloat16) if mode == "bf16" else contextlib.nullcontext()
    print("ready", torch.__version__, flush=True)
    with torch.inference_mode(), context:
        for line in sys.stdin:
            command, *count = line.split()
            if command == "run":
                start = time.perf_counter()
                for _ in range(int(count[0])):
                    network(image)
                print(time.perf_counter() - start, flush=True)
            elif command == "answer":
                for i, output in enumerate(network(image)):
                    (folder / f"output{i}.f32").write_bytes(output.float().contiguous().numpy().tobytes())
                print("done", flush=True)


try:
    main()
except Exception as error:  # the caller reads standard output alone
    print("failed", str(error).split("\n")[0], flush=True)
    sys.exit(1)
