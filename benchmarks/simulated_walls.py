"""Simulated test images of walls, whose models have a known true accuracy and AUROC."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import expit

from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions

SKILLS = np.linspace(0, 12, 61)
POPULATION = 20_000
"""Images, each of a wall of its own, from which the true figure of a skill is taken."""


@dataclass(frozen=True)
class Walls:
    """Walls of images, half of them cracked, that differ in difficulty.

    A model's evidence for the right class is its skill plus the image's and the wall's difficulty, which all models
    share, plus what is the model's own, on images and on walls. The seeds of a setting share half of its own variance.
    seed_spread: standard deviation of skill between seeds.
    """

    walls: int
    images: int
    of_walls: float = 0.5
    own: float = 0.5
    seed_spread: float = 0.0

    def settings(self, skills: list[float], seeds: int, random: np.random.Generator) -> list[list[Predictions]]:
        """Of each skill, the predictions of so many seeds on the same images."""
        count = self.walls * self.images
        labels, walls = np.arange(count) % 2, np.arange(count) // self.images
        hard = self.of_walls * random.normal(size=self.walls)[walls] + random.normal(size=count)

        def of_model() -> np.ndarray:
            own: np.ndarray = 0.5 * random.normal(size=self.walls)[walls] + random.normal(size=count)
            return self.own * own

        made = []
        for skill in skills:
            shared = of_model() * np.sqrt(0.5)
            evidence = [
                skill + self.seed_spread * random.normal() + hard + shared + of_model() * np.sqrt(0.5)
                for _ in range(seeds)
            ]
            made.append([_predictions(labels, walls, one) for one in evidence])
        return made

    def true_figure(self, metric: str, skill: float) -> float:
        return float(np.interp(skill, SKILLS, _true_figures(self, metric)))

    def skill_for(self, metric: str, figure: float) -> float:
        """The skill with this true figure, or the highest, whose figure is as good as 1."""
        return float(np.interp(figure, _true_figures(self, metric), SKILLS))


def _predictions(labels: np.ndarray, walls: np.ndarray, evidence: np.ndarray) -> Predictions:
    names = [f"{number:06}" for number in range(len(labels))]
    scores = expit((2 * labels - 1) * evidence)
    rows = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, [f"wall {wall}" for wall in walls], labels, rows, ["intact", "crack"], frozenset([0]))


@cache
def _true_figures(setting: Walls, metric: str) -> np.ndarray:
    """At each of SKILLS."""
    alone = Walls(POPULATION, 1, setting.of_walls, setting.own, setting.seed_spread)
    made = alone.settings([0.0], 1, np.random.default_rng(0))[0][0]
    evidence = np.log(made.probabilities[:, 1] / made.probabilities[:, 0]) * (2 * made.labels - 1)
    walls = np.arange(POPULATION)
    return np.array([METRICS[metric](_predictions(made.labels, walls, evidence + skill)) for skill in SKILLS])
