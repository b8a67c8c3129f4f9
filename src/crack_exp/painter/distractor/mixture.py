"""The probability of each distractor. It is the same for all classes, so distractors do not reveal the class."""

from collections.abc import Callable, Mapping

import numpy as np

from crack_exp.painter.distractor.blemishes import dents, marks, pores, scratches, stains
from crack_exp.painter.distractor.construction import boards, joints, ledge
from crack_exp.painter.distractor.occlusions import cable, other_material, shadow
from crack_exp.painter.surface.wall import Wall

Distractor = Callable[[np.random.Generator, Wall], None]
# Probabilities, in the order of painting: distractors in the surface, and those on or in front of a crack.
UNDER_THE_CRACK: dict[Distractor, float] = {
    boards: 0.12,
    joints: 0.2,
    ledge: 0.1,
    stains: 0.28,
    pores: 0.55,
    dents: 0.22,
}
OVER_THE_CRACK: dict[Distractor, float] = {
    scratches: 0.16,
    marks: 0.06,
    cable: 0.06,
    other_material: 0.06,
    shadow: 0.13,
}
NAMES = tuple(distractor.__name__ for distractor in (*UNDER_THE_CRACK, *OVER_THE_CRACK))


def paint_distractors(rng: np.random.Generator, wall: Wall, probabilities: Mapping[Distractor, float]) -> None:
    """Paint each distractor on the wall with its probability, and record it in the attributes."""
    for distractor, probability in probabilities.items():
        painted = rng.random() < probability
        wall.attributes[distractor.__name__] = float(painted)
        if painted:
            distractor(rng, wall)
