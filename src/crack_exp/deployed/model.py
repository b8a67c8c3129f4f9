"""A deployed model: images in, verdicts out."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import keras
import numpy as np

from crack_exp.data.decoding import MAX_MEGAPIXELS
from crack_exp.deployed.engine import LARGEST_BATCH, Engine, choose_engine
from crack_exp.deployed.painted import painted_model
from crack_exp.deployed.reading import ReadImage, Source, read_batches
from crack_exp.evaluation.predictions import crack_scores
from crack_exp.model.card import ModelCard
from crack_exp.model.card_file import load_with_card
from crack_exp.system.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """What a model says of one image.

    label: the most probable class; crack_score: in [0, 1], 1 minus the probability of the intact classes; is_crack:
    whether the score reaches the threshold; probabilities: by class. size_px: width and height of the image. sha256: of
    its file, "" for pixels.
    problem: why the image could not be read, "" if it could; then all else is None, or empty. note: how reading changed
    it ("EXIF-rotated", "darker than a quarter of white", ...).
    """

    name: str
    label: str | None
    crack_score: float | None
    is_crack: bool | None
    probabilities: Mapping[str, float]
    size_px: tuple[int, int]
    sha256: str
    problem: str
    note: str


class DeployedModel:
    """A network with its card. `predict` reads images as in training, whatever their size, and computes in batches.

    lines: a network that tells where in an image cracks run, (N, M, M) in [0, 1], or None.
    """

    def __init__(
        self, network: keras.Model, card: ModelCard, *, engine: str, precision: str, lines: keras.Model | None = None
    ) -> None:
        self.network, self.card = network, card
        self._lines_shape = lines.output.shape[1:] if lines else None
        self._computed = _with_lines(network, lines) if lines else network
        self._requested = {"engine": engine, "precision": precision}
        self._engine: Engine | None = None
        self._choosing = Lock()

    @property
    def draws_lines(self) -> bool:
        """Whether it tells where in an image cracks run."""
        return self._lines_shape is not None

    def predict(
        self, images: Iterable[Source], batch_size: int = LARGEST_BATCH, max_megapixels: float = MAX_MEGAPIXELS
    ) -> Iterator[Verdict]:
        """A verdict for each image, in order, as it is asked for: any number of images fits in memory.

        images: paths of files, or pixels (H, W, 3) uint8 RGB. An image that cannot be read has a verdict with its
        `problem`, and no decision.
        """
        for batch in read_batches(images, self.card, batch_size, max_megapixels):
            yield from self.verdicts(batch)

    def verdicts(self, images: Sequence[ReadImage]) -> list[Verdict]:
        """A verdict for each image, in order."""
        pixels = [image.pixels for image in images if image.pixels is not None]
        computed = iter(self.probabilities(np.stack(pixels))) if pixels else iter([])
        return [_unread(image) if image.pixels is None else self.verdict(image, next(computed)) for image in images]

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """(n, C) float32 for resized images (n, S, S, 3) uint8, n >= 1. Raises UserError where they are not finite."""
        return self._outputs(pixels)[:, : len(self.card.class_names)]

    def scores(self, pixels: np.ndarray) -> np.ndarray:
        """(n,) float32 crack scores of resized images (n, S, S, 3) uint8, n >= 1."""
        return crack_scores(self.probabilities(pixels), self.card.intact_indices)

    def scores_and_lines(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """The same, and where in each image cracks run: float32 cells (n, M, M) in [0, 1], None without such a map."""
        found, classes = self._outputs(pixels), len(self.card.class_names)
        lines = found[:, classes:].reshape(-1, *self._lines_shape) if self._lines_shape else None
        return crack_scores(found[:, :classes], self.card.intact_indices), lines

    def _outputs(self, pixels: np.ndarray) -> np.ndarray:
        """(n, C), and behind them the cells of the lines where there are any."""
        found = self.engine(pixels).forward(pixels)
        if not np.isfinite(found).all():  # NaN is below any threshold: it would pass for an intact wall
            raise UserError(
                f"model: run {self.card.run_id} gives probabilities that are no finite numbers; use engine=keras with "
                "precision=float32, or train it again"
            )
        return found

    def engine(self, sample: np.ndarray) -> Engine:
        """The engine that computes the network: chosen once, on the first images."""
        with self._choosing:
            if self._engine is None:
                self._engine = choose_engine(
                    self._computed, sample=sample[:LARGEST_BATCH], decide=self._decide, **self._requested
                )
                log.info("computing with %s in %s", self._engine.name, self._engine.precision)
            return self._engine

    def _decide(self, outputs: np.ndarray) -> np.ndarray:
        probabilities = outputs[:, : len(self.card.class_names)]
        return crack_scores(probabilities, self.card.intact_indices) >= self.card.threshold

    def verdict(self, image: ReadImage, probabilities: np.ndarray) -> Verdict:
        """From the probabilities (C,) of one image."""
        score = crack_scores(probabilities[None], self.card.intact_indices)[0]
        return Verdict(
            name=image.name,
            label=self.card.class_names[int(probabilities.argmax())],
            crack_score=float(score),
            is_crack=bool(score >= self.card.threshold),
            probabilities=dict(zip(self.card.class_names, map(float, probabilities), strict=True)),
            size_px=image.size_px,
            sha256=image.sha256,
            problem="",
            note=image.note,
        )


def load_deployed(
    file: Path | None, name: str, *, threshold: float | None, engine: str, precision: str
) -> DeployedModel:
    """The model in this file, None for the one of this name that comes with the package.

    threshold: in place of that of the card; engine, precision: see `choose_engine`.
    Raises UserError where it cannot be used.
    """
    if file is None:
        painted, card = painted_model(name)
        network, lines = painted.probabilities, painted.lines
    else:
        (network, card), lines = load_with_card(file), None
    if threshold is not None:
        card = replace(card, threshold=threshold, threshold_rule="set by hand: its recall is not known")
    return DeployedModel(network, card, engine=engine, precision=precision, lines=lines)


def _with_lines(network: keras.Model, lines: keras.Model) -> keras.Model:
    """One pass for both, whose layers they share."""
    cells = keras.layers.Flatten()(lines.output)
    return keras.Model(network.inputs[0], keras.layers.Concatenate(dtype="float32")([network.output, cells]))


def _unread(image: ReadImage) -> Verdict:
    return Verdict(image.name, None, None, None, {}, image.size_px, image.sha256, image.problem, "")
