"""Images a second of a prediction against the bare network on arrays in memory, and against a plain Keras loop.

    python benchmarks/predict.py --models outputs/DATE/TIME painted --images ccic --count 5000
    python benchmarks/predict.py --models latest --images ccic --links 10000 200000       also memory, by the command

Each round times all ways in turn, so that ratios are of the same minutes; files have been read before. The plain loop
is what one writes without this package: keras.utils.load_img, which resizes by the nearest neighbour, and
model.predict. --links: the command, in a process of its own, on so many links to the images.
"""

import argparse
import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import keras
import numpy as np
from peak_memory import peak_memory_mb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp import load_model
from crack_exp.command import call
from crack_exp.config import PredictConfig, typed_deployed
from crack_exp.deployed.engine import LARGEST_BATCH
from crack_exp.deployed.listing import list_images
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.output import PREDICTIONS, open_output
from crack_exp.deployed.reading import read_batches
from crack_exp.deployed.sources import find_images
from crack_exp.evaluation.predictions import crack_scores
from crack_exp.model.openvino_engine import is_installed
from crack_exp.predict import CONFIG
from crack_exp.predict.workflow import join_parts, predict_parts
from crack_exp.system.cores import cores
from crack_exp.system.machine import cpu_model

WAYS = ("network alone", "prediction", "plain Keras loop")


@dataclass(frozen=True)
class Row:
    """seconds: of each round, by the names of WAYS; changed: images whose decision the plain loop changes."""

    model: str
    engine: str
    image_size_px: int
    seconds: dict[str, list[float]]
    changed: int
    is_equal: bool


def main() -> None:
    arguments = _arguments()
    files = spread(list(find_images([str(arguments.images)], "--images")), arguments.count)
    engines = ["keras", "openvino"] if is_installed() else ["keras"]
    rows = [measured(name, engine, files, arguments.rounds) for name in arguments.models for engine in engines]
    Console().print(rates(rows, len(files)))
    if arguments.links:
        Console().print(peaks(arguments.models[0], files, arguments.links))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["latest"], help="as in crack_exp.predict model=")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="searched with its subfolders")
    parser.add_argument("--count", type=int, default=5000, help="images to predict, spread over the folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--links", type=int, nargs="+", default=[], help="numbers of links to measure memory with")
    return parser.parse_args()


def spread(files: Sequence[str], count: int) -> list[str]:
    """`count` of them, at equal distances."""
    return [files[int(at)] for at in np.linspace(0, len(files) - 1, min(count, len(files)))]


def measured(name: str, engine: str, files: Sequence[str], rounds: int) -> Row:
    """The seconds of each way, in turns."""
    model = load_model(name, [f"engine={engine}"])
    size_px = model.card.image_size_px
    pixels = np.concatenate(
        [
            np.stack([image.pixels for image in batch if image.pixels is not None])
            for batch in read_batches(files, model.card, LARGEST_BATCH)
        ]
    )
    model.probabilities(pixels[:LARGEST_BATCH])  # chooses the engine, and lets it trace the network
    found: dict[str, np.ndarray] = {}
    ways: dict[str, Callable[[], np.ndarray]] = {
        "network alone": lambda: network_alone(model, pixels),
        "prediction": lambda: prediction(model, files),
        "plain Keras loop": lambda: plain_loop(model.network, files, size_px),
    }
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, compute in ways.items():
            began = time.perf_counter()
            found[way] = compute()
            seconds[way].append(time.perf_counter() - began)
            print(f"{name}, {engine}: {way}: {seconds[way][-1]:.1f} s", file=sys.stderr)
    alone, predicted, plain = (decisions(model, found[way]) for way in WAYS)
    return Row(
        Path(name).name, engine, size_px, seconds, int((plain != predicted).sum()), np.array_equal(alone, predicted)
    )


def network_alone(model: DeployedModel, pixels: np.ndarray) -> np.ndarray:
    """Probabilities (N, C) of resized images that are in memory."""
    return np.concatenate(
        [model.probabilities(pixels[at : at + LARGEST_BATCH]) for at in range(0, len(pixels), LARGEST_BATCH)]
    )


