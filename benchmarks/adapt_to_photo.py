"""Whether features standardised within each photo find cracks better: without a label, with those of CCIC, or of walls.

python benchmarks/adapt_to_photo.py --weights painted --sdnet sdnet2018_walls --ccic ccic
python benchmarks/adapt_to_photo.py --weights painted --sdnet sdnet2018_walls --ccic ccic --final 100

Each feature of a tile is moved to the mean and spread that it has in training, from those in its photo. A photo of n
tiles counts with the weight n / (n + STRENGTH), training with the rest: STRENGTH 0 trusts the photo alone, and one
without end changes nothing. The first command compares strengths on the half of the walls with the lowest numbers; the
second one judges the strength that was chosen there on the other half: do it once. What is trained on walls learns from
two thirds of the walls of that half, standardised in the same way, and is judged on the others, in several draws.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.system.quiet_start import quiet_start

with quiet_start():  # of TensorFlow
    from backbone_features import Backbone, Weights, crack_scores_of, features_of, open_backbone
    from backbone_images import ImageSet, draw_images, draw_photos, paint_kinds, read_images
    from backbone_probes import FEW, MANY, area_of, fit_probe
    from backbone_table import Figure
    from backbones import PHOTO_OF_TILE
    from crack_maps import halves
    from in_float32 import in_float32

    from crack_exp.evaluation.metrics import auroc


STRENGTHS = (0.0, 30.0, 100.0, 300.0, 1000.0, math.inf)
LEAST_SPREAD = 1e-6
PAINTINGS = 2000


def adapted(features: np.ndarray, photos: np.ndarray, known: np.ndarray, strength: float) -> np.ndarray:
    """Features (N, F) of tiles of `photos` (N,), with the mean and spread of `known` (M, F), as far as photos count."""
    mean, spread = known.mean(axis=0), known.std(axis=0) + LEAST_SPREAD
    result = features.astype(np.float64)
    for photo in np.unique(photos):
        here = photos == photo
        weight = 1 / (1 + strength / here.sum())
        own_mean = weight * result[here].mean(axis=0) + (1 - weight) * mean
        own_spread = weight * (result[here].std(axis=0) + LEAST_SPREAD) + (1 - weight) * spread
        result[here] = (result[here] - own_mean) / own_spread * spread + mean
    return result


def main() -> None:
    in_float32(compare, _arguments())


def compare(arguments: argparse.Namespace) -> None:
    """Measure and show. Raises ValueError for the user's mistakes."""
    backbone = open_backbone(Weights("weights", arguments.weights, 1), arguments.alpha, arguments.image_size_px)
    walls = read_images("--sdnet", arguments.sdnet, "SDNET2018", PHOTO_OF_TILE)
    judged = halves(walls)[0 if arguments.final is None else 1]
    tiles, photos = features_of(backbone, walls, None)[judged], walls.photos[judged]
    half = Half(replace(walls, examples=[walls.examples[index] for index in judged]), tiles)
    head = [of_head(backbone, arguments.image_size_px)] if backbone.head else []
    probes = of_probes(backbone, read_images("--ccic", arguments.ccic, "CCIC", None), arguments.draws)

    def areas(judges: Sequence[Judge], strength: float) -> list[Figure]:
        scored = [judge.score(adapted(tiles, photos, judge.known, strength)) for judge in judges]
        return [area_of(walls.predictions(judged, scores)) for scores in scored]

    titles = ("without a label", f"{MANY} labels of CCIC", "all labels of other walls")
    table = Table("strength", *titles, box=SIMPLE_HEAD)
    for strength in STRENGTHS if arguments.final is None else (arguments.final, math.inf):
        alone = [f"{one.mean:.3f} ({one.low:.3f} to {one.high:.3f})" for one in areas(head, strength)]
        of_ccic = drawn([one.mean for one in areas(probes, strength)])
        of_walls = drawn([half.area(number, strength) for number in range(arguments.draws)])
        table.add_row(f"{strength:g}", *(alone or ["-"]), of_ccic, of_walls)
    print(
        f"AUROC on {len(judged)} tiles of {len(set(photos))} walls. Without a label with its 95 % interval, "
        f"else the mean of {arguments.draws} draws, lowest to highest"
    )
    Console(width=100).print(table)


@dataclass(frozen=True)
class Judge:
    """score: of features (N, F), the crack scores (N,); known: features (M, F) of what it was trained on."""

    score: Callable[[np.ndarray], np.ndarray]
    known: np.ndarray


@dataclass(frozen=True)
class Half:
    """The tiles (n,) of half of the walls, with their features (n, F)."""

    walls: ImageSet
    features: np.ndarray

    def area(self, number: int, strength: float) -> float:
        """AUROC on a third of the photos, of a logistic regression trained on the others. number: of the draw."""
        walls = self.walls
        _, train, test = draw_photos(walls, FEW, number)
        known = self.features[train]
        learned = adapted(known, walls.photos[train], known, strength)
        fitted = fit_probe(learned, walls.is_crack[train], walls.photos[train], seed=number)
        judged = adapted(self.features[test], walls.photos[test], known, strength)
        return auroc(walls.predictions(test, fitted.predict_proba(judged)[:, 1]))


def drawn(areas: Sequence[float]) -> str:
    return f"{np.mean(areas):.3f} ({min(areas):.3f} to {max(areas):.3f})"


def of_head(backbone: Backbone, size_px: int) -> Judge:
    """The head that the weights come with, which knows paintings."""
    head = backbone.head
    assert head is not None
    with TemporaryDirectory() as scratch:
        paint_kinds(PAINTINGS, size_px, Path(scratch))
        known = features_of(backbone, read_images("paintings", Path(scratch), "paintings", None), None)
    return Judge(lambda features: crack_scores_of(head, features), known)


def of_probes(backbone: Backbone, concrete: ImageSet, draws: int) -> list[Judge]:
    """Logistic regressions, each on other MANY images."""
    features = features_of(backbone, concrete, None)
    return [_probe(features, concrete, draw_images(concrete, [MANY], number)[0][0], number) for number in range(draws)]


def _probe(features: np.ndarray, concrete: ImageSet, train: np.ndarray, seed: int) -> Judge:
    fitted = fit_probe(features[train], concrete.is_crack[train], concrete.photos[train], seed=seed)
    return Judge(lambda images: np.asarray(fitted.predict_proba(images)[:, 1]), features[train])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", required=True, help="as model.weights takes them")
    parser.add_argument("--sdnet", type=Path, required=True, help="tiles of walls, a folder per class, PHOTO-TILE.jpg")
    parser.add_argument("--ccic", type=Path, required=True, help="images of concrete, a folder per class")
    parser.add_argument("--alpha", type=float, default=0.35, help="width of MobileNetV2")
    parser.add_argument("--image-size-px", type=int, default=160)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--final", type=float, help="judge this strength on the final walls")
    return parser.parse_args()


if __name__ == "__main__":
    main()
