"""The images on which settings disagree, to look at: a choice between settings is one about these."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from crack_exp.evaluation.disagreement import Answer, Disagreement
from crack_exp.report.comparison.tables import MOST_PICTURES, Comparison
from crack_exp.report.section import Part, Section, Table, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail
from crack_exp.report.wording import counted, percent

TITLE = "Where they disagree"
MOST_LINES = 4
"""Settings that have a line of their own below an image."""

MOST_ROWS = 100
RIGHT, WRONG = "✓", "✗"


def divided_images(comparison: Comparison) -> Section:
    """The most divided of them as pictures, and what each setting said of all."""
    if (division := comparison.division) is None:
        return Section(TITLE, [Text("Not all runs were judged on the same images: no image can be compared.")])
    if not division.images:
        images = counted(comparison.images, "test image")
        return Section(TITLE, [Text(f"Nowhere: of each of {images}, all settings are right or all are wrong.")])
    parts: list[Part] = [Text(sentence) for sentence in (_how_many(comparison), _luck(comparison)) if sentence]
    parts += [Text(division.lacking)] if division.lacking else []
    if pictured := [image for image in division.images if image.name in division.pictures]:
        parts += [Thumbnails([_shown(image, division.pictures[image.name]) for image in pictured])]
    return Section(TITLE, [*parts, _table(division.images, fold=not division.lacking)])


def _how_many(comparison: Comparison) -> str:
    """How many divide the settings, how they are sorted, and how to read the lines below them."""
    assert comparison.division is not None
    images, several = len(comparison.division.images), any(len(one.seeds) > 1 for one in comparison.ranked)
    who = "One setting is right and the other" if len(comparison.ranked) == 2 else "Some settings are right and others"
    which = f"; these {MOST_PICTURES} divide them most" if images > MOST_PICTURES else "; the most divided first"
    seeds = "A setting says what most of its seeds say; the percentage is the mean probability that they give to it."
    one = "The percentage is the probability of what was said."
    return (
        f"{who} wrong about {images:,} of {counted(comparison.images, 'test image')}{which if images > 1 else ''}. "
        f"{seeds if several else one} A label can be wrong, too."
    )


def _luck(comparison: Comparison) -> str:
    """How often seeds alone disagree."""
    counts = [one.divided_seeds for one in comparison.ranked if len(one.seeds) > 1]
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    return (
        f"Luck does this as well: the seeds of one setting disagree on {low:,}{f' to {high:,}' * (low < high)} of the "
        "images."
    )


def _shown(image: Disagreement, picture: np.ndarray) -> Thumbnail:
    answers = image.answers
    lines = _by_setting(answers) if len(answers) <= MOST_LINES else _by_class(answers)
    return Thumbnail(thumbnail(picture), [f"label: {image.label}", *lines, image.name])


def _by_setting(answers: Mapping[str, Answer]) -> list[str]:
    """'✓ optimizer=sgd: crack 97.1 %'; below a small image, without a key that all of them share: '✓ sgd: ...'."""
    keys = {name.partition("=")[0] for name in answers}
    share_one = len(keys) == 1 and all(name.count("=") == 1 and "," not in name for name in answers)
    return [
        f"{_mark(answer)} {name.partition('=')[2] if share_one else name}: {_said(answer)}"
        for name, answer in answers.items()
    ]


def _by_class(answers: Mapping[str, Answer]) -> list[str]:
    """'✓ crack: 5 of 8 settings', then what the others said."""
    counts = Counter((not answer.is_right, answer.said) for answer in answers.values())
    return [
        f"{WRONG if wrong else RIGHT} {said}: {count} of {len(answers)} settings"
        for (wrong, said), count in sorted(counts.items())
    ]


def _said(answer: Answer) -> str:
    """'crack 97.1 %', and of several seeds how many say so."""
    seeds = f", {answer.agreeing}/{answer.seeds} seeds" if answer.seeds > 1 else ""
    return f"{answer.said} {percent(answer.probability)}\N{NO-BREAK SPACE}%{seeds}"


def _mark(answer: Answer) -> str:
    return RIGHT if answer.is_right else WRONG


def _table(images: Sequence[Disagreement], fold: bool) -> Table:
    rows = [
        (image.name, image.label, *(f"{_mark(answer)} {_said(answer)}" for answer in image.answers.values()))
        for image in images[:MOST_ROWS]
    ]
    which = counted(len(images), "image") if len(images) <= MOST_ROWS else f"the first {MOST_ROWS} of these images"
    return Table(
        ["image", "label", *images[0].answers],
        rows,
        words=True,
        fold=f"{which}, setting by setting" if fold else None,
    )
