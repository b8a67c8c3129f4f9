"""The section with the images on which settings disagree."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from crack_exp.evaluation.disagreement import Disagreement, MajorityPrediction
from crack_exp.report.comparison.tables import MAX_PICTURES, Comparison
from crack_exp.report.section import Part, Section, Table, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail
from crack_exp.report.wording import counted, percent

TITLE = "Disagreements"
MAX_LINES = 4
"""With more settings, the lines below an image are one for each class instead of one for each setting."""

MAX_ROWS = 100
CORRECT, WRONG = "✓", "✗"


def disagreement_section(comparison: Comparison) -> Section:
    """The images with the largest disagreement, and a table with the predictions for all of them."""
    if (shown := comparison.disagreements) is None:
        return Section(TITLE, [Text("Not all runs were evaluated on the same images, so no image can be compared.")])
    if not shown.images:
        images = counted(comparison.images, "test image")
        return Section(TITLE, [Text(f"None: on each of {images}, all settings are correct or all are wrong.")])
    parts: list[Part] = [Text(text) for text in (_how_many(comparison), _between_seeds(comparison)) if text]
    parts += [Text(shown.missing)] if shown.missing else []
    if pictured := [image for image in shown.images if image.name in shown.pictures]:
        parts += [Thumbnails([_thumbnail(image, shown.pictures[image.name]) for image in pictured])]
    return Section(TITLE, [*parts, _table(shown.images, fold=not shown.missing)])


def _how_many(comparison: Comparison) -> str:
    """How many images, their order, and how to read the lines below them."""
    assert comparison.disagreements is not None
    images, several = len(comparison.disagreements.images), any(len(one.seeds) > 1 for one in comparison.ranked)
    who = (
        "one setting is correct and the other"
        if len(comparison.ranked) == 2
        else "some settings are correct and others"
    )
    order = "these are the largest disagreements" if images > MAX_PICTURES else "largest disagreement first"
    seeds = (
        "The prediction of a setting is that of most of its seeds; its percentage is the mean probability over seeds."
    )
    one = "The percentage is the predicted probability."
    return (
        f"On {images:,} of {counted(comparison.images, 'test image')} {who} wrong; {order}. "
        f"{seeds if several else one} Some labels may be wrong."
    )


def _between_seeds(comparison: Comparison) -> str:
    """How often seeds of one setting disagree."""
    counts = [one.seed_disagreements for one in comparison.ranked if len(one.seeds) > 1]
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    return (
        f"For comparison: the seeds of one setting disagree on {low:,}{f' to {high:,}' * (low < high)} of the images, "
        "by chance."
    )


def _thumbnail(image: Disagreement, picture: np.ndarray) -> Thumbnail:
    predictions = image.predictions
    lines = _by_setting(predictions) if len(predictions) <= MAX_LINES else _by_class(predictions)
    return Thumbnail(thumbnail(picture), [f"label: {image.label}", *lines, image.name])


def _by_setting(predictions: Mapping[str, MajorityPrediction]) -> list[str]:
    """'✓ optimizer=sgd: crack 97.1 %', without the key where all settings share it: '✓ sgd: ...'."""
    keys = {name.partition("=")[0] for name in predictions}
    share_one = len(keys) == 1 and all(name.count("=") == 1 and "," not in name for name in predictions)
    return [
        f"{_mark(prediction)} {name.partition('=')[2] if share_one else name}: {_predicted(prediction)}"
        for name, prediction in predictions.items()
    ]


def _by_class(predictions: Mapping[str, MajorityPrediction]) -> list[str]:
    """'✓ crack: 5 of 8 settings', then the wrong classes."""
    counts = Counter((not one.is_correct, one.class_name) for one in predictions.values())
    return [
        f"{WRONG if wrong else CORRECT} {class_name}: {count} of {len(predictions)} settings"
        for (wrong, class_name), count in sorted(counts.items())
    ]


def _predicted(prediction: MajorityPrediction) -> str:
    """'crack 97.1 %', and for several seeds how many predict it."""
    seeds = f", {prediction.votes}/{prediction.seeds} seeds" if prediction.seeds > 1 else ""
    return f"{prediction.class_name} {percent(prediction.probability)}\N{NO-BREAK SPACE}%{seeds}"


def _mark(prediction: MajorityPrediction) -> str:
    return CORRECT if prediction.is_correct else WRONG


def _table(images: Sequence[Disagreement], fold: bool) -> Table:
    rows = [
        (image.name, image.label, *(f"{_mark(one)} {_predicted(one)}" for one in image.predictions.values()))
        for image in images[:MAX_ROWS]
    ]
    which = counted(len(images), "image") if len(images) <= MAX_ROWS else f"the first {MAX_ROWS} of these images"
    return Table(
        ["image", "label", *images[0].predictions],
        rows,
        words=True,
        fold=f"{which}: predictions of each setting" if fold else None,
    )
