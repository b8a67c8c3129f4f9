"""`experiment=reference` against the same workflow by hand in plain Keras: how long each takes, how well it does.

python benchmarks/against_plain_keras.py --data ccic --weights imagenet --pairs 3
python benchmarks/against_plain_keras.py --data ccic --weights imagenet --pairs 1 --epochs 1 --images 200
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.evaluation.intervals import wilson_interval

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Finished:
    """One whole process, from start to exit. accuracy: on its test images, with Wilson's interval low to high."""

    seconds: float
    cpu_seconds: float
    test_images: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Pair:
    """Both programs, one after the other, with the same seeds."""

    plain: Finished
    crack_exp: Finished

    @property
    def difference_seconds(self) -> float:
        return self.crack_exp.seconds - self.plain.seconds

    @property
    def ratio(self) -> float:
        return self.crack_exp.seconds / self.plain.seconds


def main() -> None:
    arguments = _arguments()
    with TemporaryDirectory() as place:
        folder = Path(place)
        data = arguments.data.resolve()
        if arguments.images:
            data = link_first_images(data, arguments.images, folder / "data")
        pairs = [
            run_pair(number, data, arguments.weights, arguments.epochs, folder) for number in range(arguments.pairs)
        ]
    Console().print(table(pairs, arguments.epochs))
    if arguments.json:
        arguments.json.write_text(json.dumps(_figures(pairs, arguments), indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="one folder of images per class")
    parser.add_argument("--weights", required=True, help="of MobileNetV2 1.0: a path, or imagenet")
    parser.add_argument("--pairs", type=int, default=3, help="how often to run both, each time with another seed")
    parser.add_argument("--epochs", type=int, default=10, help="of the head, and again of fine-tuning")
    parser.add_argument("--images", type=int, help="take the first ones of every class, so many in all")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def link_first_images(data: Path, images: int, folder: Path) -> Path:
    """Fill `folder` with links to the first images of each class of `data`, the same number of each."""
    classes = sorted(inner for inner in data.iterdir() if inner.is_dir())
    for inner in classes:
        (folder / inner.name).mkdir(parents=True)
        for file in sorted(inner.iterdir())[: images // len(classes)]:
            (folder / inner.name / file.name).symlink_to(file)
    return folder


def run_pair(number: int, data: Path, weights: str, epochs: int, folder: Path) -> Pair:
    """Run both programs. Who comes first changes from pair to pair: a machine that warms up favours neither."""
    finished = {}
    for program in (run_plain, run_crack_exp)[:: -1 if number % 2 else 1]:
        finished[program] = program(number, data, weights, epochs, folder)
        print(f"pair {number + 1}: {program.__name__} took {finished[program].seconds:.1f} s", file=sys.stderr)
    return Pair(plain=finished[run_plain], crack_exp=finished[run_crack_exp])


def run_plain(number: int, data: Path, weights: str, epochs: int, folder: Path) -> Finished:
    output = folder / f"plain_{number}"
    script = Path(__file__).with_name("plain_keras_reference.py")
    seconds = _run(
        *(str(script), "--data", str(data), "--weights", weights, "--output", str(output)),
        *("--epochs", str(epochs), "--seed", str(number + 1), "--split-seed", str(number)),
    )
    result = json.loads((output / "result.json").read_text())
    return _finished(seconds, result["test_images"], result["test"]["accuracy"])


def run_crack_exp(number: int, data: Path, weights: str, epochs: int, folder: Path) -> Finished:
    output = folder / f"crack_exp_{number}"
    seconds = _run(
        *("-m", "crack_exp.run", "experiment=reference", f"data.path='{data}'", f"model.weights='{weights}'"),
        *(f"training.epochs={epochs}", f"fine_tune.epochs={epochs}", "training.early_stopping_patience=null"),
        *(f"seed={number + 1}", f"data.split_seed={number}", f"hydra.run.dir='{output}'"),
        *("tracking.uri=null", f"tracking.folder='{folder / 'mlruns'}'"),
    )
    test_images = len((output / "predictions.csv").read_text().splitlines()) - 1
    return _finished(seconds, test_images, json.loads((output / "evaluation.json").read_text())["test"]["accuracy"])


def _run(*arguments: str) -> tuple[float, float]:
    """Wall and CPU seconds of a Python process. Where it fails, its last words end this one too."""
    started, used = time.perf_counter(), _cpu_seconds_of_children()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    seconds = time.perf_counter() - started, _cpu_seconds_of_children() - used
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return seconds


def _cpu_seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _finished(seconds: tuple[float, float], test_images: int, accuracy: float) -> Finished:
    low, high = wilson_interval(accuracy, test_images, CONFIDENCE)
    return Finished(*seconds, test_images, accuracy, low, high)


def table(pairs: Sequence[Pair], epochs: int) -> Table:
    """A line per pair and the medians below, on 80 columns."""
    shown = Table(
        *("pair", "plain Keras\nseconds", "crack_exp\nseconds", "difference\nseconds", "ratio"),
        *("plain Keras\naccuracy", "crack_exp\naccuracy"),
        title=f"The reference workflow, {epochs} + {epochs} epochs",
        caption=f"Below the seconds: CPU seconds. Below the accuracy on test: its {CONFIDENCE:.0%} Wilson interval.",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        caption_justify="left",
    )
    for column in shown.columns[1:]:
        column.justify = "right"
    for number, pair in enumerate(pairs, 1):
        times = (f"{one.seconds:.1f}\n{one.cpu_seconds:.1f}" for one in (pair.plain, pair.crack_exp))
        scores = (f"{one.accuracy:.4f}\n{one.low:.3f}-{one.high:.3f}" for one in (pair.plain, pair.crack_exp))
        shown.add_row(str(number), *times, f"{pair.difference_seconds:+.1f}", f"{pair.ratio:.3f}", *scores)
    shown.add_section()
    difference, ratio = medians(pairs)
    shown.add_row("median", "", "", f"{difference:+.1f}", f"{ratio:.3f}")
    return shown


def medians(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Of the differences in seconds, and of the ratios."""
    return median(pair.difference_seconds for pair in pairs), median(pair.ratio for pair in pairs)


def _figures(pairs: Sequence[Pair], arguments: argparse.Namespace) -> dict[str, object]:
    difference, ratio = medians(pairs)
    return {
        "epochs": arguments.epochs,
        "images": arguments.images,
        "pairs": [asdict(pair) for pair in pairs],
        "median_difference_seconds": difference,
        "median_ratio": ratio,
    }


if __name__ == "__main__":
    main()
