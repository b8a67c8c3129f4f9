"""The section with the images on which runs disagree. It counts the same decisions as the matrices."""

from collections.abc import Mapping

from crack_exp.evaluation.disagreement import Disagreement, SettingDecision
from crack_exp.report.comparison.content import FEW, MAX_PICTURES, Ranking, ShownDisagreements
from crack_exp.report.numbers import counted, figure_text
from crack_exp.report.section import Part, Section, Table, Text, Thumbnail, Thumbnails
from crack_exp.report.style import thumbnail

TITLE = "Disagreements"
MAX_ROWS = 100
CORRECT, WRONG, DIVIDED = "✓", "✗", "◐"
"""Of a setting and an image: all its runs are right, all are wrong, or some are right."""


def disagreement_section(ranking: Ranking) -> Section:
    """How far the runs agree, the images with the largest disagreement, and a table of all decisions on them."""
    if (shown := ranking.disagreements) is None:
        return Section(
            TITLE, [Text("Not known: fewer than two settings recorded the threshold at which their runs decide.")]
        )
    parts: list[Part] = [Text(text) for text in (_how_far(ranking, shown), _between_seeds(ranking)) if text]
    if not (images := shown.agreement.disputed):
        return Section(TITLE, parts)
    parts += [Text(text) for text in (_how_to_read(ranking, shown), shown.missing) if text]
    if pictured := [image for image in images if shown.names[image.image] in shown.pictures]:
        parts += [Thumbnails([_thumbnail(shown, image) for image in pictured])]
    return Section(TITLE, [*parts, _table(shown)])


def _how_far(ranking: Ranking, shown: ShownDisagreements) -> str:
    """'... of 90 test images, all 6 runs decide 80 correctly and 3 wrongly. On the other 7, some runs are right ...'"""
    runs = sum(len(one.seeds) for one in ranking.ranked if one.decisions is not None)
    agreed = shown.agreement
    said = (
        f"Crack or intact, at the threshold of each run: of {counted(ranking.images, 'test image')}, all {runs:,} runs "
        f"decide {agreed.all_correct:,} correctly and {agreed.all_wrong:,} wrongly."
    )
    others = len(agreed.disputed)
    return f"{said} On the other {others:,}, some runs are right and others are wrong." if others else said


def _between_seeds(ranking: Ranking) -> str:
    """On how many images the seeds of one setting disagree."""
    counts = [one.decisions.divided for one in ranking.ranked if one.decisions is not None and len(one.seeds) > 1]
    if not counts:
        return ""
    low, high = min(counts), max(counts)
    reach = f"{low:,} to {high:,}" if low < high else f"{low:,}"
    return f"By chance alone, seeds of one and the same setting disagree on {reach} of these images."


def _how_to_read(ranking: Ranking, shown: ShownDisagreements) -> str:
    several = any(len(one.seeds) > 1 for one in ranking.ranked)
    marks = f"{CORRECT} all runs of a setting are right, {WRONG} all are wrong, {DIVIDED} some are right"
    one = f"{CORRECT} right, {WRONG} wrong"
    score = "the mean crack score over seeds" if several else "the crack score"
    first = "The largest disagreements" if len(shown.agreement.disputed) > MAX_PICTURES else "The largest comes first"
    return f"{first}. {marks if several else one}; behind it {score}. Some labels may be wrong."


def _thumbnail(shown: ShownDisagreements, image: Disagreement) -> Thumbnail:
    name, label = shown.names[image.image], shown.labels[image.image]
    return Thumbnail(thumbnail(shown.pictures[name]), [f"label: {label}", *_lines(image.settings), name])


def _lines(settings: Mapping[str, SettingDecision]) -> list[str]:
    return _by_setting(settings) if len(settings) <= FEW else _by_mark(settings)


def _by_setting(settings: Mapping[str, SettingDecision]) -> list[str]:
    """'✓ A: crack, 0.971'."""
    return [f"{_mark(one)} {label}: {_decision(one)}" for label, one in settings.items()]


def _by_mark(settings: Mapping[str, SettingDecision]) -> list[str]:
    """'✓ A, C, D', then '✗ B'."""
    return [
        f"{mark} {', '.join(labels)}"
        for mark in (CORRECT, DIVIDED, WRONG)
        if (labels := [label for label, one in settings.items() if _mark(one) == mark])
    ]


def _decision(one: SettingDecision) -> str:
    """'crack, 0.971'; for several seeds '2 of 3 say crack, 0.612'."""
    score = figure_text("crack_score", one.crack_score)
    if one.seeds == 1:
        return f"{'crack' if one.crack else 'intact'}, {score}"
    return f"{one.crack} of {one.seeds} say crack, {score}"


def _mark(one: SettingDecision) -> str:
    return CORRECT if one.correct == one.seeds else DIVIDED if one.correct else WRONG


def _table(shown: ShownDisagreements) -> Table:
    """A row for each image. All decisions stand in one cell: the table is not wider than a phone."""
    images = shown.agreement.disputed
    rows = [
        (shown.names[one.image], shown.labels[one.image], "\n".join(_lines(one.settings))) for one in images[:MAX_ROWS]
    ]
    which = counted(len(images), "image") if len(images) <= MAX_ROWS else f"the first {MAX_ROWS} of these images"
    fold = None if shown.missing else f"{which}: decisions of each setting"
    return Table(["image", "label", "decisions"], rows, words=True, fold=fold)
