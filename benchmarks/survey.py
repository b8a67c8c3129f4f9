"""The time of a survey against that of its tiles at the bare network's rate; and a fully convolutional pass instead.

    python benchmarks/survey.py --model outputs/DATE/TIME --photos walls --rounds 3
    python benchmarks/survey.py --model latest --photos walls --labels walls/tile_labels.csv

Tiles overlap by half. The other way resizes a whole photo to the scale of the network's input and computes it at once;
the features under a tile are averaged, and the head makes a score of them. Its cells see what lies beside a tile,
where a tile that is cut out ends. --labels: a table with photo, x0, y0 and label (1 for a crack) of tiles.
"""

import argparse
import csv
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import keras
import numpy as np
from peak_memory import peak_memory_mb
from PIL import Image
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from crack_exp import load_model
from crack_exp.data.decoding import decode, resize
from crack_exp.deployed.engine import LARGEST_BATCH
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.sources import find_images
from crack_exp.deployed.tiling import survey_photo
from crack_exp.evaluation.crack_map import CrackMap, map_figures
from crack_exp.evaluation.predictions import crack_scores
from crack_exp.model.classifier import HEAD
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.openvino_engine import forward_by_openvino, is_installed
from crack_exp.survey.files import write_photo_files
from crack_exp.system.cores import cores
from crack_exp.system.machine import cpu_model

OVERLAP = 0.5
WAYS = ("its tiles, network alone", "survey, scores alone", "survey, from file to files", "fully convolutional")


@dataclass(frozen=True)
class Timed:
    """seconds: of each round, by the names of WAYS; memory_copies: peak beyond that of a small photo, in photos.

    The peak is of the whole process, so it counts for the first engine alone.
    """

    engine: str
    tiles: int
    seconds: dict[str, list[float]]
    memory_copies: float


@dataclass(frozen=True)
class Labelled:
    """Scores (N,) of labelled tiles by both ways, and their labels (N,) bool."""

    by_tiles: np.ndarray
    by_features: np.ndarray
    is_crack: np.ndarray


def main() -> None:
    arguments = _arguments()
    photos = list(find_images([str(arguments.photos)], "--photos"))
    for engine in ["keras", "openvino"] if is_installed() else ["keras"]:
        model = load_model(arguments.model, [f"engine={engine}"])
        convolutional = FullyConvolutional(model, engine)
        Console().print(times(timed(model, convolutional, engine, Path(photos[0]), arguments.rounds), photos[0]))
        if arguments.labels:
            Console().print(agreement(labelled(model, convolutional, arguments.labels, arguments.photos), model))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="latest", help="as in crack_exp.survey model=")
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR", help="the first one is timed")
    parser.add_argument("--labels", type=Path, help="a CSV file with photo, x0, y0, label")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