def prediction(model: DeployedModel, files: Sequence[str]) -> np.ndarray:
    """The same from files, as crack_exp.predict does it: with parts, table and gallery."""

    with TemporaryDirectory() as folder:
        overrides = ["images=files", f"output='{folder}/out'"]
        config = call(CONFIG, lambda composed, *_: typed_deployed(composed, PredictConfig), overrides)
        with (
            list_images(files, "images", (1, 1)) as listing,
            open_output(PREDICTIONS, config.output, {}, shard=(1, 1), suffix="csv", overwrite=False) as output,
        ):
            listing.keep(output.listing)
            predict_parts(model, output, config)
            join_parts(model.card, output, config, [])
            return probabilities_in(output.table, model.card.class_names)


def probabilities_in(table: Path, class_names: Sequence[str]) -> np.ndarray:
    with table.open(newline="", encoding="utf-8") as file:
        return np.array([[float(row[f"probability {name}"]) for name in class_names] for row in csv.DictReader(file)])


def plain_loop(network: keras.Model, files: Sequence[str], size_px: int) -> np.ndarray:
    """The same by what a user would write."""
    parts = []
    for at in range(0, len(files), LARGEST_BATCH):
        images = [
            keras.utils.img_to_array(keras.utils.load_img(file, target_size=(size_px, size_px)))
            for file in files[at : at + LARGEST_BATCH]
        ]
        parts.append(network.predict(np.stack(images), verbose=0))
    return np.concatenate(parts)


def decisions(model: DeployedModel, probabilities: np.ndarray) -> np.ndarray:
    return crack_scores(probabilities.astype(np.float32), model.card.intact_indices) >= model.card.threshold


def rates(rows: Sequence[Row], images: int) -> Table:
    """Medians of images a second; the share of the network's rate is the median of the rounds' ratios."""
    shown = Table(
        *("model", "engine", "px", "network\nalone", "pre-\ndiction", "share", "plain\nloop", "changed"),
        title=f"Predictions of {images:,} files on {cores()} cores of {cpu_model()}, images/s",
        caption=f"Medians of {len(rows[0].seconds[WAYS[0]])} rounds, and the range of the share of the network's rate. "
        f"Changed: decisions that the plain loop changes by its resizing. "
        f"{'No decision' if all(row.is_equal for row in rows) else 'A DECISION'} differs between files and arrays.",
        box=SIMPLE_HEAD,
        pad_edge=False,
        caption_justify="left",
    )
    for row in rows:
        alone, predicted, plain = (row.seconds[way] for way in WAYS)
        shares = [one / other for one, other in zip(alone, predicted, strict=True)]
        shown.add_row(
            *(row.model, row.engine, str(row.image_size_px)),
            *(f"{images / median(alone):,.0f}", f"{images / median(predicted):,.0f}"),
            f"{median(shares):.0%} ({min(shares):.0%}-{max(shares):.0%})",
            *(f"{images / median(plain):,.0f}", f"{row.changed:,}"),
        )
    return shown


def peaks(model: str, files: Sequence[str], counts: Sequence[int]) -> Table:
    """Peak memory of the command on so many links."""
    shown = Table("links", "peak memory (MB)", "seconds", title=f"The command, model={model}", box=SIMPLE_HEAD)
    for count in counts:
        with linked(files, count) as folder:
            seconds, peak_mb = command(["-m", "crack_exp.predict", f"model={model}", f"images={folder}"], folder)
        shown.add_row(f"{count:,}", f"{peak_mb:,.0f}", f"{seconds:,.0f}")
    return shown


@contextmanager
def linked(files: Sequence[str], count: int) -> Iterator[Path]:
    """A folder of `count` links to the files, each as often as it takes."""
    with TemporaryDirectory() as folder:
        for number, file in enumerate(islice(cycle(files), count)):
            Path(folder, f"{number:07}{Path(file).suffix}").symlink_to(Path(file).resolve())
        yield Path(folder)


def command(words: list[str], folder: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of a Python of its own; its output is written beside `folder`."""
    began = time.perf_counter()
    with TemporaryDirectory() as place:
        process = subprocess.Popen([sys.executable, *words, f"output={place}/out"], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)}: exit code {process.returncode}")
    return time.perf_counter() - began, peak_memory_mb(used)


if __name__ == "__main__":
    main()
