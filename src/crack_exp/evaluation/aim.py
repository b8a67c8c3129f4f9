"""What is asked of the operating point."""

from dataclasses import dataclass

STRONGEST, ASSURED, ON_AVERAGE, MIN_RECALL, COSTS = "strongest", "assured", "on_average", "min_recall", "costs"
RULES = (STRONGEST, ASSURED, ON_AVERAGE, MIN_RECALL, COSTS)


@dataclass(frozen=True)
class Aim:
    """By which rule the threshold is chosen: see `choose_operating_point`.

    rule:        one of RULES.
    min_recall:  in (0, 1], the share of cracks to find; not used by costs.
    assurance:   in (0, 1), the probability that the promise of `assured` is kept.
    cost_ratio:  above 0, used by costs alone: a missed crack costs as much as so many false alarms.
    prevalence:  in (0, 1), used by costs alone: the share of images with a crack; None: that of the validation images.
    """

    rule: str
    min_recall: float
    assurance: float
    cost_ratio: float | None
    prevalence: float | None
