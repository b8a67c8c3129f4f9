"""The labelled images that backbones.py compares backbones on, and who of them trains and who judges in a draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from crack_exp.data.audit import audit
from crack_exp.data.examples import Example
from crack_exp.data.group_split import assign_groups, units_of
from crack_exp.data.intact_classes import choose_intact
from crack_exp.data.sources.own_images import folder
from crack_exp.evaluation.predictions import Predictions
from crack_exp.painter import CLASS_NAMES, Patch, paint_patch
from crack_exp.painter.on_photo import paint_on_photo
from crack_exp.system.progress import track

SIDES = {"train": 2.0, "test": 1.0}  # shares of the photos
FIRST_SEED = 2_000_000_000  # of what is painted here: far from those that weights are trained on


@dataclass(frozen=True)
class ImageSet:
    """N images of distinct contents. intact: the labels that mean "no crack"; contents: sha256 by example name.

    copies: files left out because their bytes are those of another one: no content counts twice, or on two sides.
    """

    name: str
    examples: list[Example]
    contents: dict[str, str]
    intact: frozenset[str]
    copies: int

    @cached_property
    def is_crack(self) -> np.ndarray:
        """(N,) bool."""
        return np.array([example.label not in self.intact for example in self.examples])

    @cached_property
    def photos(self) -> np.ndarray:
        """(N,) str: what each image was cut from, its own name where that is not known."""
        return np.array([example.group for example in self.examples])

    def predictions(self, indices: np.ndarray, crack_scores: np.ndarray) -> Predictions:
        """Crack scores (n,) in [0, 1] of the images at `indices` (n,), as the metrics take them."""
        chosen = [self.examples[index] for index in indices]
        return Predictions(
            names=[example.name for example in chosen],
            groups=[example.group for example in chosen],
            labels=self.is_crack[indices].astype(int),
            probabilities=np.stack([1 - crack_scores, crack_scores], axis=1),
            class_names=["intact", "crack"],
            intact=frozenset({0}),
        )


@dataclass(frozen=True)
class Sets:
    """What there is to compare on. concrete: single images; walls: images that come from few photos."""

    concrete: ImageSet | None
    walls: ImageSet | None
    others: list[ImageSet]

    @property
    def all(self) -> list[ImageSet]:
        return [images for images in (self.concrete, self.walls, *self.others) if images]


def read_images(option: str, path: Path, name: str, group_pattern: str | None) -> ImageSet:
    """The images under `path`, one folder per class; of byte copies the first.

    Raises ValueError naming `option` where there are none, a file is broken, or no class is named like "intact".
    """
    try:
        examples = folder(str(path), group_pattern)
    except ValueError as error:
        raise ValueError(f"{option}: {str(error).removeprefix('data.path: ')}") from error
    intact = _intact(option, path, sorted({example.label for example in examples}))
    audited = audit(examples)
    if problems := audited.problems:
        first = f"{problems[0].example.name} ({problems[0].facts.problem})"
        raise ValueError(f"{option}={path}: {len(problems)} files cannot be used, e.g. {first}; repair or remove them")
    contents = audited.contents
    first_of = {contents[example.name]: example for example in reversed(examples)}
    distinct = sorted(first_of.values(), key=lambda example: example.name)
    return ImageSet(name, distinct, contents, intact, copies=len(examples) - len(distinct))


def _intact(option: str, path: Path, class_names: list[str]) -> frozenset[str]:
    try:
        return choose_intact(class_names, None)
    except ValueError:
        raise ValueError(
            f"{option}={path}: the class folders are {' and '.join(class_names)}; name the one without cracks "
            "'intact' and the other 'cracked'"
        ) from None


def paint_brick(count: int, size_px: int, folder: Path) -> None:
    """Paint `count` masonry patches into the class folders intact/ and cracked/ of `folder`, half of them each."""

    def brick(seed: int, label: str) -> Patch:
        return paint_patch(seed, label, size_px, material="masonry")

    _write_paintings(brick, count, "brick", folder)


def paint_kinds(count: int, size_px: int, folder: Path) -> None:
    """The same, of walls of every material, with each kind of crack."""

    def patch(seed: int, label: str) -> Patch:
        return paint_patch(seed, label, size_px)

    _write_paintings(patch, count, "walls", folder)


def paint_on(photo: Path, count: int, size_px: int, folder: Path) -> None:
    """The same, of patches cut from a photograph of an intact wall. Raises ValueError where it can't be read."""
    try:
        wall = Image.open(photo).convert("RGB")
    except OSError as error:
        raise ValueError(f"--painted-on={photo}: cannot be read ({error}); give the photo of an intact wall") from None

    def patch(seed: int, label: str) -> Patch:
        return paint_on_photo(seed, label, wall, size_px)

    _write_paintings(patch, count, f"on {photo.stem}", folder)


def _write_paintings(paint: Callable[[int, str], Patch], count: int, what: str, folder: Path) -> None:
    kinds = [label for label in CLASS_NAMES if label != "intact"]
    for number in track(range(count), f"painting {what}", count):
        label = kinds[number // 2 % len(kinds)] if number % 2 else "intact"
        path = folder / ("cracked" if number % 2 else "intact") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(paint(FIRST_SEED + number, label).pixels).save(path, compress_level=1)


def draw_images(images: ImageSet, counts: Sequence[int], number: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Indices of so many training images for each of `counts`, and of the images that none of these holds.

    Half of the training images are cracks; fewer of them are a part of more of them. number: of the draw.
    Raises ValueError where a kind of image is too rare.
    """
    random = np.random.default_rng(number)
    kinds = [random.permutation(np.flatnonzero(images.is_crack == kind)) for kind in (False, True)]
    most = max(counts) // 2
    _check_enough(images.name, min(map(len, kinds)), most + 1)
    return [np.concatenate([kind[: count // 2] for kind in kinds]) for count in counts], np.concatenate(
        [kind[most:] for kind in kinds]
    )


def draw_photos(images: ImageSet, few: int, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices of `few` images of the training photos, half of them cracks, of all of them, and of the other photos.

    Two thirds of the photos train; both sides have about the same share of cracks. number: of the draw.
    Raises ValueError where there are too few photos, or too few images of a kind.
    """
    assigned = assign_groups(units_of(images.examples, images.contents), SIDES, number)
    position = {example.name: index for index, example in enumerate(images.examples)}
    train, test = (
        np.array([position[example.name] for unit in assigned[side] for example in unit.examples]) for side in SIDES
    )
    random = np.random.default_rng(number)
    kinds = [random.permutation(train[images.is_crack[train] == kind]) for kind in (False, True)]
    _check_enough(images.name, min(map(len, kinds)), few // 2)
    return np.concatenate([kind[: few // 2] for kind in kinds]), train, test


def _check_enough(name: str, images: int, needed: int) -> None:
    if images < needed:
        raise ValueError(
            f"{name}: {images} distinct images of one kind, cracked or intact, where {needed} are needed to train "
            "and to judge; add images"
        )
