"""What settings are worth where parts of the images take turns in judging, and how much they differ on the same parts.

    python benchmarks/folds.py --folds 5 data=sdnet2018 data.path=WALLS model=mobilenet_v2_035 \\
        --variant balanced training.class_weights=balanced --variant focal training.loss=focal

Each variant is the same run with settings of its own; the first, "as given", has none. A run is a process of its own.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from scipy.stats import t

METRICS = {
    "auroc": "AUROC",
    "recall_at_threshold": "cracks found",
    "false_alarm_rate_at_threshold": "false alarms",
    "loss": "loss",
}
CONFIDENCE = 0.95
AS_GIVEN = "as given"
CAPTION = (
    f"Mean over folds ± {CONFIDENCE:.0%} interval (Student's t), lowest and highest fold. The interval is a little too "
    "narrow, since folds share most of their training images. Cracks found and false alarms: at the threshold that "
    "each fold chose on validation images."
)


@dataclass(frozen=True)
class Variant:
    name: str
    overrides: list[str]


def main() -> None:
    arguments = parsed()
    variants = [Variant(AS_GIVEN, []), *(Variant(name, words) for name, *words in arguments.variant)]
    values = {
        variant.name: np.array([run(arguments, variant, fold) for fold in range(1, arguments.folds + 1)])
        for variant in variants
    }
    Console().print(table_of(values))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--variant", nargs="+", action="append", default=[], metavar=("NAME", "OVERRIDE"))
    parser.add_argument("overrides", nargs="*", help="of every run; before any --variant")
    return parser.parse_args()


def run(arguments: argparse.Namespace, variant: Variant, fold: int) -> list[float]:
    """The test figures of one run, in the order of METRICS."""
    with TemporaryDirectory() as folder:
        own = [f"data.fold={fold}/{arguments.folds}", f"hydra.run.dir={folder}/run", f"tracking.folder={folder}/mlruns"]
        command = [sys.executable, "-m", "crack_exp.run", *arguments.overrides, *variant.overrides, *own]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{variant.name}, fold {fold}: {done.stdout.strip().splitlines()[-1]}")
        test = json.loads(Path(folder, "run", "evaluation.json").read_text())["test"]
    found = [test[name] for name in METRICS]
    told = ", ".join(f"{title} {value:.3f}" for title, value in zip(METRICS.values(), found, strict=True))
    print(f"{variant.name}, fold {fold}: {told}", flush=True)
    return found


def table_of(values: dict[str, np.ndarray]) -> Table:
    """A row a variant: the mean over folds, its interval and the folds' range; differences from the first, in pairs."""
    table = Table(box=SIMPLE_HEAD, caption=CAPTION)
    table.add_column("", no_wrap=True)
    for title in METRICS.values():
        table.add_column(title, justify="right", no_wrap=True)
    first = values[AS_GIVEN]
    for name, folds in values.items():
        cells = [f"{spread(column)}\n{column.min():.3f}–{column.max():.3f}" for column in folds.T]
        table.add_row(name, *cells)
        if folds is not first:
            table.add_row("  difference", *(spread(column, sign="+") for column in (folds - first).T))
    return table


def spread(values: np.ndarray, sign: str = "") -> str:
    """'0.912 ±0.031'."""
    reach = t.isf((1 - CONFIDENCE) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():{sign}.3f} ±{reach:.3f}"


if __name__ == "__main__":
    main()
