"""Simulated test images of walls, whose models have a known true accuracy and AUROC."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from crack_exp.evaluation.predictions import Predictions

_IMAGES_COMPARED = {"accuracy": 1, "auroc": 2}


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

    @property
    def deviation(self) -> float:
        """Of the evidence of a model on an image, over walls, images, models and seeds."""
        return float(np.sqrt(self.of_walls**2 + 1 + 1.25 * self.own**2 + self.seed_spread**2))

    def true_figure(self, metric: str, skill: float) -> float:
        """Accuracy or AUROC over ever new walls: the evidence is normal, and AUROC compares that of two images."""
        return float(norm.cdf(skill / self.deviation * _IMAGES_COMPARED[metric] ** 0.5))

    def skill_for(self, metric: str, figure: float) -> float:
        """The skill with this true figure, or with 0.9999 for a higher one."""
        return float(norm.ppf(min(figure, 0.9999)) * self.deviation / _IMAGES_COMPARED[metric] ** 0.5)


def _predictions(labels: np.ndarray, walls: np.ndarray, evidence: np.ndarray) -> Predictions:
    names = [f"{number:06}" for number in range(len(labels))]
    scores = expit((2 * labels - 1) * evidence)
    rows = np.stack([1 - scores, scores], axis=1)
    return Predictions(names, [f"wall {wall}" for wall in walls], labels, rows, ["intact", "crack"], frozenset([0]))
