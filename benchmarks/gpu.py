"""What a device gives on whichever Keras backend there is: images/s by precision, agreement, waiting, memory.

python benchmarks/gpu.py                                      # at most eight minutes, on one GPU
KERAS_BACKEND=jax python benchmarks/gpu.py --json gpu.json
python benchmarks/gpu.py --minutes 2 --alpha 0.35 --image-size-px 64 --batch-size 16 --steps 2     # on a CPU

It needs this package, Keras and its backend. Each measurement is a process of its own, the most important ones first;
those for which no time is left are named. Where PyTorch is installed, a training loop of its own is measured too.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
SETTINGS = ("alpha", "weights", "image_size_px", "batch_size", "steps", "images")
COLUMNS = ("frozen_images_per_s", "head_images_per_s", "fine_tune_images_per_s", "peak_memory_mb")
WIDTH = 125  # of the table, also where the terminal is narrower or there is none
SURE = 0.9  # a probability
SPARE_S = 5.0  # to print, and for a process to be ended


def main() -> None:
    arguments = _arguments()
    ends = time.monotonic() + 60 * arguments.minutes
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    measured, left_out = list[dict[str, Any]](), list[str]()
    with TemporaryDirectory() as folder:
        for task in tasks():
            done = measure(task | settings | {"same_weights": str(Path(folder, "same.weights.h5"))}, ends)
            if isinstance(done, dict):
                measured.append(done)
            else:
                left_out.append(done)
    if not measured:
        sys.exit("nothing was measured: " + "; ".join(left_out))
    facts = {
        "settings": settings,
        "left_out": left_out,
        "unsure": unsure(measured),
        "measured": with_agreement(measured),
    }
    Console(width=WIDTH).print(table(facts))
    for line in left_out:
        print(f"left out: {line}")
    if arguments.json:
        arguments.json.write_text(json.dumps(facts, indent=2) + "\n")


def tasks() -> list[dict[str, Any]]:
    """What to measure, the most important first: ours in each precision, the recipes beside it, then compilers."""
    ours = [{"kind": "ours", "precision": precision, "compiled": "auto"} for precision in PRECISIONS]
    feeding = [{"kind": "feeding", "precision": "float32", "compiled": "auto"}]
    plain = [{"kind": "plain Keras", "precision": precision, "compiled": "auto"} for precision in PRECISIONS[:2]]
    torch = [
        {"kind": "PyTorch recipe", "precision": precision, "compiled": compiled}
        for precision, compiled in (("mixed_bfloat16", True), ("float32", False))
        if importlib.util.find_spec("torch")
    ]
    compilers = [
        {"kind": "ours", "precision": precision, "compiled": compiled}
        for compiled in (True, False)
        for precision in PRECISIONS[:2]
    ]
    every_device = [{"kind": "all devices", "precision": "float32", "compiled": "auto"}]
    return [*ours, *feeding, *plain, *torch, *every_device, *compilers]


def measure(task: dict[str, Any], ends: float) -> dict[str, Any] | str:
    """What a process of its own found; or why there is nothing."""
    name = f"{task['kind']}, {task['precision']}, compiled: {task['compiled']}"
    seconds = ends - time.monotonic() - SPARE_S
    if seconds <= 0:
        return f"{name}: no time left"
    print(f"measuring {name}", file=sys.stderr, flush=True)
    command = [sys.executable, str(Path(__file__).with_name("one_gpu_task.py")), json.dumps(task)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"{name}: no time left"
    if done.returncode:
        return f"{name}: {(done.stderr.strip().splitlines() or ['failed'])[-1][:200]}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


def unsure(measured: list[dict[str, Any]]) -> float | None:
    """The share of images of which ours in float32 is less than SURE: there the precisions may decide otherwise."""
    exact = reference(measured)
    return None if exact is None else float((np.max(exact, axis=1) < SURE).mean())


def with_agreement(measured: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, with how they differ from ours in float32 in place of the probabilities of each."""
    exact = reference(measured)
    figures = [{name: value for name, value in one.items() if name != "probabilities"} for one in measured]
    return [kept | _agreement(one["probabilities"], exact) for kept, one in zip(figures, measured, strict=True)]


def _agreement(found: list[list[float]] | None, exact: list[list[float]] | None) -> dict[str, float]:
    if found is None or exact is None:
        return {}
    differences = np.abs(np.array(found) - exact)
    equal = np.argmax(found, axis=1) == np.argmax(exact, axis=1)
    return {"max_difference": float(differences.max()), "equal_decisions": float(equal.mean())}


def reference(measured: list[dict[str, Any]]) -> list[list[float]] | None:
    """The probabilities of ours in float32, for each image and class; None where they were not measured."""
    wanted = {"kind": "ours", "precision": "float32", "compiled": "auto"}
    return next((one["probabilities"] for one in measured if wanted.items() <= one.items()), None)


def table(facts: dict[str, Any]) -> Table:
    first, settings = facts["measured"][0], facts["settings"]
    title = (
        f"{first['device']}; {', '.join(' '.join(one) for one in first['versions'].items())}; MobileNetV2 "
        f"{settings['alpha']:g}, {settings['image_size_px']} px, batches of {settings['batch_size']}, images/s"
    )
    caption = None
    if facts["unsure"] is not None:
        caption = (
            "Differences from ours in float32, with the same weights, of the probabilities of "
            f"{settings['images']} patches. Of {facts['unsure']:.0%} of them float32 is less than {SURE:.0%} sure."
        )
    shown = Table(
        title=title, caption=caption, caption_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True
    )
    heads = ("frozen", "head", "fine-tuning", "memory, MB", "waiting", "differs by", "equal decisions")
    for head in ("measured", "precision", "compiled", *heads):
        shown.add_column(head, justify="left" if head in ("measured", "precision", "compiled") else "right")
    for one in facts["measured"]:
        numbers = [f"{one[name]:,.0f}" if one.get(name) else "" for name in COLUMNS]
        shares = [f"{one[name]:.1%}" if one.get(name) is not None else "" for name in ("waiting",)]
        agreement = [f"{one['max_difference']:.4f}", f"{one['equal_decisions']:.1%}"] if "max_difference" in one else []
        shown.add_row(one["kind"], one["precision"], str(one["compiled"]), *numbers, *shares, *agreement)
    return shown


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8.0, help="after which nothing more is begun")
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--weights", default="painted", help="of the backbone: painted, imagenet, none or a path")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=20, help="in each timed round")
    parser.add_argument("--images", type=int, default=512, help="whose probabilities are compared")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
