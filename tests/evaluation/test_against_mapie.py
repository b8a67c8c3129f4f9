"""The assured threshold of independent images, beside that of MAPIE, which has no groups."""

import numpy as np
import pytest
from mapie.risk_control import BinaryClassificationController

from crack_exp.evaluation.aim import ASSURED, Aim
from crack_exp.evaluation.operating_point import choose_operating_point
from tests.evaluation.test_operating_point import scored

AIM = Aim(ASSURED, 0.95, 0.9, None, None)


def highest_of_mapie(scores: np.ndarray, is_crack: np.ndarray, thresholds: np.ndarray) -> float:
    """The highest threshold at which it controls recall, by learn then test in a fixed sequence from 0 on."""
    controller = BinaryClassificationController(
        lambda one: np.stack([1 - one[:, 0], one[:, 0]], axis=1),
        "recall",
        target_level=AIM.min_recall,
        confidence_level=AIM.assurance,
        list_predict_params=thresholds,
        fwer_method="fixed_sequence",
    )
    controller.calibrate(scores[:, None], is_crack)
    return float(np.max(controller.valid_predict_params))


@pytest.mark.parametrize("seed", range(5))
def test_the_threshold_is_mapies_or_higher_by_the_exact_test(seed: int) -> None:
    """MAPIE's p-value is the one of Hoeffding and Bentkus; that of Clopper and Pearson is exact for counts."""
    random = np.random.default_rng(seed)
    cracks, intact = random.beta(5, 1, 400), random.beta(1, 2, 400)
    ours = choose_operating_point(scored(list(cracks), list(intact)), AIM).threshold
    scores, is_crack = np.concatenate([cracks, intact]), np.repeat([1, 0], 400)
    theirs = highest_of_mapie(scores, is_crack, np.linspace(0, 0.99, 991))
    missed_by_ours, missed_by_theirs = ((cracks < threshold).sum() for threshold in (ours, theirs))
    assert missed_by_theirs <= missed_by_ours <= missed_by_theirs + 4
