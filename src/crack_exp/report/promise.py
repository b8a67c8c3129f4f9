"""What an operating point promises, in words."""

from crack_exp.evaluation.aim import ASSURED, COSTS, MIN_RECALL, ON_AVERAGE
from crack_exp.evaluation.operating_point import OperatingPoint
from crack_exp.evaluation.risk_control import Sample
from crack_exp.report.numbers import counted, in_full, percent


def rule(point: OperatingPoint) -> str:
    """'assured: fewest false alarms on validation with which ... are found'; how the threshold was chosen."""
    aim, images = point.aim, _images(point.sample)
    if aim.rule == COSTS:
        assert aim.cost_ratio is not None
        return (
            f"costs: lowest costs on {images} and the intact ones, where a missed crack costs as much as "
            f"{in_full(aim.cost_ratio)} false alarms"
        )
    return f"{aim.rule}: fewest false alarms with a recall of {in_full(aim.min_recall)}, by {images}"


def promise(point: OperatingPoint, *, images_known_alone: bool) -> str:
    """One or two sentences: what the threshold promises of images that the model has never seen.

    images_known_alone: it is not known which images show one photo or wall.
    """
    sentence = PROMISES[point.aim.rule](point)
    if images_known_alone and point.aim.rule in (ON_AVERAGE, ASSURED):
        return f"{sentence} This holds if no two images show the same wall, which is not known here."
    return sentence


def _assured(point: OperatingPoint) -> str:
    recall = percent(point.aim.min_recall)
    return (
        f"With an assurance of {percent(point.aim.assurance)} %, at least {recall} % of the cracks are found "
        f"{_where(point.sample)}; one wall alone may show fewer."
    )


def _on_average(point: OperatingPoint) -> str:
    recall, where = percent(point.aim.min_recall), _where(point.sample)
    return f"On average, at least {recall} % of the cracks are found {where}; a single model or wall may find fewer."


def _estimated(point: OperatingPoint) -> str:
    return (
        f"An estimate, no promise: at least {percent(point.aim.min_recall)} % of the cracks are found on "
        f"{_images(point.sample)}; on other images the share is lower about half of the time."
    )


def _cheapest(point: OperatingPoint) -> str:
    return "An estimate, no promise: the costs are lowest on validation, and no share of cracks to find was asked for."


PROMISES = {ASSURED: _assured, ON_AVERAGE: _on_average, MIN_RECALL: _estimated, COSTS: _cheapest}
"""By the rule that decided."""


def _where(sample: Sample) -> str:
    if sample.groups is None:
        return f"in images like {_images(sample)}"
    return f"in further groups (photos or walls) like the {sample.groups:,} of validation, each counted once"


def _images(sample: Sample) -> str:
    """'the 150 cracked validation images from 12 groups'."""
    groups = "" if sample.groups is None else f" from {counted(sample.groups, 'group')}"
    return f"the {counted(sample.cracks, 'cracked validation image')}{groups}"