class FullyConvolutional:
    """Crack scores of windows of a whole photo, from one pass."""

    def __init__(self, model: DeployedModel, engine: str) -> None:
        self._model, self._engine = model, engine
        pooling = model.network.get_layer(HEAD)
        self._body = keras.Model(model.network.inputs, pooling.input)
        self._head = keras.Model(pooling.output, model.network.output)
        self._cells = self._body.output_shape[1]
        self._forward: dict[tuple[int, int], Callable[[np.ndarray], np.ndarray]] = {}

    def features(self, photo: Image.Image, tile_px: int) -> np.ndarray:
        """(rows, columns, F) of the photo at the scale at which a tile fills the network's input."""
        scale = self._model.card.image_size_px / tile_px
        width, height = (round(side * scale) for side in photo.size)
        pixels = np.asarray(photo.resize((width, height), Image.Resampling.BILINEAR))
        return self._for(pixels.shape[:2])(pixels[None])[0]

    def scores(self, features: np.ndarray, cells: Sequence[tuple[float, float]]) -> np.ndarray:
        """(N,) of the windows of a tile's size that begin at these rows and columns of cells."""
        sums = np.pad(features.cumsum(0, np.float64).cumsum(1), ((1, 0), (1, 0), (0, 0)))
        most = np.array(features.shape[:2]) - self._cells
        tops, lefts = np.minimum(np.rint(np.array(cells)).astype(int), most).T
        downs, rights = tops + self._cells, lefts + self._cells
        means = (sums[downs, rights] - sums[tops, rights] - sums[downs, lefts] + sums[tops, lefts]) / self._cells**2
        probabilities = self._head.predict_on_batch(means.astype(np.float32))
        return crack_scores(np.asarray(probabilities), self._model.card.intact_indices)

    def in_cells(self, starts_px: Sequence[tuple[int, int]], tile_px: int) -> list[tuple[float, float]]:
        """Rows and columns of cells for (top, left) in pixels of the photo."""
        per_px = self._cells / tile_px
        return [(top * per_px, left * per_px) for top, left in starts_px]

    def _for(self, size: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
        if size not in self._forward:
            pixels = keras.Input((*size, 3), dtype="uint8")
            body = keras.models.clone_model(self._body, input_tensors=[pixels])
            body.set_weights(self._body.get_weights())
            if self._engine == "openvino":
                compute = forward_by_openvino(keras.Model(body.inputs, {"features": body.output}), "float32")
                self._forward[size] = lambda images: np.array(compute(images)["features"])
            else:
                predict = with_folded_batch_norm(body).predict_on_batch
                self._forward[size] = lambda images: np.asarray(predict(images))
        return self._forward[size]


def timed(model: DeployedModel, convolutional: FullyConvolutional, engine: str, file: Path, rounds: int) -> Timed:
    """The seconds of each way, in turns."""
    tile_px, size_px = model.card.tile_px, model.card.image_size_px
    photo = decode(file.read_bytes(), None).rgb
    small = photo.crop((0, 0, 5 * tile_px, 5 * tile_px))  # 81 tiles: a full batch
    with TemporaryDirectory() as place:
        whole_survey(model, small.copy(), Path(place, "small"))  # lets the network trace itself
        before = peak_memory_mb()
        found = whole_survey(model, decode(file.read_bytes(), None).rgb, Path(place, "whole"))
        copies = 1e6 * (peak_memory_mb() - before) / (3 * photo.width * photo.height)
        boxes = found.boxes()
        pixels = np.stack([resize(photo.crop(box), size_px) for box in boxes])
        starts = convolutional.in_cells([(top, left) for left, top, *_ in boxes], tile_px)
        ways: dict[str, Callable[[], object]] = {
            WAYS[0]: lambda: [
                model.scores(pixels[at : at + LARGEST_BATCH]) for at in range(0, len(pixels), LARGEST_BATCH)
            ],
            WAYS[1]: lambda: survey_photo(model, photo, tile_px=tile_px, overlap=OVERLAP),
            WAYS[2]: lambda: whole_survey(model, decode(file.read_bytes(), None).rgb, Path(place, "again")),
            WAYS[3]: lambda: convolutional.scores(convolutional.features(photo, tile_px), starts),
        }
        ways[WAYS[3]]()
        return Timed(engine, len(boxes), in_turns(ways, rounds), copies)


def in_turns(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, compute in ways.items():
            began = time.perf_counter()
            compute()
            seconds[way].append(time.perf_counter() - began)
            print(f"{way}: {seconds[way][-1]:.1f} s", file=sys.stderr)
    return seconds


def whole_survey(model: DeployedModel, photo: Image.Image, folder: Path) -> CrackMap:
    """As the command does it with one photo."""
    found = survey_photo(model, photo, tile_px=model.card.tile_px, overlap=OVERLAP)
    map_figures(found, model.card.threshold, min_tiles=1)
    write_photo_files(photo, found, model.card.threshold, folder, "photo")
    return found


def labelled(model: DeployedModel, convolutional: FullyConvolutional, labels: Path, folder: Path) -> Labelled:
    """Scores of the tiles in a table of labels, by both ways."""
    tile_px, size_px = model.card.tile_px, model.card.image_size_px
    with labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    by_tiles, by_features, is_crack = [], [], []
    for name in dict.fromkeys(row["photo"] for row in rows):
        photo = decode((folder / name).read_bytes(), None).rgb
        starts = [(int(row["y0"]), int(row["x0"])) for row in rows if row["photo"] == name]
        tiles = [resize(photo.crop((x, y, x + tile_px, y + tile_px)), size_px) for y, x in starts]
        by_tiles.append(model.scores(np.stack(tiles)))
        features = convolutional.features(photo, tile_px)
        by_features.append(convolutional.scores(features, convolutional.in_cells(starts, tile_px)))
        is_crack += [row["label"] == "1" for row in rows if row["photo"] == name]
    return Labelled(np.concatenate(by_tiles), np.concatenate(by_features), np.array(is_crack))


def times(found: Timed, photo: str) -> Table:
    """Medians, and the medians of the ratios within each round."""
    shown = Table(
        *("way", "seconds", "of the tiles' time"),
        title=f"{Path(photo).name}, {found.tiles:,} tiles, {found.engine}, {cores()} cores of {cpu_model()}",
        caption=f"Medians of {len(found.seconds[WAYS[0]])} rounds, and the range of ratios. Peak memory beyond that of "
        f"a small photo, and of engines before: {found.memory_copies:.1f} copies of the photo.",
        box=SIMPLE_HEAD,
        caption_justify="left",
    )
    for way, seconds in found.seconds.items():
        ratios = [one / alone for one, alone in zip(seconds, found.seconds[WAYS[0]], strict=True)]
        shown.add_row(way, f"{median(seconds):.1f}", f"{median(ratios):.0%} ({min(ratios):.0%}-{max(ratios):.0%})")
    return shown


def agreement(found: Labelled, model: DeployedModel) -> Table:
    """Both ways on labelled tiles."""
    decisions = [scores >= model.card.threshold for scores in (found.by_tiles, found.by_features)]
    shown = Table(
        *("way", "AUROC", "cracks found", "false alarms", "decisions changed"),
        title=f"{len(found.is_crack):,} labelled tiles, {found.is_crack.sum():,} with a crack",
        caption=f"Threshold {model.card.threshold:.4g}. Scores differ by {mean_difference(found):.3f} on average.",
        box=SIMPLE_HEAD,
    )
    for name, scores, decided in zip(("tiles", WAYS[3]), (found.by_tiles, found.by_features), decisions, strict=True):
        shown.add_row(
            *(name, f"{roc_auc_score(found.is_crack, scores):.4f}"),
            *(f"{(decided & found.is_crack).sum():,}", f"{(decided & ~found.is_crack).sum():,}"),
            f"{(decided != decisions[0]).sum():,}",
        )
    return shown


def mean_difference(found: Labelled) -> float:
    return float(np.abs(found.by_tiles - found.by_features).mean())


if __name__ == "__main__":
    main()
