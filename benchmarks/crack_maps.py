"""Which score of a tile finds cracks best without a label: the pooled heads of painted weights, or their crack maps.

python benchmarks/crack_maps.py --weights painted.npz --alpha 1.0 --image-size-px 160 --sdnet sdnet2018_walls
python benchmarks/crack_maps.py --weights painted.npz --alpha 1.0 --image-size-px 160 --sdnet sdnet2018_walls \\
    --final "crack_8, log-mean-exp"

The first command compares all scores on paintings and on the half of the walls with the lowest numbers. The second one
judges the score that was chosen there, beside the pooled head of classes, on the other half: do it once.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from scipy.special import expit, logsumexp

from crack_exp.system.quiet_start import quiet_start

with quiet_start():  # of TensorFlow
    import keras
    from backbone_features import Weights, answers_of, crack_scores_of, open_body
    from backbone_images import ImageSet, paint_kinds, read_images
    from backbone_probes import area_of
    from backbone_table import CONFIDENCE
    from backbones import PHOTO_OF_TILE
    from in_float32 import in_float32

    from crack_exp.evaluation.bootstrap import Bootstrap
    from crack_exp.evaluation.paired_tests import compare_models
    from crack_exp.evaluation.predictions import Predictions
    from crack_exp.model.painted import read_crack_heads, with_crack_heads

POOLED_CLASSES, POOLED_CRACK = "classes, pooled", "crack, pooled"
FEATURES = "features"
RESAMPLES = 2000


def strongest(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """The mean logit of this share of the cells (N, M) with the highest logits, of at least one."""

    def score(cells: np.ndarray) -> np.ndarray:
        count = max(1, round(share * cells.shape[1]))
        return np.asarray(np.sort(cells, axis=1)[:, -count:].mean(axis=1))

    return score


SUMMARIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "strongest cell": strongest(0),
    "strongest 2 %": strongest(0.02),
    "strongest 10 %": strongest(0.1),
    "mean": strongest(1),
    "log-mean-exp": lambda cells: np.asarray(logsumexp(cells, axis=1) - np.log(cells.shape[1])),
}
"""Of logits of cells (N, M), a score (N,) of the tile."""


def scores_of(outputs: Mapping[str, np.ndarray], classes: np.ndarray) -> dict[str, np.ndarray]:
    """{title: (N,) logits of crack}, by the logits of the heads and by the crack scores (N,) of the classes."""
    classes = np.clip(classes, 1e-7, 1 - 1e-7)
    scores = {POOLED_CLASSES: np.log(classes / (1 - classes)), POOLED_CRACK: outputs["crack"]}
    for name in sorted(outputs.keys() - {"crack", FEATURES}, key=lambda one: (len(one), one)):
        cells = outputs[name].reshape(len(outputs[name]), -1)
        of_map = {f"{name}, {title}": summary(cells) for title, summary in SUMMARIES.items()}
        with_pooled = {f"{title} + pooled": score + outputs["crack"] for title, score in of_map.items()}
        scores |= of_map | with_pooled
    return scores


def halves(walls: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the tiles of the half of the photos with the lowest numbers, and of the others."""
    photos = sorted(set(walls.photos), key=int)
    is_first = np.isin(walls.photos, photos[: len(photos) // 2])
    return np.flatnonzero(is_first), np.flatnonzero(~is_first)


class Network:
    """Painted weights with all of their heads."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        body, self.head = open_body(
            Weights("weights", str(arguments.weights), 1), arguments.alpha, arguments.image_size_px
        )
        model = with_crack_heads(body, read_crack_heads(arguments.weights))
        pooled = keras.layers.GlobalAveragePooling2D()(body.output)
        self._model, self._size_px = (
            keras.Model(body.inputs, model.output | {FEATURES: pooled}),
            arguments.image_size_px,
        )

    def scores(self, images: ImageSet) -> dict[str, np.ndarray]:
        """{title: (N,)} of every image."""
        answers = list(answers_of(self._model, images))
        outputs = {name: np.concatenate([np.asarray(one[name]) for one in answers]) for name in answers[0]}
        assert self.head is not None  # a file with crack maps has it
        return scores_of(outputs, crack_scores_of(self.head, outputs[FEATURES]))


def main() -> None:
    in_float32(compare, _arguments())


def compare(arguments: argparse.Namespace) -> None:
    """Measure and show. Raises ValueError for the user's mistakes."""
    network = Network(arguments)
    walls = read_images("--sdnet", arguments.sdnet, "SDNET2018", PHOTO_OF_TILE)
    first, second = halves(walls)
    of_walls = network.scores(walls)
    if arguments.final:
        if arguments.final not in of_walls:
            raise ValueError(f"--final={arguments.final}: no such score; choose one of: {'; '.join(of_walls)}")
        pooled, chosen = of_walls[POOLED_CLASSES], of_walls[arguments.final]
        judged = {POOLED_CLASSES: [_area(walls, second, pooled), ""]}
        judged[arguments.final] = [_area(walls, second, chosen), _difference(walls, second, pooled, chosen)]
        _show(judged, ["final walls", "difference from the first"])
        return
    with TemporaryDirectory() as scratch:
        paint_kinds(arguments.paintings, arguments.image_size_px, Path(scratch))
        paintings = read_images("paintings", Path(scratch), "paintings", None)
        of_paintings = network.scores(paintings)
    everything = np.arange(len(paintings.examples))
    areas = {
        title: [_area(paintings, everything, of_paintings[title]), _area(walls, first, of_walls[title])]
        for title in of_walls
    }
    _show(areas, ["paintings", "first walls"])


def _area(images: ImageSet, indices: np.ndarray, logits: np.ndarray) -> str:
    figure = area_of(_predictions(images, indices, logits))
    return f"{figure.mean:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _difference(images: ImageSet, indices: np.ndarray, first: np.ndarray, second: np.ndarray) -> str:
    """Of two scores on the same images, with its interval over photos."""
    bootstrap = Bootstrap(RESAMPLES, 0, ["auroc"])
    models = [_predictions(images, indices, logits) for logits in (first, second)]
    difference = compare_models(models[0], models[1], bootstrap)["auroc"]
    interval = difference.interval(CONFIDENCE)
    between = "" if interval is None else f" ({interval[0]:+.3f} to {interval[1]:+.3f})"
    return f"{difference.value:+.3f}{between}"


def _predictions(images: ImageSet, indices: np.ndarray, logits: np.ndarray) -> Predictions:
    return images.predictions(indices, expit(logits[indices].astype(np.float64)))


def _show(areas: Mapping[str, list[str]], columns: list[str]) -> None:
    table = Table("score", *columns, box=SIMPLE_HEAD, title="AUROC of crack against intact, with 95 % intervals")
    for title, cells in areas.items():
        table.add_row(title, *cells)
    Console(width=110).print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="a file of crack_exp.pretrain with crack maps")
    parser.add_argument("--sdnet", type=Path, required=True, help="tiles of walls, a folder per class, PHOTO-TILE.jpg")
    parser.add_argument("--alpha", type=float, default=1.0, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--paintings", type=int, default=2000, help="number of paintings, half of them cracked")
    parser.add_argument("--final", help="judge this score on the final walls")
    return parser.parse_args()


if __name__ == "__main__":
    main()
