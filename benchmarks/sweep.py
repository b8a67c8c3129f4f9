"""Twelve settings of the head, as one sweep of crack_exp and as twelve plain Keras scripts.

python benchmarks/sweep.py --data ccic --weights imagenet
python benchmarks/sweep.py --data ccic --weights imagenet --rounds 1 --epochs 1 --images 200

One plain script is run in each round, its images decoded once and kept, and its time is counted twelve times. The sweep
begins without anything kept from earlier runs.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from whole_processes import link_first_images, run_measured

SETTINGS = ("optimizer=adam,rmsprop", "optimizer.learning_rate=1e-4,3e-4,1e-3", "training.dropout=0.2,0.5")
JOBS = 12


@dataclass(frozen=True)
class Round:
    """Wall seconds of whole processes: the sweep, and one plain script."""

    sweep_seconds: float
    plain_seconds: float

    @property
    def ratio(self) -> float:
        return self.sweep_seconds / (JOBS * self.plain_seconds)


def main() -> None:
    arguments = parsed()
    with TemporaryDirectory() as place:
        folder = Path(place)
        data = arguments.data.resolve()
        if arguments.images:
            data = link_first_images(data, arguments.images, folder / "data")
        rounds = [run_round(number, data, arguments, folder / str(number)) for number in range(arguments.rounds)]
    Console().print(table(rounds, arguments.epochs))
    if arguments.json:
        figures = {"rounds": [asdict(one) for one in rounds], "median_ratio": median(one.ratio for one in rounds)}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of MobileNetV2 1.0: a path, or imagenet")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10, help="of each head")
    parser.add_argument("--images", type=int, help="take the first ones of every class, so many in all")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def run_round(number: int, data: Path, arguments: argparse.Namespace, folder: Path) -> Round:
    """Run both; who comes first changes from round to round."""
    folder.mkdir()
    seconds = {}
    for run in (run_plain, run_sweep)[:: -1 if number % 2 else 1]:
        seconds[run] = run(data, arguments, folder)
        print(f"round {number + 1}: {run.__name__} took {seconds[run]:.1f} s", file=sys.stderr)
    return Round(sweep_seconds=seconds[run_sweep], plain_seconds=seconds[run_plain])


def run_plain(data: Path, arguments: argparse.Namespace, folder: Path) -> float:
    script = Path(__file__).with_name("plain_keras_reference.py")
    return run_measured(
        *(str(script), "--head-only", "--data", str(data), "--weights", arguments.weights),
        *("--epochs", str(arguments.epochs), "--output", str(folder / "plain")),
    ).seconds


def run_sweep(data: Path, arguments: argparse.Namespace, folder: Path) -> float:
    usage = run_measured(
        *(
            "-m",
            "crack_exp.run",
            "-m",
            "experiment=reference",
            "fine_tune=none",
            *SETTINGS,
            f"data.path='{data}'",
        ),
        *(f"model.weights='{arguments.weights}'", f"training.epochs={arguments.epochs}"),
        *("training.early_stopping_patience=null", f"hydra.sweep.dir='{folder / 'sweep'}'"),
        *("tracking.uri=null", f"tracking.folder='{folder / 'mlruns'}'"),
        cache=folder / "cache",
    )
    finished = len(list(folder.glob("sweep/**/evaluation.json")))
    assert finished == JOBS, f"{finished} of {JOBS} jobs finished"
    return usage.seconds


def table(rounds: Sequence[Round], epochs: int) -> Table:
    """A line per round and the median below."""
    shown = Table(
        *("round", f"one plain script\nseconds x {JOBS}", f"sweep of {JOBS}\nseconds", "ratio"),
        title=f"{JOBS} settings of the head, {epochs} epochs each",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for number, one in enumerate(rounds, 1):
        plain = f"{one.plain_seconds:.1f} x {JOBS} = {JOBS * one.plain_seconds:.0f}"
        shown.add_row(str(number), plain, f"{one.sweep_seconds:.1f}", f"{one.ratio:.4f}")
    shown.add_section()
    shown.add_row("median", "", "", f"{median(one.ratio for one in rounds):.4f}")
    return shown


if __name__ == "__main__":
    main()
