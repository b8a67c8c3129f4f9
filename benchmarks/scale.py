"""What an image costs in sets of growing size, in the reference workflow with two epochs of each phase.

python benchmarks/scale.py --data ccic --weights imagenet
python benchmarks/scale.py --data ccic --weights imagenet --images 100 200

The sets are the images of --data over and over, each file with bytes of its own. Nothing is kept from one to the next.
Of the epochs of a phase the last one counts: the first one traces as well.
"""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from whole_processes import repeat_images, run_measured

SIZES = (1_000, 5_000, 20_000, 40_000)


@dataclass(frozen=True)
class Cost:
    """Of a run on so many images: milliseconds for each of them, and megabytes in all."""

    images: int
    audit_ms: float
    features_ms: float
    head_epoch_ms: float
    fine_tune_epoch_ms: float
    peak_memory_mb: float
    kept_mb: float


def main() -> None:
    arguments = parsed()
    costs = []
    for images in arguments.images:
        with TemporaryDirectory() as place:
            costs.append(measure(images, arguments, Path(place)))
        print(costs[-1], file=sys.stderr)
    Console().print(table(costs))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=2) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of MobileNetV2 1.0: a path, or imagenet")
    parser.add_argument("--images", type=int, nargs="+", default=SIZES, help="how many in each set")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def measure(images: int, arguments: argparse.Namespace, folder: Path) -> Cost:
    data = repeat_images(arguments.data, images, folder / "data")
    run, cache = folder / "run", folder / "cache"
    usage = run_measured(
        *("-m", "crack_exp.run", "experiment=reference", f"data.path='{data}'", f"model.weights='{arguments.weights}'"),
        *("training.epochs=2", "fine_tune.epochs=2", "training.early_stopping_patience=null"),
        *(f"hydra.run.dir='{run}'", "tracking.uri=null", f"tracking.folder='{folder / 'mlruns'}'"),
        cache=cache,
    )
    parts = {row["part"]: float(row["seconds"]) for row in rows_of(run / "seconds.csv")}
    last_epochs = {row["phase"]: float(row["seconds"]) for row in rows_of(run / "history.csv")}
    ms = 1000 / images
    kept = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file())
    return Cost(
        images=images,
        audit_ms=ms * parts["audit"],
        features_ms=ms * parts["features"],
        head_epoch_ms=ms * last_epochs["head"],
        fine_tune_epoch_ms=ms * last_epochs["fine_tune"],
        peak_memory_mb=usage.peak_memory_mb,
        kept_mb=kept / 1e6,
    )


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines()))


def table(costs: Sequence[Cost]) -> Table:
    """A line per set, on 80 columns."""
    shown = Table(
        *("images", "audit\nms", "features\nms", "head\nepoch ms", "fine-tune\nepoch ms", "peak\nMB", "kept\nMB"),
        title="What an image costs, by how many there are",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in shown.columns:
        column.justify = "right"
    for one in costs:
        each = (one.audit_ms, one.features_ms, one.head_epoch_ms, one.fine_tune_epoch_ms)
        shown.add_row(
            f"{one.images:,}", *(f"{ms:.2f}" for ms in each), f"{one.peak_memory_mb:,.0f}", f"{one.kept_mb:,.0f}"
        )
    return shown


if __name__ == "__main__":
    main()
