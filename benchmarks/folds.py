"""What settings are worth where parts of the images take turns in judging, and how much they differ on the same parts.

    python benchmarks/folds.py --folds 5 data=sdnet2018 data.path=WALLS model=mobilenet_v2_035 \\
        --variant balanced training.class_weights=balanced --variant focal training.loss=focal

Each variant is the same run with settings of its own; the first, "as given", has none. A run is a process of its own.
Choose between variants by validation; the last row is what such a choice, made anew in each fold, comes to on test.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from backbone_table import CONFIDENCE, figure_of
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

VALIDATION = "AUROC on validation"
METRICS = {
    "auroc": "AUROC",
    "recall_at_threshold": "cracks found",
    "false_alarm_rate_at_threshold": "false alarms",
    "loss": "loss",
}
"""Of test, and their titles."""
AS_GIVEN, CHOSEN = "as given", "chosen in each fold"
CAPTION = (
    f"Mean over folds ± {CONFIDENCE:.0%} interval (Student's t, for training images that the folds share: Nadeau and "
    "Bengio 2003), lowest and highest fold. Cracks found and false alarms: at the threshold that each fold chose on "
    f'validation images. "{CHOSEN}": of the variant with the highest AUROC on its validation images.'
    " Core-seconds: of a run as a whole process, median; below it the median of the ratios."
)


@dataclass(frozen=True)
class Variant:
    name: str
    overrides: list[str]


def main() -> None:
    arguments = parsed()
    variants = [Variant(AS_GIVEN, []), *(Variant(name, words) for name, *words in arguments.variant)]
    tasks = list(product(variants, range(1, arguments.folds + 1)))
    with ThreadPoolExecutor(arguments.jobs) as pool:
        waiting = [pool.submit(run, arguments, variant, fold) for variant, fold in tasks]
        try:
            rows = [one.result() for one in waiting]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    values = np.array(rows).reshape(len(variants), arguments.folds, -1)
    figures_of, core_seconds, overlap = values[..., :-2], values[..., -2], float(values[..., -1].mean())
    names = [variant.name for variant in variants]
    figures_by_name = dict(zip(names, figures_of, strict=True))
    Console().print(table_of(figures_by_name, dict(zip(names, core_seconds, strict=True)), overlap))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--variant", nargs="+", action="append", default=[], metavar=("NAME", "OVERRIDE"))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side, which share the cores")
    parser.add_argument("overrides", nargs="*", help="of every run; before any --variant")
    return parser.parse_args()


def run(arguments: argparse.Namespace, variant: Variant, fold: int) -> list[float]:
    """Validation's AUROC of one run, its test figures in the order of METRICS, its core-seconds, its overlap."""
    threads = str(max(1, (os.cpu_count() or 1) // arguments.jobs))
    share = {"TF_NUM_INTRAOP_THREADS": threads, "OMP_NUM_THREADS": threads}
    with TemporaryDirectory() as folder:
        own = [f"data.fold={fold}/{arguments.folds}", f"hydra.run.dir={folder}/run", f"tracking.folder={folder}/mlruns"]
        command = [sys.executable, "-m", "crack_exp.run", *arguments.overrides, *variant.overrides, *own]
        failure, core_seconds = measured(command, os.environ | share)
        if failure:
            sys.exit(f"{variant.name}, fold {fold}: {failure}")
        found = figures(json.loads(Path(folder, "run", "evaluation.json").read_text()))
        overlap = test_for_each_training_image(Path(folder, "run", "split.csv"))
    told = ", ".join(
        f"{title} {value:.3f}" for title, value in zip([VALIDATION, *METRICS.values()], found, strict=True)
    )
    print(f"{variant.name}, fold {fold}: {told}, core-seconds {core_seconds:.0f}", flush=True)
    return [*found, core_seconds, overlap]


def measured(command: Sequence[str], environment: Mapping[str, str]) -> tuple[str, float]:
    """Its last words where it failed, else none, and its core-seconds: hardly touched by what runs beside it."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return said.strip().splitlines()[-1] if process.returncode else "", usage.ru_utime + usage.ru_stime


def figures(evaluation: Mapping[str, Mapping[str, float]]) -> list[float]:
    """Validation's AUROC after the last phase, then test's METRICS; `evaluation` as evaluation.json has it."""
    last = [name for name in evaluation if name.startswith("validation_")][-1]
    return [evaluation[last]["auroc"], *(evaluation["test"][name] for name in METRICS)]


def test_for_each_training_image(split_csv: Path) -> float:
    """How many test images there are for each training image."""
    with split_csv.open(encoding="utf-8", newline="") as file:
        counts = Counter(row["split"] for row in csv.DictReader(file))
    return counts["test"] / counts["train"]


def table_of(values: Mapping[str, np.ndarray], core_seconds: Mapping[str, np.ndarray], overlap: float) -> Table:
    """A row a variant: the mean over folds, its interval and the folds' range; differences from the first, in pairs.

    values: (folds, 1 + METRICS), and core_seconds: (folds,), by the name of the variant; overlap: test images for each
    training image.
    """
    table = Table(box=SIMPLE_HEAD, caption=CAPTION)
    table.add_column("", no_wrap=True)
    for title in (VALIDATION, *METRICS.values(), "core-seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    first = values[AS_GIVEN]
    for name, folds in values.items():
        add_row(table, name, folds, overlap, f"{np.median(core_seconds[name]):.0f}")
        if folds is not first:
            differences = [spread(column, overlap, sign="+") for column in (folds - first).T]
            ratio = np.median(core_seconds[name] / core_seconds[AS_GIVEN])
            table.add_row("  difference", *differences, f"×{ratio:.2f}")
    if len(values) > 1:
        add_row(table, CHOSEN, chosen(list(values.values())), overlap)
    return table


def add_row(table: Table, name: str, folds: np.ndarray, overlap: float, core_seconds: str = "") -> None:
    told = (f"{spread(column, overlap)}\n{column.min():.3f}–{column.max():.3f}" for column in folds.T)
    table.add_row(name, *told, core_seconds)


def chosen(variants: Sequence[np.ndarray]) -> np.ndarray:
    """In each fold the row of the variant that is best on validation, the first of equals."""
    stacked = np.stack(variants)
    best = stacked[:, :, 0].argmax(axis=0)
    return stacked[best, np.arange(stacked.shape[1])]


def spread(values: np.ndarray, overlap: float, sign: str = "") -> str:
    """'0.912 ±0.031'."""
    figure = figure_of(values, overlap)
    return f"{figure.mean:{sign}.3f} ±{figure.high - figure.mean:.3f}"


if __name__ == "__main__":
    main()
