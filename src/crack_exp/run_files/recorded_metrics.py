"""Figures of a run as metrics: what they are called, and how they are read back."""

from collections.abc import Mapping
from math import nan

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.next_group import next_group
from crack_exp.model.card import Figure
from crack_exp.run_files.names import BEFORE, CALIBRATED, FINE_TUNE, HEAD, SECONDS_OF, on_validation

STAGES = (CALIBRATED, FINE_TUNE, HEAD, BEFORE)
"""The last stage first: choices go by the first of these that a run has."""

ON_CARD = (
    *("accuracy", "auroc", "recall_at_threshold", "precision_at_threshold", "false_alarm_rate_at_threshold"),
    *("loss", "macro_f1", "brier", "ece"),
)
"""The figures on the card of a model."""

PHASES = (SECONDS_OF + HEAD, SECONDS_OF + FINE_TUNE)
TRAINING = SECONDS_OF + "training"


def figures_of(evaluation: Evaluation) -> dict[str, float]:
    """The scalars by name, their intervals as NAME_low and NAME_high, the threshold where there is one, and what to
    expect of one more group: `next_group_recall` (at least) and `next_group_false_alarm_rate` (at most), each with its
    confidence.
    """
    bounds = {
        f"{name}_{side}": value
        for name, interval in evaluation.intervals.items()
        for side, value in zip(("low", "high"), interval, strict=True)
    }
    threshold = {} if evaluation.threshold is None else {"threshold": evaluation.threshold}
    known = evaluation.scalars | bounds | threshold | _next_group(evaluation)
    return {name: float(value) for name, value in known.items()}


def _next_group(evaluation: Evaluation) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, bound in next_group(evaluation).items():
        figures |= {f"next_group_{name}": bound.share, f"next_group_{name}_confidence": bound.confidence}
    return figures


def figures_with_intervals(test: Evaluation) -> dict[str, Figure]:
    """Those of ON_CARD that the evaluation has."""
    return {
        name: Figure(float(test.scalars[name]), *test.intervals.get(name, (None, None)))
        for name in ON_CARD
        if name in test.scalars
    }


def figures_under(part: str, metrics: Mapping[str, float]) -> dict[str, float]:
    """Those of `metrics` that stand under `part`/, by the name behind it."""
    return {key.removeprefix(f"{part}/"): value for key, value in metrics.items() if key.startswith(f"{part}/")}


def validation_figures(metrics: Mapping[str, float]) -> dict[str, float]:
    """Those of the trained model, by metric, from all that a run recorded; empty where it was never evaluated."""
    found = (figures_under(on_validation(stage), metrics) for stage in STAGES)
    return next((figures for figures in found if "auroc" in figures), {})


def training_seconds(metrics: Mapping[str, float]) -> float:
    """Of all epochs of a run, those before a break included; NaN where nothing was trained, or it is not recorded.

    What runs are compared by: of several runs in one process, the first one alone pays for imports and features.
    """
    return sum(metrics[phase] for phase in PHASES if phase in metrics) or metrics.get(TRAINING, nan)


def other_seconds(metrics: Mapping[str, float]) -> float:
    """Of all parts of a run but its training: imports, images, features, evaluation, pictures; NaN where unknown."""
    parts = [value for key, value in metrics.items() if key.startswith(SECONDS_OF) and key not in (*PHASES, TRAINING)]
    return sum(parts) or nan
