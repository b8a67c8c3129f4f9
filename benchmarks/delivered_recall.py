"""What recall a threshold delivers on images that were not there when it was chosen, by simulation.

    python benchmarks/delivered_recall.py --draws 500

Crack scores are drawn whose true recall at each threshold is known: a normal number of each wall, one of each image,
and a distance between cracks and intact images. Each rule of `evaluation.operating_point` chooses a threshold on drawn
validation images. Shown is how often the true recall is at least the target, its mean, the recall that one wall in ten
stays below, and the false alarms that this costs.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy.stats import norm

from crack_exp.evaluation.aim import ASSURED, MIN_RECALL, ON_AVERAGE, Aim
from crack_exp.evaluation.operating_point import choose_operating_point, is_enough
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.risk_control import Sample

DISTANCE = 3.3
"""Between cracks and intact images, in standard deviations: an AUROC of 0.99."""

CORRELATION = 0.5
"""Of the scores of two images of one wall."""

TARGET = Aim(MIN_RECALL, min_recall=0.95, assurance=0.95, cost_ratio=None, prevalence=None)
RULES = (MIN_RECALL, ON_AVERAGE, ASSURED)
WALLS_AHEAD = norm.ppf(np.linspace(0.0005, 0.9995, 1000))


@dataclass(frozen=True)
class Setting:
    """A validation set: its walls, how many cracks each has, and as many intact images.

    With one crack each, all images are independent.
    """

    walls: int
    cracks: int

    @property
    def correlation(self) -> float:
        return CORRELATION if self.cracks > 1 else 0.0

    def draw(self, random: np.random.Generator) -> Predictions:
        """Predictions of its images; their crack score rises with the normal number that was drawn."""
        images = self.walls * self.cracks
        is_crack = np.repeat([True, False], images)
        walls = np.tile(np.repeat(np.arange(self.walls), self.cracks), 2)
        # Cracks and intact images of a wall share its number: a wall with odd concrete moves both.
        of_wall = random.standard_normal(self.walls)[walls] * np.sqrt(self.correlation)
        raw = DISTANCE * is_crack + of_wall + random.standard_normal(2 * images) * np.sqrt(1 - self.correlation)
        scores = norm.cdf(raw, loc=DISTANCE / 2)
        groups = [f"{wall}" for wall in walls] if self.cracks > 1 else [f"{index}" for index in range(2 * images)]
        names = [f"{index}.jpg" for index in range(2 * images)]
        rows = np.stack([1 - scores, scores], axis=1)
        return Predictions(names, groups, is_crack.astype(int), rows, ["intact", "crack"], frozenset({0}))

    def truth(self, threshold: float) -> tuple[float, float, float]:
        """Recall and false alarm rate of images to come, and the recall that one wall in ten stays below."""
        raw = norm.ppf(threshold, loc=DISTANCE / 2)
        spread = np.sqrt(1 - self.correlation)
        recalls = norm.sf((raw - DISTANCE - WALLS_AHEAD * np.sqrt(self.correlation)) / spread)
        return float(norm.sf(raw - DISTANCE)), float(norm.sf(raw)), float(np.quantile(recalls, 0.1))


SETTINGS = [Setting(walls, 1) for walls in (20, 60, 100, 1000)] + [Setting(walls, 60) for walls in (4, 20, 60, 200)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=500, help="of each setting and rule")
    draws = parser.parse_args().draws
    table = Table(*("validation", "rule", "target reached", "mean recall"), box=SIMPLE_HEAD)
    for heading in ("one wall in ten below", "false alarms"):
        table.add_column(heading)
    rows = [(setting, rule) for setting in SETTINGS for rule in RULES]
    for setting, rule in track(rows):
        each = "cracks" if setting.cracks == 1 else f"walls x {setting.cracks} cracks"
        table.add_row(f"{setting.walls:,} {each}", rule, *delivered(setting, rule, draws))
    Console(width=110).print(table)


def delivered(setting: Setting, rule: str, draws: int) -> list[str]:
    """The cells of one row."""
    aim = replace(TARGET, rule=rule)
    if not is_enough(aim, Sample(setting.walls * setting.cracks, None if setting.cracks == 1 else setting.walls)):
        return ["refused: too few", "", "", ""]
    random = np.random.default_rng(0)
    points = [choose_operating_point(setting.draw(random), aim) for _ in range(draws)]
    recall, alarms, tenth = np.array([setting.truth(point.threshold) for point in points]).T
    reached = float((recall >= aim.min_recall).mean())
    return [f"{reached:.3f}", f"{recall.mean():.3f}", f"{tenth.mean():.3f}", f"{alarms.mean():.3f}"]


if __name__ == "__main__":
    main()
