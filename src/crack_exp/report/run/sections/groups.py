"""Results for each photo or wall."""

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.group_scores import GroupScore, group_scores
from crack_exp.evaluation.wilson import wilson_interval
from crack_exp.report.next_group import about_next_group
from crack_exp.report.numbers import counted, percent_between
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Part, Section, Table, Text

MAX_SHOWN = 30

NOT_THE_MEAN = (
    "The intervals elsewhere on this page are of the mean over groups; a single group often lies outside of them. "
    "Of groups that are not like these (another building, camera or light), these figures promise nothing."
)
UNKNOWN = "What one more photo or wall will show is not known: that takes at least two groups, most of several images."


def groups(report: RunReport) -> Section | None:
    """A row for each group of test images, the highest error rate first; None where every image is its own group."""
    scores = group_scores(report.test)
    if not scores:
        return None
    confidence = report.test.confidence
    rows = [_row(score, confidence) for score in scores[:MAX_SHOWN]]
    few = f"; the first {MAX_SHOWN} are shown" if len(scores) > MAX_SHOWN else ""
    count = counted(len(scores), "group").capitalize()
    text = (
        f"{count} of test images, most errors for each image first{few}. "
        "Among many groups, some have a high rate by chance."
    )
    note = (
        f"At the chosen threshold. In brackets: {100 * confidence:g} % intervals for independent images; images of a "
        "group are correlated, so the true intervals are wider."
    )
    table = Table(["group", "cracks found", "false alarms"], rows, note=note)
    return Section("Results by group", [*_next_group(report.test), Text(text), table])


def _next_group(test: Evaluation) -> list[Part]:
    """What to expect of the next wall: it may lie far outside of the interval of the mean."""
    sentences = about_next_group(test)
    return [Text(sentence) for sentence in ([*sentences, NOT_THE_MEAN] if sentences else [UNKNOWN])]


def _row(score: GroupScore, confidence: float) -> tuple[str, str, str]:
    found = _share(score.found, score.cracks, confidence)
    return score.group, found, _share(score.false_alarms, score.intact, confidence)


def _share(hits: int, images: int, confidence: float) -> str:
    """'12 of 15 (54.8 to 93.0 %)'."""
    if not images:
        return "–"
    return f"{hits:,} of {images:,} ({percent_between(wilson_interval(hits / images, images, confidence))} %)"
