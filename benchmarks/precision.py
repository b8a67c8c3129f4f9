"""What each precision costs and changes on the device at hand: images/s, peak memory, agreement with float32.

python benchmarks/precision.py --weights imagenet
python benchmarks/precision.py --alpha 0.35 --image-size-px 96 --batch-sizes 16 --steps 2
KERAS_BACKEND=jax python benchmarks/precision.py --batch-sizes 32 128 512 --steps 100     # needs no TensorFlow
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

OTHERS = ("mixed_float16", "mixed_bfloat16")
SURE = 0.9


@dataclass(frozen=True)
class Row:
    """A line of the table. max_difference: of two probabilities; equal_decisions: share of the images."""

    precision: str
    batch_size: int
    head_images_per_s: float
    fine_tune_images_per_s: float
    peak_memory_mb: float
    max_difference: float
    equal_decisions: float


def main() -> None:
    arguments = _arguments()
    settings = {name: getattr(arguments, name) for name in ("alpha", "image_size_px", "weights", "images", "steps")}
    measured = measure_all(settings, arguments.batch_sizes, ["float32", *arguments.precisions])
    float32 = {one["batch_size"]: one["probabilities"] for one in measured if one["precision"] == "float32"}
    rows = [compare(one, float32[one["batch_size"]]) for one in measured]
    facts = {
        "device": measured[0]["device"],
        "versions": measured[0]["versions"],
        "settings": settings,
        "unsure": float((np.max(measured[0]["probabilities"], axis=1) < SURE).mean()),
    }
    Console().print(table(rows, facts))
    if arguments.json:
        arguments.json.write_text(json.dumps(facts | {"rows": [asdict(row) for row in rows]}, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precisions", nargs="+", choices=OTHERS, default=OTHERS, help="to compare with float32")
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--weights", default="none", help="of the backbone: a path, imagenet, or none for random ones")
    parser.add_argument("--images", type=int, default=256, help="images to compare the probabilities of")
    parser.add_argument("--steps", type=int, default=5, help="training steps in each timed round; 100 on a GPU")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def measure_all(settings: dict[str, Any], batch_sizes: list[int], precisions: list[str]) -> list[dict[str, Any]]:
    """Every precision at every batch size, each in a fresh process, so that its peak of memory is its own."""
    with TemporaryDirectory() as folder:
        shared = settings | {"same_weights": f"{folder}/same.weights.h5"}
        _in_own_process(shared | {"precision": None, "batch_size": 32})
        return [
            json.loads(_in_own_process(shared | {"precision": precision, "batch_size": batch_size}))
            for batch_size in batch_sizes
            for precision in precisions
        ]


def _in_own_process(task: dict[str, Any]) -> str:
    print(f"{task['precision'] or 'preparing weights'}, batches of {task['batch_size']} ...", file=sys.stderr)
    command = [sys.executable, str(Path(__file__).with_name("one_precision.py")), json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout


def compare(measured: dict[str, Any], float32: list[list[float]]) -> Row:
    """The figures of `measured` beside what float32 says of the same images."""
    probabilities, reference = np.array(measured["probabilities"]), np.array(float32)
    figures = ("precision", "batch_size", "head_images_per_s", "fine_tune_images_per_s", "peak_memory_mb")
    return Row(
        **{name: measured[name] for name in figures},
        max_difference=float(np.abs(probabilities - reference).max()),
        equal_decisions=float((probabilities.argmax(axis=1) == reference.argmax(axis=1)).mean()),
    )


def table(rows: list[Row], facts: dict[str, Any]) -> Table:
    """One line per precision and batch size, on 80 columns."""
    settings, versions = facts["settings"], facts["versions"]
    shown = Table(
        *("precision", "batch", "head\nimages/s", "fine-tune\nimages/s", "peak\nMB", "largest\ndifference"),
        "equal\ndecisions",
        title=f"MobileNetV2 {settings['alpha']} at {settings['image_size_px']} px on {facts['device']}",
        caption=f"{', '.join(f'{name} {version}' for name, version in versions.items())}. Differences from float32's "
        f"probabilities with the same weights on {settings['images']} patches; of {facts['unsure']:.0%} of them "
        f"float32 itself is less than {SURE:.0%} sure.",
        box=SIMPLE_HEAD,
        pad_edge=False,
        caption_justify="left",
    )
    shown.columns[0].no_wrap = True
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in rows:
        shown.add_row(
            *(row.precision, str(row.batch_size), f"{row.head_images_per_s:,.1f}"),
            *(f"{row.fine_tune_images_per_s:,.1f}", f"{row.peak_memory_mb:,.0f}"),
            *(f"{row.max_difference:.4f}", f"{row.equal_decisions:.1%}"),
        )
    return shown


if __name__ == "__main__":
    main()
