"""The figures of backbones.py with their intervals: as a table, in Markdown, as plain values for JSON.

What an interval covers. Each draw trains on other images and is evaluated on the rest; the interval is Student's t
around the mean of the draws. It covers the choice of the labelled images: how far the mean would move with ever new
draws from these images. It does not cover the choice of the images in the folders, since all draws share them. Where
draws use the same few photos for training and for test in turns, they overlap; there the variance is raised as in the
corrected resampled t-test (Nadeau & Bengio 2003, Machine Learning 52, 239-281), so that the interval holds for other
photos of this kind. Differences are paired by draw, between weights that saw the same images. Figures without a draw
have an interval over images and photos, as every test figure of the program has. Training seeds of one kind are
averaged; their range is shown beside the mean, and is in no interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from crack_exp.evaluation.over_folds import mean_over_folds

CONFIDENCE = 0.95
BASELINE = "imagenet"


@dataclass(frozen=True)
class Figure:
    """A mean and its CONFIDENCE interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Result:
    """What one set of weights reached: by title, the score of each draw, and figures that need no draw."""

    draws: dict[str, list[float]]
    zero_shot: dict[str, Figure]
    cpu_seconds: float


@dataclass(frozen=True)
class Cell:
    """One measure of one kind of weights.

    by_seed: the mean of each training seed; gain: over BASELINE, draw by draw; drawn: whether there are draws.
    """

    figure: Figure
    by_seed: list[float]
    gain: Figure | None
    drawn: bool


Cells = dict[str, dict[str, Cell]]  # by title and kind


def cells_of(results: Mapping[str, Sequence[Result]], overlaps: Mapping[str, float]) -> Cells:
    """results: of each training seed, by kind; overlaps: see Exam, by title."""
    first = next(iter(results.values()))[0]
    drawn = {title: _of_draws(title, results, overlaps[title]) for title in first.draws}
    zero_shot: Cells = {}
    for kind, seeds in results.items():
        with_head = [seed.zero_shot for seed in seeds if seed.zero_shot]
        for title in with_head[0] if with_head else ():
            zero_shot.setdefault(title, {})[kind] = _zero_shot([figures[title] for figures in with_head])
    return drawn | zero_shot


def _of_draws(title: str, results: Mapping[str, Sequence[Result]], overlap: float) -> dict[str, Cell]:
    scores = {kind: np.array([seed.draws[title] for seed in seeds]) for kind, seeds in results.items()}
    means = {kind: of_seeds.mean(axis=0) for kind, of_seeds in scores.items()}
    return {
        kind: Cell(
            figure=figure_of(means[kind], overlap),
            by_seed=scores[kind].mean(axis=1).tolist(),
            gain=figure_of(means[kind] - means[BASELINE], overlap) if BASELINE in means and kind != BASELINE else None,
            drawn=True,
        )
        for kind in results
    }


def _zero_shot(seeds: Sequence[Figure]) -> Cell:
    """The mean over training seeds of figure and interval: the images are the same for all."""
    mean, low, high = np.mean([(seed.mean, seed.low, seed.high) for seed in seeds], axis=0).tolist()
    return Cell(Figure(mean, low, high), [seed.mean for seed in seeds], gain=None, drawn=False)


def figure_of(values: np.ndarray, overlap: float) -> Figure:
    """Mean and t-interval of the values (D,) of D >= 2 draws.

    overlap: judging for each training photo, where draws share photos; it raises the variance, see above.
    """
    mean, interval = mean_over_folds(values, overlap, CONFIDENCE)
    return Figure(mean, *(interval or (mean, mean)))


def table(cells: Cells, kinds: Sequence[str], facts: str) -> Table:
    """A line per measure and a column per kind of weights; on 100 columns up to five kinds. facts: for the title."""
    shown = Table("", title=facts, caption=_caption(cells), box=SIMPLE_HEAD, pad_edge=False, caption_justify="left")
    shown.columns[0].max_width = 28
    for kind in kinds:
        shown.add_column(kind.replace("+", "\n+ "), justify="right", no_wrap=True, vertical="top")
    for title, of_kinds in cells.items():
        shown.add_row(title, *("\n".join(lines(of_kinds[kind])) if kind in of_kinds else "" for kind in kinds))
    return shown


def markdown(cells: Cells, kinds: Sequence[str]) -> str:
    """The same as a table in Markdown, with its caption below."""
    rows = [["", *kinds], ["---"] + ["---:"] * len(kinds)]
    for title, of_kinds in cells.items():
        rows.append([title, *("<br>".join(lines(of_kinds[kind])) if kind in of_kinds else "" for kind in kinds)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + f"\n{_caption(cells)}\n"


def lines(cell: Cell) -> list[str]:
    """The mean and its interval; the gain over BASELINE with its own; how far training seeds lie apart."""
    figure, told = cell.figure, [_with_interval(cell.figure, "")]
    if not cell.drawn:  # no longer symmetric
        told = [f"{figure.mean:.3f}", f"{figure.low:.3f} to {figure.high:.3f}"]
    if cell.gain:
        told.append(_with_interval(cell.gain, "+"))
    if len(cell.by_seed) > 1:
        told.append(f"{min(cell.by_seed):.3f}..{max(cell.by_seed):.3f}")
    return told


def _with_interval(figure: Figure, sign: str) -> str:
    return f"{figure.mean:{sign}.3f} ±{figure.high - figure.mean:.3f}"


def _caption(cells: Cells) -> str:
    """How to read the table; of what does not occur in it, nothing is said."""
    all_cells = [cell for of_kinds in cells.values() for cell in of_kinds.values()]
    parts = [
        f"Mean over the draws ± its {CONFIDENCE:.0%} interval (Student's t). It covers the choice of the labelled "
        "images and, for sets split by photo, the choice of the photos (Nadeau & Bengio 2003); it does not cover the "
        "choice of the images in the folders."
    ]
    if any(cell.gain for cell in all_cells):
        parts.append(f"With a sign: the difference from {BASELINE} on the same draws.")
    if any(len(cell.by_seed) > 1 for cell in all_cells):
        parts.append("LOW..HIGH: the means of the training seeds.")
    if any(not cell.drawn for cell in all_cells):
        parts.append(
            f"Zero-shot: the crack score of the painted head, without a real label; {CONFIDENCE:.0%} interval over "
            "images and photos."
        )
    return " ".join(parts)
