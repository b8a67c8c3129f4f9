"""Which photos or walls the model fails on."""

from crack_exp.evaluation.group_scores import GroupScore, group_scores
from crack_exp.evaluation.wilson import wilson_interval
from crack_exp.report.run.report import RunReport
from crack_exp.report.section import Section, Table, Text
from crack_exp.report.wording import counted, percent_between

MOST_SHOWN = 30


def groups(report: RunReport) -> Section | None:
    """A row for each group of test images, most errors first; None where every image is its own."""
    scores = group_scores(report.test)
    if not scores:
        return None
    confidence = report.test.confidence
    rows = [_row(score, confidence) for score in scores[:MOST_SHOWN]]
    few = f", these {MOST_SHOWN} with the largest share of errors" if len(scores) > MOST_SHOWN else ""
    count = counted(len(scores), "group").capitalize()
    said = f"{count} of test images, worst first{few}. Of many, some look bad by luck."
    note = (
        f"Alarms at the chosen threshold. In brackets: {100 * confidence:g} % interval, as if images of a group were "
        "independent; they are not, so it is wider in truth."
    )
    return Section("Group by group", [Text(said), Table(["group", "cracks found", "false alarms"], rows, note=note)])


def _row(score: GroupScore, confidence: float) -> tuple[str, str, str]:
    found = _share(score.found, score.cracks, confidence)
    return score.group, found, _share(score.false_alarms, score.intact, confidence)


def _share(hits: int, images: int, confidence: float) -> str:
    """'12 of 15 (54.8 to 93.0 %)'."""
    if not images:
        return "–"
    return f"{hits:,} of {images:,} ({percent_between(wilson_interval(hits / images, images, confidence))} %)"
