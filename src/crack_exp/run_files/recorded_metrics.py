"""Figures of a run as metrics: what they are called, and how they are read back."""

from collections.abc import Mapping, Sequence
from math import nan

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.next_group import next_group
from crack_exp.model.card import Figure
from crack_exp.run_files.names import BEFORE, CALIBRATED, FINE_TUNE, HEAD, SECONDS_OF, TEST, on_validation

STAGES = (CALIBRATED, FINE_TUNE, HEAD, BEFORE)
"""The last stage first: choices go by the first of these that a run has."""

ON_CARD = (
    *("accuracy", "auroc", "recall_at_threshold", "precision_at_threshold", "false_alarm_rate_at_threshold"),
    *("loss", "macro_f1", "brier", "ece"),
)
"""The figures on the card of a model."""

ON_TEST = (
    *("recall_at_threshold", "false_alarm_rate_at_threshold", "auroc", "loss", "accuracy", "macro_f1"),
    *("precision_at_threshold", "average_precision", "brier", "ece", "threshold"),
)
"""Metrics of the test, those first that runs are compared by: MLflow's page of a run lists them in this order.

Those of each class and surface, and of the classes by largest probability, are in evaluation.json: among hundreds of
metrics nobody finds the few that count.
"""

ON_VALIDATION = ("auroc", "loss", "accuracy", "macro_f1")
"""Metrics of each stage on validation: what settings and models are chosen by."""

WITH_INTERVAL = ("recall_at_threshold", "false_alarm_rate_at_threshold", "auroc", "accuracy")
"""Those whose interval on test is a metric, too: what is quoted."""

BOUNDS = {"low": "lower", "high": "upper"}
"""Ends of the names of bounds: in evaluation.json, and as metrics, which MLflow's tables sort by name. Metrics of
earlier versions end as in evaluation.json."""

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


def metrics_on_test(test: Evaluation) -> dict[str, float]:
    """{'test/auroc': 0.976, 'test/auroc_lower': 0.941, 'test/auroc_upper': 0.99, ...}, in the order of ON_TEST."""
    return _metrics(TEST, figures_of(test), ON_TEST, with_interval=WITH_INTERVAL)


def metrics_on_validation(stage: str, evaluation: Evaluation) -> dict[str, float]:
    """{'validation_head/auroc': 0.976, ...}, in the order of ON_VALIDATION."""
    return _metrics(on_validation(stage), figures_of(evaluation), ON_VALIDATION, with_interval=())


def _metrics(
    part: str, figures: Mapping[str, float], names: Sequence[str], *, with_interval: Sequence[str]
) -> dict[str, float]:
    metrics = dict[str, float]()
    for name in names:
        bounds = {f"{name}_{low}": f"{name}_{lower}" for low, lower in BOUNDS.items() if name in with_interval}
        for figure, metric in {name: name, **bounds}.items():
            if figure in figures:
                metrics[f"{part}/{metric}"] = figures[figure]
    return metrics


def figures_with_intervals(test: Evaluation) -> dict[str, Figure]:
    """Those of ON_CARD that the evaluation has."""
    return {
        name: Figure(float(test.scalars[name]), *test.intervals.get(name, (None, None)))
        for name in ON_CARD
        if name in test.scalars
    }


def figures_under(part: str, metrics: Mapping[str, float]) -> dict[str, float]:
    """Those of `metrics` that stand under `part`/, as `figures_of` calls them."""
    found = {key.removeprefix(f"{part}/"): value for key, value in metrics.items() if key.startswith(f"{part}/")}
    return {_figure_name(name): value for name, value in found.items()}


def _figure_name(metric: str) -> str:
    name, _, end = metric.rpartition("_")
    return next((f"{name}_{low}" for low, lower in BOUNDS.items() if end == lower), metric)


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
