"""What an image costs in sets of growing size, in the reference workflow with two epochs of each phase.

python benchmarks/scale.py --data ccic --weights imagenet
python benchmarks/scale.py --data ccic --weights painted --images 40000 200000 1000000 \\
    --settings model=mobilenet_v2_035 model.image_size_px=64

The sets are the images of --data over and over, each file with bytes of its own. Nothing is kept from one to the next.
Of the epochs of a phase the last one counts: the first one traces as well. Before a set is made, it is told how much
of the disk it takes, and one that would leave less than 2 GB is not made.
"""

import argparse
import csv
import json
import shutil
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
COLUMNS = 100
BLOCK_BYTES = 4096  # a file takes whole ones
SPARE_BYTES = 2_000_000_000
ONCE = ("start-up", "imports", "network")
"""Parts of a run that do not depend on the number of images."""


@dataclass(frozen=True)
class Cost:
    """Of a run on so many images: milliseconds for each of them, and megabytes in all.

    rest_ms: of all other parts that read or write something for each image: splits, tables, MLflow, plots, the page.
    processor_ms: of all cores, for the whole run. kept_mb: features and checks; written_mb: run folder and MLflow.
    """

    images: int
    audit_ms: float
    features_ms: float
    head_epoch_ms: float
    fine_tune_epoch_ms: float
    evaluation_ms: float
    rest_ms: float
    processor_ms: float
    seconds: float
    peak_memory_mb: float
    kept_mb: float
    written_mb: float


def main() -> None:
    arguments = parsed()
    costs = []
    for images in arguments.images:
        with TemporaryDirectory(dir=arguments.folder) as place:
            state_disk(images, arguments, Path(place))
            costs.append(measure(images, arguments, Path(place)))
            # Before a million files are deleted, which takes minutes.
            print(costs[-1], file=sys.stderr)
            if arguments.json:
                arguments.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=2) + "\n")
    Console(width=COLUMNS).print(table(costs))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of the network: a path, imagenet or painted")
    parser.add_argument("--images", type=int, nargs="+", default=SIZES, help="how many in each set")
    parser.add_argument("--settings", nargs="*", default=[], help="further settings of the run, e.g. model=...")
    parser.add_argument("--folder", type=Path, help="where the sets and runs lie meanwhile; default: the system's")
    parser.add_argument("--json", type=Path, help="write the figures to this file, after each size")
    return parser.parse_args()


def state_disk(images: int, arguments: argparse.Namespace, folder: Path) -> None:
    """Say how much of the disk a set of so many images takes. Exits where there is less."""
    sizes = [file.stat().st_size for inner in arguments.data.iterdir() if inner.is_dir() for file in inner.iterdir()]
    blocks = sum(-(-size // BLOCK_BYTES) for size in sizes) / len(sizes)
    needed, free = round(images * blocks * BLOCK_BYTES), shutil.disk_usage(folder).free
    said = f"{images:,} files take {needed / 1e9:.1f} GB in {folder}, {free / 1e9:.1f} GB are free"
    if free < needed + SPARE_BYTES:
        sys.exit(f"--images {images}: {said}; give fewer, or another --folder")
    print(said, file=sys.stderr)


def measure(images: int, arguments: argparse.Namespace, folder: Path) -> Cost:
    data = repeat_images(arguments.data, images, folder / "data")
    run, cache, mlflow = folder / "run", folder / "cache", folder / "mlruns"
    usage = run_measured(
        *("-m", "crack_exp.run", "experiment=reference", f"data.path='{data}'", f"model.weights='{arguments.weights}'"),
        *("training.epochs=2", "fine_tune.epochs=2", "training.early_stopping_patience=null"),
        *(f"hydra.run.dir='{run}'", "tracking.uri=null", f"tracking.folder='{mlflow}'", *arguments.settings),
        cache=cache,
    )
    parts = {row["part"]: float(row["seconds"]) for row in rows_of(run / "seconds.csv")}
    last_epochs = {row["phase"]: float(row["seconds"]) for row in rows_of(run / "history.csv")}
    named = ("audit", "features", "decoding", "training", "evaluation")
    rest = sum(seconds for part, seconds in parts.items() if part not in named + ONCE)
    ms = 1000 / images
    return Cost(
        images=images,
        audit_ms=ms * parts["audit"],
        features_ms=ms * (parts["features"] + parts["decoding"]),
        head_epoch_ms=ms * last_epochs["head"],
        fine_tune_epoch_ms=ms * last_epochs["fine_tune"],
        evaluation_ms=ms * parts["evaluation"],
        rest_ms=ms * rest,
        processor_ms=ms * usage.cpu_seconds,
        seconds=usage.seconds,
        peak_memory_mb=usage.peak_memory_mb,
        kept_mb=size_mb(cache),
        written_mb=size_mb(run) + size_mb(mlflow),
    )


def size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text().splitlines()))


def table(costs: Sequence[Cost]) -> Table:
    """A line per set, on COLUMNS."""
    shown = Table(
        *("images", "audit\nms", "features\nms", "head\nepoch", "tuning\nepoch", "judging\nms", "rest\nms"),
        *("CPU\nms", "run\ns", "peak\nMB", "kept\nMB", "written\nMB"),
        title="What an image costs, by how many there are",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in shown.columns:
        column.justify = "right"
    for one in costs:
        each = (one.audit_ms, one.features_ms, one.head_epoch_ms, one.fine_tune_epoch_ms, one.evaluation_ms)
        in_all = (one.seconds, one.peak_memory_mb, one.kept_mb, one.written_mb)
        shown.add_row(
            f"{one.images:,}",
            *(f"{ms:.2f}" for ms in (*each, one.rest_ms, one.processor_ms)),
            *(f"{figure:,.0f}" for figure in in_all),
        )
    return shown


if __name__ == "__main__":
    main()
