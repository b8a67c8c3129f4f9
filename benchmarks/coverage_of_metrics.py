"""How often the intervals of all metrics hold, on simulated walls whose true figures are known.

    python benchmarks/coverage_of_metrics.py --draws 200

Walls differ in the share of cracked images, in how well their cracks are seen and in how much else looks like cracks.
The true figures are those of very many walls. A nominal 95 % interval should hold in 95 % of the draws; draws in which
a metric has no interval do not count.
"""

import argparse
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.special import expit

from crack_exp.evaluation.evaluate import evaluate
from crack_exp.evaluation.metrics import auroc, average_precision, loss, macro_f1
from crack_exp.evaluation.predictions import Predictions

CONFIDENCE, RESAMPLES, THRESHOLD = 0.95, 400, 0.5
WALLS, MODELS, SIZES = (10, 20, 50), {"fair": 1.5, "good": 4.0}, ("equal", "different")
MANY = 5_000
NAMES = {
    "accuracy": "accuracy",
    "recall_at_threshold": "recall",
    "false_alarm_rate_at_threshold": "false alarms",
    "precision_at_threshold": "precision",
    "auroc": "AUROC",
    "average_precision": "average precision",
    "macro_f1": "macro F1",
    "loss": "loss",
}


@dataclass(frozen=True)
class Setting:
    """What is drawn. model: how far apart it holds cracks and intact images, in logits of the probability."""

    walls: int
    sizes: str
    model: str

    def draw(self, random: np.random.Generator, walls: int) -> Predictions:
        sizes = np.full(walls, 30)
        if self.sizes == "different":
            sizes = random.lognormal(np.log(20), 1, walls).astype(int).clip(1)
        wall = np.repeat(np.arange(walls), sizes)
        is_crack = random.random(len(wall)) < random.beta(1, 3, walls)[wall]
        of_wall = random.standard_normal((2, walls))[is_crack.astype(int), wall]
        logits = np.where(is_crack, 1, -1) * MODELS[self.model] + of_wall + random.standard_normal(len(wall))
        probabilities = np.stack([expit(-logits), expit(logits)], axis=1)
        names = [str(number) for number in range(len(wall))]
        return Predictions(
            names, [str(one) for one in wall], is_crack.astype(int), probabilities, ["no", "yes"], frozenset({0})
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=200, help="of each setting")
    parser.add_argument("--walls", type=int, nargs="+", default=WALLS)
    arguments = parser.parse_args()
    table = Table("walls", "sizes", "model", *NAMES.values(), box=SIMPLE_HEAD)
    settings = [Setting(*values) for values in product(arguments.walls, SIZES, MODELS)]
    for setting in track(settings):
        held = coverage(setting, arguments.draws)
        table.add_row(*map(str, astuple(setting)), *(f"{held[name]:.3f}" for name in NAMES))
    Console(width=130).print(table)


def coverage(setting: Setting, draws: int) -> dict[str, float]:
    """{metric: share of the draws in which its interval has the true figure}."""
    true = truth(setting.draw(np.random.default_rng(1), MANY))
    random, held = np.random.default_rng(0), {name: list[bool]() for name in NAMES}
    for _ in range(draws):
        found = evaluate(setting.draw(random, setting.walls), CONFIDENCE, RESAMPLES, 0, THRESHOLD).intervals
        for name in NAMES & found.keys():
            low, high = found[name]
            held[name].append(low <= true[name] <= high)
    return {name: float(np.mean(each)) if each else np.nan for name, each in held.items()}


def truth(many: Predictions) -> dict[str, float]:
    """The figures, without intervals: of so many walls those take minutes."""
    alarm, is_crack = many.crack_score >= THRESHOLD, many.is_crack
    return {
        "accuracy": float((many.predicted == many.labels).mean()),
        "recall_at_threshold": float(alarm[is_crack].mean()),
        "false_alarm_rate_at_threshold": float(alarm[~is_crack].mean()),
        "precision_at_threshold": float(is_crack[alarm].mean()),
        "auroc": auroc(many),
        "average_precision": average_precision(many),
        "macro_f1": macro_f1(many),
        "loss": loss(many),
    }


if __name__ == "__main__":
    main()
