"""How far the crack score is to be believed as a probability."""

from crack_exp.evaluation.calibration import base_rate_brier, error_by_chance
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions
from crack_exp.report.numbers import decimal, figure_text
from crack_exp.report.run.content import RunReport
from crack_exp.report.section import Picture, Section, Table, Text

SHOWN = {"ece": "expected calibration error", "brier": "Brier score", "loss": "cross-entropy (nats)"}


def calibration(report: RunReport) -> Section:
    """Calibration error, Brier score and loss of the test images, before and after temperature scaling."""
    after, before = report.test.predictions, report.raw_test
    chance = decimal(error_by_chance(after, seed=0))
    note = (
        f"An honest score would be off by {chance} on so few images, by chance alone. A score that is the share of "
        f"cracks, the same for every image, has a Brier score of {decimal(base_rate_brier(after))}."
    )
    text = f"If the crack score is honest, 8 of 10 images with a score of 0.8 show a crack. {_calibrated(report)}"
    rows = [("before calibration", *_figures(before)), ("calibrated", *_figures(after))]
    return Section(
        "Are the probabilities honest?",
        [
            Text(text),
            Picture("reliability", "Share of cracks among the test images with similar crack scores."),
            Table(["test images", *SHOWN.values()], rows, note=note),
        ],
    )


def _figures(predictions: Predictions) -> list[str]:
    return [figure_text(name, METRICS[name](predictions)) for name in SHOWN]


def _calibrated(report: RunReport) -> str:
    """What calibration did to the scores."""
    temperature = report.temperature
    if temperature == 1:
        return "Scores are those of the network: on the validation images, no temperature makes them better."
    found = "surer than it was right" if temperature > 1 else "right more often than it was sure"
    return (
        "Scores are calibrated on the validation images: logits are divided by the temperature "
        f"{decimal(temperature)}, also in the saved model. The network was {found}."
    )
